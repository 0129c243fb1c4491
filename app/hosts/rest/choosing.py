"""What can be chosen from in the ERP: a list that the connection document holds, or one that is read."""

from __future__ import annotations

from collections.abc import Sequence

from app.hosts.rest.client import Caller
from app.hosts.rest.parts import ChoiceList, Choices
from app.hosts.rest.wording import Tree
from app.ports import Choice


async def choices(caller: Caller, listed: Choices, tree: Tree) -> Sequence[Choice]:
    if not isinstance(listed, ChoiceList):
        return tuple(Choice(code=each.code, label=each.label or each.code) for each in listed)
    found = []
    for row in await caller.every(listed, tree):
        code = row.needed(listed.code)
        found.append(Choice(code=code, label=row.text(listed.label) or code))
    return tuple(found)
