"""The page of the API says what is so: every document on it is one that the schema answers."""

from __future__ import annotations

import json
import re
from ast import literal_eval
from pathlib import Path

import pytest
from graphql import parse, validate

from tests.graphql.documents import SCHEMA

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text()


def documents() -> list[str]:
    """Those of curl, those of Python, and those that stand alone."""
    shell = [
        json.loads(body.replace("'\"", "").replace("\"'", ""))["query"]
        for body in re.findall(r"^(?:ask|  -d) '(.*)'$", PAGE, re.MULTILINE)
    ]
    python = [literal_eval(text) for text in re.findall(r"= ask\(\s*(\".*?\"|'.*?'),?\s*(?:\w+=|\))", PAGE)]
    named = re.findall(r'^[A-Z]+ = """(.*?)"""', PAGE, re.MULTILINE | re.DOTALL)
    alone = re.findall(r"^`(subscription \{.*\})`$", PAGE, re.MULTILINE)
    return [*shell, *python, *named, *alone]


@pytest.mark.parametrize("document", documents())
def test_every_document_of_the_page_is_one_of_the_schema(document: str) -> None:
    assert validate(SCHEMA, parse(document.replace("…", "x"))) == []


def test_the_page_answers_its_questions_both_ways() -> None:
    assert len(documents()) == 17
