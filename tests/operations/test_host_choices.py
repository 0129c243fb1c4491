"""Which codes an ERP takes, from the ERP itself; one that does not answer has no say."""

from __future__ import annotations

from app.models.connections import Connection
from app.operations import host_choices, table_files
from app.operations.table_files import File
from app.wiring import Core
from tests.operations.test_changing import erp, shop, world
from tests.stores.world import Joined

__all__ = ["erp", "shop", "world"]


async def checked(core: Core, connection: Connection, *codes: str) -> list[int]:
    text = "key,value\n" + "\n".join(f"Method {n},{code}" for n, code in enumerate(codes))
    found = await table_files.check(core, connection, File(table="payments", text=text))
    assert found.codes_known
    return [fault.line for fault in found.faults]


async def test_a_code_the_erp_does_not_list_is_a_fault_of_its_line(world: Joined) -> None:
    connection = await world.found()
    known = await host_choices.codes(world.core, connection, "payments")
    assert known
    assert await checked(world.core, connection, min(known), "NO-SUCH", max(known)) == [3]


async def test_the_codes_come_with_their_names_as_the_erp_lists_them(world: Joined) -> None:
    listed = await host_choices.choices(world.core, await world.found(), "payments")
    assert listed is not None
    assert [each.code for each in listed] == ["bank", "card", "cash", "gift_card", "paypal"]
    assert all(each.label for each in listed)


async def test_where_the_erp_lists_nothing_anything_goes(world: Joined) -> None:
    connection = await world.found()
    assert await host_choices.codes(world.core, connection, "taxes") is None
    assert await host_choices.codes(world.core, connection, "items") is None
    found = await table_files.check(world.core, connection, File(table="taxes", text="key,value\nVAT,ANY\n"))
    assert (found.codes_known, found.faults) == (False, ())
