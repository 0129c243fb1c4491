"""A connection document is told all that is wrong with it, by path, before anything is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from app.errors import Misconfigured
from app.hosts.rest.checking import checked, understood
from app.hosts.rest.samples import samples
from app.hosts.rest.spec import REST
from app.hosts.rest.wording import template_of
from sandbox.erps.rest.__main__ import DOCUMENT
from tests.hosts.rig import NoHttp, StateInMemory

PAGE = (Path(__file__).parents[3] / "docs" / "hosts" / "rest.md").read_text()
EXAMPLE: dict[str, Any] = json.loads(DOCUMENT.read_text())
SMALLEST = re.search(r"## The smallest document.*?```json\n(.*?)```", PAGE, re.DOTALL)


def smallest() -> dict[str, Any]:
    assert SMALLEST is not None
    found: dict[str, Any] = json.loads(SMALLEST[1])
    return found


def told(document: object) -> list[tuple[str, str, str]]:
    text = document if isinstance(document, str) else json.dumps(document)
    return [(flaw.code, flaw.at, flaw.sentence) for flaw in checked(text)[1]]


def changed(path: str, value: object) -> dict[str, Any]:
    """The smallest document with one key set, or taken away by None."""
    made = deepcopy(smallest())
    *way, last = path.split("/")
    place = made
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return made


def test_the_example_and_the_smallest_document_have_nothing_wrong() -> None:
    assert told(EXAMPLE) == []
    assert told(smallest()) == []


@pytest.mark.parametrize("by", ["page", "offset"])
def test_a_path_that_leaves_rows_out_has_to_say_whether_there_is_another_page(by: str) -> None:
    """Else one row that is left out would end the list."""
    made = deepcopy(EXAMPLE)
    made["customers"]["changes"]["paging"] = {"by": by, "size": 50}
    assert [flaw[:2] for flaw in told(made)] == [("description.missing", "customers.changes.paging.more")]
    made["customers"]["changes"]["paging"]["more"] = "body.more"
    assert told(made) == []


def names(tree: object, path: tuple[str, ...] = ()) -> Iterator[str]:
    if isinstance(tree, Mapping):
        for name, value in tree.items():
            yield ".".join((*path, name))
            yield from names(value, (*path, name))


def test_every_name_of_a_sample_can_be_written_with_dots() -> None:
    """Some are words of the template's language, as `page.offset` is."""
    there = {name for tree in samples().values() for name in names(tree)}
    assert {"page.offset", "page.number", "order.total", "since"} <= there
    for name in there:
        assert template_of(f"{{{{ {name} }}}}").names == {name}


@pytest.mark.parametrize("offset", ["{{ page.offset }}", "{{ page['offset'] }}"])
def test_a_list_by_offset_may_be_written(offset: str) -> None:
    find = deepcopy(smallest()["orders"]["find"])
    find["query"] |= {"skip": offset, "take": "{{ page.size }}"}
    assert told(changed("orders/find", find | {"paging": {"by": "offset", "size": 50}})) == []


def test_what_the_page_shows_of_the_example_is_the_example() -> None:
    shown = re.findall(r"From the example, `([a-z_.]+)`:\n\n```json\n(.*?)```", PAGE, re.DOTALL)
    assert len(shown) == 2
    for path, text in shown:
        part = EXAMPLE
        for name in path.split("."):
            part = part[name]
        assert json.loads(text) == part


@pytest.mark.parametrize(
    ("path", "value", "code", "at", "words"),
    [
        ("ordres", {}, "unknown_key", "ordres", "Did you mean `orders`?"),
        ("orders/fields/nubmer", "x", "unknown_key", "orders.fields.nubmer", "Did you mean `number`?"),
        ("auth/kind", "magic", "wrong_type", "auth.kind", "magic"),
        ("orders/create", None, "missing", "orders", "create"),
        ("orders/find/path", 7, "wrong_type", "orders.find.path", "str"),
        ("orders/find/path", "orders", "value", "orders.find.path", "must begin with /"),
        ("orders/find/path", "/a?b=c", "value", "orders.find.path", "`query`"),
        ("orders/find/rows", "orders[", "path", "orders.find.rows", "no path"),
        ("orders/fields/total", "sum(lines[].net)", "path", "orders.fields.total", "sum() is not known"),
        ("orders/create/body/reference", "{{ order.refrence }}", "template", "body.reference", "`order.reference`"),
        ("orders/create/body/reference", "{{ order.reference", "template", "body.reference", "not closed"),
        ("orders/create/body/reference", "{{ order.reference | shout }}", "template", "body.reference", "shout"),
        ("orders/create/body/lines/$each", "order.line", "path", "body.lines.$each", "no list"),
        ("orders/create/body/lines/as/sku", "{{ line.sku }}", "template", "lines.as.sku", "There are codes"),
        ("orders/create/body/currency", {"$nubmer": "1"}, "unknown_key", "currency.$nubmer", "$number"),
        ("orders/create/body/total", {"$number": "{{ order.reference }}"}, "template", "body.total", "number"),
        ("orders/find/query", {"m": "{{ order.buyer.email }}"}, "template", "orders.find.query.m", "external_id"),
        ("orders/create/path", "/o/{{ order.buyer.email }}", "personal", "orders.create.path", "in the body"),
        ("orders/create/headers", {"X-Who": "{{ order.ship_to.name }}"}, "personal", "headers.X-Who", "in the body"),
        ("orders/create/headers", {"Authorization": "x"}, "value", "headers.Authorization", "`auth`"),
        ("orders/find/body", {}, "value", "orders.find.body", "no body"),
        ("limits", {"deadline": 0}, "value", "limits.deadline", "from 1 to 120"),
        ("promises", {"fence": "draft"}, "missing", "orders.discard", "removes a draft"),
        ("errors", [{"is": "rejected", "code": "no.such"}], "value", "errors[0].code", "item.unknown"),
        ("orders/fields/payments", None, "missing", "orders.fields.payments", "made again"),
        ("zone", "Mars/Base", "value", "zone", "Europe/Berlin"),
        ("auth", {"kind": "oauth2", "token": "http://x/y"}, "value", "auth.token", "https://"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_path_and_what_would_be_right(
    path: str, value: object, code: str, at: str, words: str
) -> None:
    found = told(changed(path, value))
    assert any(
        (kind, words in sentence, place.endswith(at)) == (f"description.{code}", True, True)
        for kind, place, sentence in found
    ), found


def test_all_mistakes_are_counted_and_the_first_few_told() -> None:
    broken = changed("orders/create/body", {f"field{n}": "{{ order.nothing }}" for n in range(9)})
    with pytest.raises(Misconfigured) as raised:
        understood(json.dumps(broken))
    assert raised.value.code == "description.template"
    assert raised.value.facts["problems"] == "9"
    assert "orders.create.body.field4" in raised.value.sentence
    assert "And 4 more." in raised.value.sentence


def hostile() -> Iterator[tuple[str, str]]:
    yield "nothing", ""
    yield "a list", "[]"
    yield "no json", "{'a': 1}"
    yield "deep", "[" * 50_000
    yield "deep body", json.dumps(changed("orders/create/body", json.loads("[" * 200 + "]" * 200)))
    yield "huge", " " * 200_000
    yield "a float", json.dumps(changed("limits", {"deadline": 1.5}))
    yield "a doubling path", json.dumps(changed("orders/fields/total", "|".join(["[@,@][]"] * 60)))
    yield "a long path", json.dumps(changed("orders/fields/total", "a." * 5_000 + "a"))
    yield "a deep path", json.dumps(changed("orders/fields/total", "(" * 900))
    loop = "{% for a in (1..400) %}{% for b in (1..400) %}x{% endfor %}{% endfor %}"
    yield "an endless template", json.dumps(changed("orders/create/body/reference", loop))
    yield "brackets", json.dumps(changed("orders/create/body/reference", "{{" * 1_000))


@pytest.mark.parametrize(("name", "text"), list(hostile()), ids=[name for name, _ in hostile()])
def test_no_document_takes_a_process_down(name: str, text: str) -> None:
    with pytest.raises(Misconfigured) as raised:
        understood(text)
    assert raised.value.code.startswith("description.")
    assert raised.value.sentence.endswith(".")


def test_a_flow_that_the_document_leaves_out_is_missing_with_a_sentence() -> None:
    opened = REST.open(
        {"address": "https://erp.example.com", "document": json.dumps(smallest())}, NoHttp(), StateInMemory()
    )
    for name in ("refunds", "inventory", "prices", "items", "shipments", "parcels", "customers"):
        assert getattr(opened, name).sentence.startswith("The connection document does not say")


def test_what_the_document_promises_and_bears_is_the_connections_own() -> None:
    form = {"address": "https://erp.example.com", "document": json.dumps(EXAMPLE)}
    borne = REST.borne(form)
    assert (borne.concurrency, borne.fence.value, borne.reserves_at.value) == (8, "unique", "confirm")
    assert borne.settle.total_seconds() == EXAMPLE["limits"]["settle"]
    plain = REST.borne({**form, "document": json.dumps(smallest())})
    assert (plain.concurrency, plain.settle) == (REST.concurrency, REST.settle)
