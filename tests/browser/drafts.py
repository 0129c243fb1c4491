"""A connection's mapping as the API tells of it, and drafts that are made there: what the tests of its views begin from."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.browser.surroundings import Surroundings
from tests.patience import FAR

_WHICH = "{ connections { id } }"
_STANDS = """query ($id: ID!) {
    mappingVersions(connection: $id, first: 1) { nodes { number note } } mappingDraft(connection: $id) { revision } }"""
_SAYS = """query ($id: ID!, $number: Int!) { mappingVersion(connection: $id, number: $number) {
    tables { name rows { name value } } rules } }"""
_BEGIN = """mutation ($id: ID!) { mappingDraftBegin(connection: $id) { draft { revision } userErrors { code } } }"""
_SAVE = """mutation ($id: ID!, $revision: ID!, $input: MappingDraftInput!) {
    mappingDraftSave(connection: $id, revision: $revision, input: $input) { draft { revision } userErrors { code message } } }"""
_PUBLISH = """mutation ($id: ID!, $revision: ID!) {
    mappingDraftPublish(connection: $id, revision: $revision) { version { number } userErrors { code message } } }"""
_BACK = """mutation ($id: ID!, $number: Int!) { mappingRollBack(connection: $id, number: $number) {
    version { number } userErrors { code message } } }"""

_SETTLED = "{ orders(states: [SETTLED]) { nodes { id } } }"

Tables = dict[str, dict[str, str]]


async def settled(place: Surroundings, count: int) -> None:
    """Until so many orders are in the ERP."""
    async with asyncio.timeout(FAR):
        while True:
            if len((await place.ask(_SETTLED))["orders"]["nodes"]) >= count:
                return
            await asyncio.sleep(0.3)


async def connection(place: Surroundings) -> str:
    (only,) = (await place.ask(_WHICH))["connections"]
    return str(only["id"])


async def in_force(place: Surroundings) -> tuple[int, str]:
    """The number of the version in force, and its note."""
    found = await place.ask(_STANDS, id=await connection(place))
    (version,) = found["mappingVersions"]["nodes"]
    return int(version["number"]), str(version["note"])


async def is_drafted(place: Surroundings) -> bool:
    found = await place.ask(_STANDS, id=await connection(place))
    return found["mappingDraft"] is not None


async def tables_of(place: Surroundings, number: int) -> Tables:
    found = (await place.ask(_SAYS, id=await connection(place), number=number))["mappingVersion"]
    return {each["name"]: {row["name"]: row["value"] for row in each["rows"]} for each in found["tables"]}


async def draft(place: Surroundings, *, rules: Any = None, **tables: dict[str, str]) -> str:
    """What is in force with these tables, and these rules where any are given, as a draft; its revision."""
    which = await connection(place)
    begun = (await place.ask(_BEGIN, id=which))["mappingDraftBegin"]["draft"]["revision"]
    wanted: dict[str, Any] = {
        "tables": [
            {"name": name, "rows": [{"name": key, "value": value} for key, value in rows.items()]}
            for name, rows in tables.items()
        ]
    }
    if rules is not None:
        wanted["rules"] = rules
    saved = (await place.ask(_SAVE, id=which, revision=begun, input=wanted))["mappingDraftSave"]
    assert saved["userErrors"] == []
    return str(saved["draft"]["revision"])


async def publish(place: Surroundings, revision: str) -> int:
    """The number of the version that the draft became."""
    made = (await place.ask(_PUBLISH, id=await connection(place), revision=revision))["mappingDraftPublish"]
    assert made["userErrors"] == []
    return int(made["version"]["number"])


async def roll_back(place: Surroundings, number: int) -> int:
    """Somebody else goes back to an earlier version; the number of the new one."""
    made = (await place.ask(_BACK, id=await connection(place), number=number))["mappingRollBack"]
    assert made["userErrors"] == []
    return int(made["version"]["number"])
