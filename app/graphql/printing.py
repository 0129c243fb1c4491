"""Prints what is committed: `schema.graphql`, what each change needs, and the reason codes out of `docs/codes.md`."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
from strawberry.types import get_object_definition

from app.domain.access import ASKED_BY
from app.graphql.codes import LIST
from app.graphql.context import Needs
from app.graphql.schema import Mutation, make, printed

NEEDS = "needs.json"

_FOLDER = Path(__file__).resolve().parent
_ROW = re.compile(
    r"^\| `([a-z_]+\.[a-z_]+)` \| (.*?) \| (retry_safe|look_first|needs_mapping|never) \| (.*?) \|$"
)


def codes(page: str) -> bytes:
    """The page's rows as a list. `the same` stands for the advice above it."""
    found: list[dict[str, str]] = []
    for line in page.splitlines():
        if match := _ROW.match(line):
            code, sentence, verdict, advice = match.groups()
            if advice == "the same" and found:
                advice = found[-1]["advice"]
            found.append({"code": code, "sentence": sentence, "verdict": verdict, "advice": advice})
    return orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def needs() -> bytes:
    """By mutation: the permission that it asks of a person, by the API's name. The page shuts its buttons by this."""
    schema = make()
    found: dict[str, str] = {}
    for field in get_object_definition(Mutation, strict=True).fields:
        (gate,) = (each for each in field.extensions if isinstance(each, Needs))
        found[schema.config.name_converter.get_graphql_name(field)] = (
            gate.permission or ASKED_BY[gate.scope]
        ).name
    return orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def main() -> None:
    (_FOLDER / "schema.graphql").write_text(printed())
    (_FOLDER / NEEDS).write_bytes(needs())
    (_FOLDER / LIST).write_bytes(codes((_FOLDER.parents[1] / "docs" / "codes.md").read_text()))


if __name__ == "__main__":
    main()
