"""Prints what is committed beside the schema: `schema.graphql`, and the reason codes out of `docs/codes.md`."""

from __future__ import annotations

import re
from pathlib import Path

import orjson

from app.graphql.codes import LIST
from app.graphql.schema import printed

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


def main() -> None:
    (_FOLDER / "schema.graphql").write_text(printed())
    (_FOLDER / LIST).write_bytes(codes((_FOLDER.parents[1] / "docs" / "codes.md").read_text()))


if __name__ == "__main__":
    main()
