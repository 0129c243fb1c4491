"""Tries one reading call of a connection document: what is sent, what the ERP answers, and what the document makes of it.

Only what the document reads is shown of an answer, and nothing that it reads of people: nobody knows what other fields hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from app.errors import Refused, StockbridgeError
from app.hosts.rest.client import Caller
from app.hosts.rest.description import AddressFields, CustomerFields, Description
from app.hosts.rest.judging import Exists, judged
from app.hosts.rest.paging import Place, following
from app.hosts.rest.parts import Listing
from app.hosts.rest.samples import samples
from app.hosts.rest.signing import Access
from app.outbound import json_of, redacted
from app.ports import Answer, Http, Json, Probed

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ANYWHERE = frozenset(("key", "number", "updated_at", "our_key", "rows"))
"""Fields of a customer that say nothing of the person."""
_ROWS = 3


async def probe(
    described: Description, access: Access, http: Http, name: str, values: Mapping[str, str]
) -> Probed:
    """`values` take the place of the sample's, by their names (`order.external_id`). Raises what no answer means."""
    known = dict(_calls(described, ""))
    call = known.get(name)
    if call is None:
        there = ", ".join(sorted(known))
        raise Refused(
            "description.no_call", f"The connection document has no reading call “{name[:60]}”: {there}."
        )
    operation = ".".join(name.partition("[")[0].split(".")[:2])
    tree = dict(samples()[operation])
    for path, value in values.items():
        tree = _put(tree, path.split("."), value)
    request, answer = await Caller(described, access, http).looked(call, tree)
    rows, problem = _read(described, call, answer)
    return Probed(
        request={"method": request.method, "path": request.path, "body": redacted(request.body)},
        status=answer.status,
        answer=_shown(answer, described),
        rows=rows,
        problem=problem,
    )


def _read(described: Description, call: Listing, answer: Answer) -> tuple[int, str | None]:
    try:
        data = judged(answer, described.errors, writes=False, none=call.none)
        if data is None and answer.status in call.none:
            return 0, None
        return len(following(call, Place.of(call.paging, None), answer, data)[0]), None
    except Exists:
        return (
            0,
            "A rule of the connection document says that this exists, which only an answer to a write can say.",
        )
    except StockbridgeError as error:
        return 0, error.sentence


def _calls(part: object, at: str) -> Iterator[tuple[str, Listing]]:
    if isinstance(part, Listing):
        yield at, part
    elif isinstance(part, msgspec.Struct):
        for each in msgspec.structs.fields(part):
            yield from _calls(
                getattr(part, each.name), f"{at}.{each.encode_name}" if at else each.encode_name
            )
    elif isinstance(part, Mapping):
        for key, value in part.items():
            yield from _calls(value, f"{at}.{key}")


def _put(tree: Mapping[str, object], path: Sequence[str], value: str) -> dict[str, object]:
    """A list takes values that commas part."""
    first, rest = path[0], path[1:]
    old = tree.get(first)
    if first not in tree or (rest and not isinstance(old, Mapping)):
        raise Refused("description.no_value", f"There is no “{first[:60]}” to give a value to here.")
    if rest and isinstance(old, Mapping):
        return {**tree, first: _put(old, rest, value)}
    return {**tree, first: value.split(",") if isinstance(old, list) else value}


def _shown(answer: Answer, described: Description) -> Json:
    try:
        data = json_of(answer)
    except StockbridgeError as error:
        return error.sentence
    read, private = _names(described)
    return redacted(_covered(data, "", read - private), longest=120, most=30)


def _names(described: Description) -> tuple[frozenset[str], frozenset[str]]:
    """What the document's paths name, and what of it is of people."""
    every = frozenset(_NAME.findall(" ".join(_paths(described))))
    fields = described.customers.fields if described.customers else None
    mine = " ".join(_paths(fields, without=_ANYWHERE)) if fields else ""
    return every, frozenset(_NAME.findall(mine))


def _paths(part: object, *, without: frozenset[str] = frozenset()) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, msgspec.Struct):
        personal = isinstance(part, CustomerFields | AddressFields)
        for each in msgspec.structs.fields(part):
            if not (personal and each.name in without):
                yield from _paths(getattr(part, each.name), without=without)
    elif isinstance(part, Mapping):
        for each in part.values():
            yield from _paths(each, without=without)
    elif isinstance(part, list | tuple):
        for each in part:
            yield from _paths(each, without=without)


def _covered(value: Json, key: str, open_names: frozenset[str]) -> Json:
    match value:
        case dict():
            return {name: _covered(each, name, open_names) for name, each in value.items()}
        case list():
            some = [_covered(each, key, open_names) for each in value[:_ROWS]]
            return [*some, f"and {len(value) - _ROWS} more"] if len(value) > _ROWS else some
        case str() if value and key not in open_names:
            return "***"
        case _:
            return value
