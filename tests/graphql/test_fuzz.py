"""Whatever is asked, the answer is an answer: no failure of ours, and no error without a code that stands in the list."""

from __future__ import annotations

import json
from collections import Counter
from random import Random

import httpx
import pytest

from app.graphql.codes import code_of
from app.graphql.door import PATH
from tests.graphql.drawn import Draw
from tests.graphql.furnished import Own, api, erp, own

__all__ = ["api", "erp", "own"]

SAMPLE, MANY = 120, 5_000
_TOLD = 5


def faults(answer: httpx.Response) -> list[str]:
    """What is wrong with an answer, if anything is."""
    if answer.status_code not in {200, 400}:
        return [f"status {answer.status_code}: {answer.text[:300]}"]
    try:
        body = answer.json()
    except ValueError:
        return [] if answer.status_code == 400 else [f"no JSON: {answer.text[:300]}"]
    return [
        str(error) for error in body.get("errors", ()) if not _coded(error.get("extensions", {}).get("code"))
    ]


def _coded(code: object) -> bool:
    return isinstance(code, str) and code != "api.internal" and code_of(code) is not None


async def asked(own: Own, seeds: range) -> Counter[bool]:
    """Asks what each seed draws; how many answers had data. The first that are wrong fail the test, with what was asked."""
    ids = [own.connection, own.shop, own.order, own.run, own.what_if, own.report]
    wrong: list[str] = []
    seen: Counter[bool] = Counter()
    for seed in seeds:
        drawn = Draw(random=Random(seed), ids=ids).request()
        headers = {"Authorization": f"Bearer {own.tenant.session}", "Content-Type": "application/json"}
        answer = await own.api.client.post(PATH, content=json.dumps(drawn), headers=headers)
        seen['"data":{' in answer.text.replace(" ", "")] += 1
        if found := faults(answer):
            wrong.append(f"seed {seed}: {found[:2]}\n{json.dumps(drawn)[:1500]}")
        if len(wrong) == _TOLD:
            break
    assert not wrong, "\n\n".join(wrong)
    return seen


async def test_a_sample_of_what_can_be_asked_is_answered(own: Own) -> None:
    seen = await asked(own, range(SAMPLE))
    assert seen[True] > SAMPLE / 5, seen
    assert seen[False] > SAMPLE / 20, seen


@pytest.mark.long
async def test_thousands_of_what_can_be_asked_are_answered(own: Own) -> None:
    seen = await asked(own, range(SAMPLE, SAMPLE + MANY))
    assert seen[True] > MANY / 5, seen


def test_an_answer_that_failed_is_told_from_one_that_did_not() -> None:
    def answer(status: int, code: str | None) -> httpx.Response:
        extensions = {} if code is None else {"code": code}
        return httpx.Response(
            status, json={"data": None, "errors": [{"message": "x", "extensions": extensions}]}
        )

    assert faults(answer(200, "api.document")) == []
    for failed in (
        answer(200, "api.internal"),
        answer(200, None),
        answer(200, "made.up"),
        answer(500, "api.document"),
    ):
        assert faults(failed)
