"""Reads a connection document and says everything that is wrong with it: where, what, and what would be right; pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from types import UnionType
from typing import Union, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from app.errors import Misconfigured, StockbridgeError, Verdict
from app.hosts.rest import paths
from app.hosts.rest.description import Description, Orders, Register
from app.hosts.rest.judging import CODES
from app.hosts.rest.parts import (
    Call,
    Changes,
    ErrorRule,
    HeaderAuth,
    JsonPath,
    Limits,
    Listing,
    OAuth,
    Paging,
    Wish,
)
from app.hosts.rest.samples import samples
from app.hosts.rest.trying import Flaw, tried

LONGEST_DOCUMENT = 100_000
_TOLD = 5
_FORBIDDEN = frozenset(
    ("authorization", "connection", "content-length", "content-type", "cookie", "host", "transfer-encoding")
)
_FEWEST_CALLS, _MOST_CALLS = 6, 1_000_000
_LIMITS = {
    "at_once": (1, 100),
    "seconds": (1, 86_400),
    "deadline": (1, 120),
    "settle": (1, 3_600),
    "largest_answer": (1_000, 20_000_000),
}


@lru_cache(maxsize=256)
def understood(text: str) -> Description:
    """Raises Misconfigured with the first problem's code, a sentence that tells the first few, and where they are."""
    described, problems = checked(text)
    if described is None or problems:
        first = problems[0]
        more = len(problems) - _TOLD
        told = " ".join(f"{each.at}: {each.sentence}" for each in problems[:_TOLD])
        raise Misconfigured(
            first.code,
            f"The connection document can't be used. {told}" + (f" And {more} more." if more > 0 else ""),
            verdict=Verdict.NEEDS_MAPPING,
            facts={"at": first.at, "problems": str(len(problems))},
        )
    return described


def checked(text: str) -> tuple[Description | None, list[Flaw]]:
    """The document where its shape is right, and all that is wrong with it."""
    data, broken = _parsed(text)
    if broken:
        return None, [broken]
    strange = list(_strange(data, Description, ""))
    if strange:
        return None, strange
    try:
        described = msgspec.convert(data, type=Description)
    except msgspec.ValidationError as cause:
        return None, [_shape(cause)]
    return described, list(_wrong(described))


def _parsed(text: str) -> tuple[object, Flaw | None]:
    if len(text) > LONGEST_DOCUMENT:
        return None, Flaw(
            "description.not_json", "document", f"It is longer than {LONGEST_DOCUMENT} characters."
        )
    try:
        return json.loads(text, parse_float=_exact, parse_constant=_exact), None
    except _Float as cause:
        sentence = f'{cause} is no exact number: write it as a text, in a body as {{"$number": "{cause}"}}.'
        return None, Flaw("description.wrong_type", "document", sentence)
    except RecursionError:
        return None, Flaw("description.not_json", "document", "It is nested too deeply.")
    except json.JSONDecodeError as cause:
        where = f"line {cause.lineno}, column {cause.colno}"
        return None, Flaw("description.not_json", where, f"This is no JSON: {cause.msg.rstrip('.')}.")


class _Float(ValueError):
    """A number with a point."""


def _exact(text: str) -> object:
    raise _Float(text)


# --- its shape ---------------------------------------------------------------------------------------------------------


def _strange(data: object, kind: object, at: str) -> Iterator[Flaw]:
    """Keys that nobody knows, said with those that there are, and the one that was probably meant."""
    struct = _struct(kind, data)
    if struct is not None and isinstance(data, dict):
        hints = _hints(struct)
        known = {each.encode_name: hints[each.name] for each in msgspec.structs.fields(struct)}
        tag = msgspec.inspect.type_info(struct)
        named = (
            {tag.tag_field} if isinstance(tag, msgspec.inspect.StructType) and tag.tag_field else set[str]()
        )
        for key, value in data.items():
            place = f"{at}.{key}" if at else str(key)
            if key not in known and key not in named:
                yield _unknown_key(key, place, [*known, *sorted(named)])
            elif key in known:
                yield from _strange(value, known[key], place)
    elif isinstance(data, list):
        for number, each in enumerate(data):
            yield from _strange(each, _within(kind, data), f"{at}[{number}]")
    elif isinstance(data, dict) and (inner := _within(kind, data)) is not None:
        for key, value in data.items():
            yield from _strange(value, inner, f"{at}.{key}")


@lru_cache
def _hints(part: type[msgspec.Struct]) -> Mapping[str, object]:
    """Worked out once for each kind of part: it takes longer than all else that is done with one."""
    return get_type_hints(part)


def _unknown_key(key: str, place: str, known: list[str]) -> Flaw:
    near = get_close_matches(key, known, n=1)
    meant = f" Did you mean `{near[0]}`?" if near else ""
    return Flaw(
        "description.unknown_key", place, f"This key is not known here.{meant} There are {', '.join(known)}."
    )


def _options(kind: object) -> tuple[object, ...]:
    return get_args(kind) if get_origin(kind) in {UnionType, Union} else (kind,)


def _struct(kind: object, data: object) -> type[msgspec.Struct] | None:
    found = [each for each in _options(kind) if isinstance(each, type) and issubclass(each, msgspec.Struct)]
    if len(found) > 1 and isinstance(data, dict):
        tagged = [each for each in found if each.__struct_config__.tag == data.get("kind")]
        return tagged[0] if tagged else None
    return found[0] if found else None


def _within(kind: object, data: object) -> object:
    """Of what a list or a mapping is made."""
    for each in _options(kind):
        arguments = get_args(each)
        if isinstance(data, list) and get_origin(each) is tuple:
            return arguments[0]
        if isinstance(data, dict) and len(arguments) == 2 and get_origin(each) is not tuple:
            return arguments[1]
    return None


def _shape(cause: msgspec.ValidationError) -> Flaw:
    """The library names the place; a missing key is one of its own kind."""
    sentence, _, place = str(cause).partition(" - at ")
    at = place.strip("`").removeprefix("$").removeprefix(".") or "document"
    missing = "missing required field" in sentence
    said = sentence.replace("Object missing required field", "A key is missing:")
    return Flaw("description.missing" if missing else "description.wrong_type", at, f"{said.rstrip('.')}.")


# --- what it says ------------------------------------------------------------------------------------------------------


def _wrong(described: Description) -> Iterator[Flaw]:
    yield from _walked(described, "")
    yield from _reached(described)
    if described.parcels is not None and (described.shipments is None or described.shipments.of is None):
        yield Flaw(
            "description.missing",
            "parcels",
            "Parcels need `shipments.of`, the list of a document's shipments.",
        )
    for name, register in (("orders", described.orders), ("refunds", described.refunds)):
        if register is not None and _pays(register) and register.fields.payments is None:
            yield Flaw(
                "description.missing",
                f"{name}.fields.payments",
                "Without where a document's payments stand in an answer, each of them would be made again.",
            )
    lines = described.orders.fields.lines
    if described.parcels is not None and lines is None:
        yield Flaw("description.missing", "orders.fields.lines", "Parcels need to know a document's lines.")
    if described.promises.fence == "draft" and described.orders.discard is None:
        yield Flaw(
            "description.missing", "orders.discard", "The fence `draft` needs a call that removes a draft."
        )


def _pays(register: Register) -> bool:
    deposit = register.deposit if isinstance(register, Orders) else None
    return register.payment is not None or deposit is not None


def _walked(part: object, at: str) -> Iterator[Flaw]:
    """Every part, from the outside in."""
    yield from _of_itself(part, at)
    if isinstance(part, msgspec.Struct):
        hints = _hints(type(part))
        for each in msgspec.structs.fields(part):
            place = f"{at}.{each.encode_name}" if at else each.encode_name
            yield from _member(getattr(part, each.name), hints[each.name], place)
    elif isinstance(part, tuple):
        for number, value in enumerate(part):
            yield from _walked(value, f"{at}[{number}]")
    elif isinstance(part, dict):
        for name, value in part.items():
            if isinstance(value, msgspec.Struct | tuple):
                yield from _walked(value, f"{at}.{name}")


def _member(value: object, hint: object, at: str) -> Iterator[Flaw]:
    if isinstance(value, str) and _is_path(hint):
        yield from _path(value, at)
    elif isinstance(value, Mapping) and JsonPath in get_args(hint):
        for name, path in value.items():
            yield from _path(path, f"{at}.{name}")
    else:
        yield from _walked(value, at)


def _of_itself(part: object, at: str) -> Iterator[Flaw]:
    if isinstance(part, Call):
        yield from tried(part, at, samples()[_operation(at)])
        yield from _headers(part.headers, at)
    if isinstance(part, Changes) and part.delta.by == "number" and part.changed_at is None:
        yield Flaw("description.missing", f"{at}.changed_at", "A delta by number needs the time as well.")
    if isinstance(part, Paging):
        yield from _paged(part, at)
    if isinstance(part, Listing) and part.paging is not None and "[?" in part.rows:
        yield from _filtered(part.paging, f"{at}.paging")
    if isinstance(part, ErrorRule) and part.code is not None and part.code not in CODES:
        yield Flaw("description.value", f"{at}.code", f"There is no such code. There are {', '.join(CODES)}.")
    if isinstance(part, Limits):
        yield from _bounded(part, at)


def _operation(at: str) -> str:
    """`orders.create[1]` is one of `orders.create`, and every list to choose from is one of `orders.choices`."""
    plain = at.partition("[")[0]
    return ".".join(plain.split(".")[:2])


def _is_path(hint: object) -> bool:
    return any(each in {JsonPath, Wish} for each in _options(hint))


def _path(text: str, at: str) -> Iterator[Flaw]:
    try:
        paths.parsed(text)
    except StockbridgeError as error:
        yield Flaw(code=error.code, at=at, sentence=error.sentence)


def _headers(headers: Mapping[str, str], at: str) -> Iterator[Flaw]:
    for name in headers:
        if (
            name.lower() in _FORBIDDEN
            or not name.isascii()
            or not name.replace("-", "").replace("_", "").isalnum()
        ):
            sentence = (
                "This header is not the document's to set; how the connection signs in stands under `auth`."
            )
            yield Flaw("description.value", f"{at}.headers.{name}" if at else f"headers.{name}", sentence)


def _paged(paging: Paging, at: str) -> Iterator[Flaw]:
    if paging.by in {"cursor", "link"} and paging.next is None:
        yield Flaw(
            "description.missing", f"{at}.next", f"Paging by {paging.by} needs the path to the next one."
        )
    if not 1 <= paging.size <= 10_000:
        yield Flaw("description.value", f"{at}.size", "A page holds 1 to 10000 rows.")


def _filtered(paging: Paging, at: str) -> Iterator[Flaw]:
    """Whether a page was the last is only seen of all its rows."""
    if paging.by in {"page", "offset"} and paging.more is None:
        sentence = "This path leaves rows out, so that the last page can't be told: say by `more` whether there is another."
        yield Flaw("description.missing", f"{at}.more", sentence)


def _bounded(limits: Limits, at: str) -> Iterator[Flaw]:
    for name, (least, most) in _LIMITS.items():
        if not least <= getattr(limits, name) <= most:
            yield Flaw("description.value", f"{at}.{name}", f"It must be from {least} to {most}.")
    if limits.calls is not None and not _FEWEST_CALLS <= limits.calls <= _MOST_CALLS:
        told = (
            f"It must be from {_FEWEST_CALLS} to {_MOST_CALLS}, as an order takes several; say fewer by more"
            " `seconds`, and leave it out where there is no limit."
        )
        yield Flaw("description.value", f"{at}.calls", told)


def _reached(described: Description) -> Iterator[Flaw]:
    yield from _headers(described.headers, "")
    match described.auth:
        case HeaderAuth(name=name) if (
            not name.isascii() or not name.replace("-", "").replace("_", "").isalnum()
        ):
            yield Flaw("description.value", "auth.name", "This is no name of a header.")
        case OAuth(token=token) if not token.startswith("/") and not _https(token):
            sentence = "It must be a path, beginning with /, or a whole address that begins with https://."
            yield Flaw("description.value", "auth.token", sentence)
    try:
        ZoneInfo(described.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield Flaw(
            "description.value", "zone", "There is no such time zone; an IANA name such as Europe/Berlin."
        )


def _https(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
