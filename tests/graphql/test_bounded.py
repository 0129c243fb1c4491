"""What a question costs does not grow with what there is: as many statements for fifty of everything as for one or two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.graphql.conftest import Api
from tests.graphql.documents import Root, roots
from tests.graphql.furnished import Own, api, erp, own
from tests.graphql.given import Given, Made, given
from tests.graphql.multiplied import COPIES, multiply, tell

__all__ = ["api", "erp", "own"]

MOST = 30
"""Statements of one question, whatever it is."""
ELSEWHERE = {
    "goLivePlan": "looks at the shop's orders",
    "skuAudit": "reads the ERP",
    "mappingPreview": "reads the order",
}
"""What asks other systems, whose answers it is that the work is about."""
BESIDE = 5
"""Lists of one question that are read beside each other share what they point at when they come at the same time, and else read

it once each, which is the machine's affair. What is read once for each entry of a list is read fifty times.
"""
_AGAIN = 4
FEW = {"mappingVersions", "records"}
"""Lists that were not made long: versions follow each other, and keys are named one by one."""


async def asked(api: Api, own: Own, root: Root, variables: Given) -> tuple[int, Any]:
    """How many statements it took, and the answer."""
    api.counted.said.clear()
    data = await api.ask(root.document(variables), token=own.tenant.session, **variables)
    return len(api.counted.said), data[root.name]


async def least(api: Api, own: Own, root: Root, variables: Given, few: int) -> tuple[int, Any]:
    """As `asked`, again while it took more than `few`: the fewest of some."""
    spent, answer = await asked(api, own, root, variables)
    for _ in range(_AGAIN):
        if spent <= few:
            break
        again, answer = await asked(api, own, root, variables)
        spent = min(spent, again)
    return spent, answer


def lengths(answer: Any) -> Iterator[int]:
    """Of every list in an answer."""
    match answer:
        case list():
            yield len(answer)
            for each in answer:
                yield from lengths(each)
        case dict():
            for each in answer.values():
                yield from lengths(each)


async def test_fifty_of_everything_take_as_many_statements_as_one(api: Api, own: Own) -> None:
    questions: list[tuple[Root, Given, int]] = []
    made: Made = {}
    await own.tenant.token("read_status")
    await tell(own)
    for root in roots("query"):
        if root.name in ELSEWHERE:
            continue
        variables = await given(own, root, made) | ({"first": COPIES} if "first" in root.field.args else {})
        spent, _ = await asked(api, own, root, variables)
        questions.append((root, variables, spent))
    many = await multiply(own)
    for _ in range(COPIES):
        await own.tenant.token("read_status")
    assert {"record", "run", "notification", "audit_log", "reconciliation", "connection"} <= many
    grown, short = {}, []
    for root, variables, few in questions:
        spent, answer = await least(api, own, root, variables, few)
        if spent > min(few + BESIDE, MOST):
            grown[root.name] = (few, spent, Counter(api.counted.said).most_common(1))
        if "first" in root.field.args and max(lengths(answer), default=0) < COPIES and root.name not in FEW:
            short.append(root.name)
    assert (grown, short) == ({}, []), (
        "statements for few, for many, the one that comes again; lists that stayed short"
    )
