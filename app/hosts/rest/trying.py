"""Carries out the templates of one call with a sample, so that what can't work is said when the document is saved; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import cast

from app.errors import StockbridgeError
from app.hosts.rest.parts import Call
from app.hosts.rest.paths import Unreadable, parsed, read
from app.hosts.rest.samples import FREE
from app.hosts.rest.wording import (
    NUMBER,
    SPECIAL,
    Sheet,
    Tree,
    bodied,
    header,
    is_personal,
    reads_people,
    template_of,
)
from app.ports import Json

_SHAPES = {
    "$each": frozenset(("$each", "name", "as")),
    "$when": frozenset(("$when", "then", "else")),
    "$path": frozenset(("$path",)),
    "$flag": frozenset(("$flag",)),
    NUMBER: frozenset((NUMBER,)),
}
_DEEPEST = 30


@dataclass(frozen=True)
class Flaw:
    """Something that is wrong: its code, the path of the key, and a sentence with what would be right."""

    code: str
    at: str
    sentence: str


def tried(call: Call, at: str, tree: Tree) -> Iterator[Flaw]:
    if not call.path.startswith("/"):
        yield Flaw("description.value", f"{at}.path", "It must begin with /: it follows the base address.")
    if "?" in call.path or "#" in call.path:
        yield Flaw("description.value", f"{at}.path", "What follows a question mark belongs under `query`.")
    parts = call.path.split("/")
    for part in parts:
        yield from _text(part, f"{at}.path", tree, open_to_all=True)
    for name, shape in call.query.items():
        yield from _shape(cast("Json", shape), f"{at}.query.{name}", tree, open_to_all=True)
    for name, text in call.headers.items():
        yield from _text(text, f"{at}.headers.{name}", tree, open_to_all=True)
        if "{" not in text:
            yield from _carried(lambda text=text: header(text), f"{at}.headers.{name}")
    if call.body is not None:
        if call.method == "GET":
            yield Flaw("description.value", f"{at}.body", "A GET has no body; say `method`.")
        yield from _shape(cast("Json", call.body), f"{at}.body", tree)


def _shape(shape: Json, at: str, tree: Tree, *, open_to_all: bool = False, depth: int = 0) -> Iterator[Flaw]:
    if depth > _DEEPEST:
        yield Flaw("description.value", at, f"It is nested deeper than {_DEEPEST}.")
    elif isinstance(shape, str):
        yield from _text(shape, at, tree, open_to_all=open_to_all)
    elif isinstance(shape, list):
        for number, each in enumerate(shape):
            yield from _shape(each, f"{at}[{number}]", tree, open_to_all=open_to_all, depth=depth + 1)
    elif isinstance(shape, dict):
        special = [key for key in shape if key in SPECIAL or key.startswith("$")]
        if special:
            yield from _special(special[0], shape, at, tree, open_to_all=open_to_all, depth=depth)
        else:
            for key, each in shape.items():
                yield from _shape(each, f"{at}.{key}", tree, open_to_all=open_to_all, depth=depth + 1)


def _special(
    word: str, shape: dict[str, Json], at: str, tree: Tree, *, open_to_all: bool, depth: int
) -> Iterator[Flaw]:
    known = _SHAPES.get(word)
    if known is None:
        there = ", ".join(sorted(_SHAPES))
        yield Flaw("description.unknown_key", f"{at}.{word}", f"There is no such word. There are {there}.")
        return
    if strange := sorted(shape.keys() - known):
        yield Flaw(
            "description.unknown_key",
            f"{at}.{strange[0]}",
            f"Beside {word} stand {', '.join(sorted(known))} alone.",
        )
        return
    said = shape[word]
    if not isinstance(said, str):
        yield Flaw("description.wrong_type", f"{at}.{word}", "It must be a text.")
        return
    if word in {"$flag", NUMBER}:
        yield from _text(said, f"{at}.{word}", tree, open_to_all=open_to_all)
        if "{" not in said or word == NUMBER:
            yield from _carried(lambda: bodied(shape, Sheet(tree=tree)), at)
        return
    yield from _asked(word, said, shape, at, tree, open_to_all=open_to_all, depth=depth)


def _asked(
    word: str, path: str, shape: dict[str, Json], at: str, tree: Tree, *, open_to_all: bool, depth: int
) -> Iterator[Flaw]:
    """A path into the record, and what stands beside it."""
    try:
        parsed(path)
        found = read(path, cast("Json", tree), Sheet(tree=tree).steps)
    except StockbridgeError as error:
        yield Flaw(code=error.code, at=f"{at}.{word}", sentence=error.sentence)
        return
    except Unreadable:
        yield Flaw(
            "description.path", f"{at}.{word}", "This path can't be carried out with a sample of the record."
        )
        return
    if open_to_all and word != "$when" and reads_people(path):
        yield _open(path, f"{at}.{word}")
    if word == "$each":
        yield from _repeated(shape, found, at, tree, open_to_all=open_to_all, depth=depth)
    elif word == "$when":
        for part in ("then", "else"):
            yield from _shape(shape.get(part), f"{at}.{part}", tree, open_to_all=open_to_all, depth=depth + 1)


def _repeated(
    shape: dict[str, Json], found: Json, at: str, tree: Tree, *, open_to_all: bool, depth: int
) -> Iterator[Flaw]:
    name = shape.get("name", "each")
    if "as" not in shape:
        yield Flaw("description.missing", f"{at}.as", "Beside $each stands what to make of each one.")
    elif not isinstance(name, str) or not name.isidentifier():
        yield Flaw("description.value", f"{at}.name", "It must be a plain name.")
    elif not isinstance(found, list):
        yield Flaw("description.path", f"{at}.$each", "There is no list at this path of the record.")
    else:
        within = {**tree, name: found[0] if found else {}, "place": 1}
        yield from _shape(shape["as"], f"{at}.as", within, open_to_all=open_to_all, depth=depth + 1)


def _open(what: str, at: str) -> Flaw:
    sentence = f"`{what}` is personal and must not stand in an address or a header: put it in the body."
    return Flaw("description.personal", at, sentence)


def _text(text: str, at: str, tree: Tree, *, open_to_all: bool = False) -> Iterator[Flaw]:
    """`open_to_all`: the text becomes part of an address or a header, which are logged on their way."""
    if "{{" not in text and "{%" not in text:
        if "{" in text and open_to_all:
            yield Flaw("description.template", at, "A value stands in double brackets: {{ … }}.")
        return
    try:
        template = template_of(text)
    except StockbridgeError as error:
        yield Flaw("description.template", at, error.sentence)
        return
    for name in sorted(template.names):
        yield from _name(name, at, tree)
        if open_to_all and is_personal(name):
            yield _open(name, at)
    yield from _carried(lambda: template.render(tree, {}), at)


def _carried(act: object, at: str) -> Iterator[Flaw]:
    try:
        act()  # type: ignore[operator]
    except StockbridgeError as error:
        yield Flaw("description.template", at, error.sentence)
    except Unreadable:
        yield Flaw("description.template", at, "This can't be carried out with a sample of the record.")


def _name(name: str, at: str, tree: Tree) -> Iterator[Flaw]:
    """Only what a sample has is known; a name that a template makes itself has no path here."""
    value: object = tree
    done: list[str] = []
    for part in name.split("."):
        if isinstance(value, list):
            value = value[0] if value else None
            if part.isdigit() or part in {"first", "last", "size"}:
                continue
        if not isinstance(value, Mapping) or (done and done[-1] in FREE):
            return
        if part not in value:
            near = get_close_matches(part, list(value), n=1)
            meant = f" Did you mean `{'.'.join([*done, near[0]])}`?" if near else ""
            there = ", ".join(sorted(str(key) for key in value))
            sentence = f"`{name}` is not known here.{meant} There are {there}."
            yield Flaw("description.template", at, sentence)
            return
        done.append(part)
        value = value[part]
