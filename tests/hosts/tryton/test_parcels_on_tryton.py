"""What was sent in a store, on a real Tryton: the sale's own shipment leaves, its rest is shipped later, nothing comes back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.document import SalesDocument
from app.domain.parcel import ShipmentDocument
from app.errors import Rejected
from app.outbound import Outbound
from app.ports import Missing, Sink, Step
from tests.hosts.rig import opened
from tests.hosts.test_contract_parcels import alive, parcel_of, settled, sold, why
from tests.hosts.tryton.rig import TrytonUnderTest
from tests.hosts.tryton.test_shipments_on_tryton import leave, shipment_of


@pytest.fixture
def parcels(erp: TrytonUnderTest, http: Outbound) -> Sink[ShipmentDocument]:
    sink = opened(erp, http).parcels
    assert not isinstance(sink, Missing)
    return sink


async def sale_of(erp: TrytonUnderTest, made: SalesDocument, *fields: str) -> dict[str, object]:
    (found,) = await erp.found("sale.sale", [["web_id", "=", made.external_id]], *fields)
    return dict(found)


async def test_a_sale_is_sent_in_tryton_once_all_its_parcels_are(
    erp: TrytonUnderTest, http: Outbound, sink: Sink[SalesDocument], parcels: Sink[ShipmentDocument]
) -> None:
    assert sink is not None
    made = await sold(erp, http)
    await alive(parcels, parcel_of(made, 1, 1))
    assert (await sale_of(erp, made, "shipment_state"))["shipment_state"] != "sent"
    await alive(parcels, parcel_of(made, 2, 1, 1))
    assert (await sale_of(erp, made, "shipment_state"))["shipment_state"] == "sent"


async def test_what_the_warehouse_changed_meanwhile_is_looked_at_anew(
    erp: TrytonUnderTest, http: Outbound, parcels: Sink[ShipmentDocument]
) -> None:
    made = await sold(erp, http)
    parcel = parcel_of(made, 1, 1)
    stale = parcels.next_step(parcel, await parcels.find(parcel))
    assert isinstance(stale, Step)
    shipment = await shipment_of(erp, str((await sale_of(erp, made, "id"))["id"]))
    await erp.ask(
        "PUT", f"stock.shipment.out/{shipment}?f=id", {"planned_date": None, "shipping_reference": "X"}
    )
    with pytest.raises(Exception, match="same moment"):
        await parcels.do(stale)
    await alive(parcels, parcel)


async def test_what_left_tryton_by_itself_is_the_parcel_under_the_same_number(
    erp: TrytonUnderTest, http: Outbound, parcels: Sink[ShipmentDocument]
) -> None:
    made = await sold(erp, http)
    sale = str((await sale_of(erp, made, "id"))["id"])
    shipment = await shipment_of(erp, sale)
    await erp.ask("PUT", f"stock.shipment.out/{shipment}?f=id", {"shipping_reference": "T1"})
    await leave(erp, shipment)
    parcel = parcel_of(made, 1, 2, 1)
    found, keys = await settled(parcels, parcel)
    assert (keys, [each.sink_key for each in found.documents]) == ([], [f"{shipment}-{sale}"])
    other = replace(parcel_of(made, 2, 2, 1))
    assert await why(parcels, other) == "parcel.possible_duplicate"


async def test_goods_that_tryton_does_not_have_are_not_sent_there(
    erp: TrytonUnderTest, http: Outbound, parcels: Sink[ShipmentDocument]
) -> None:
    made = await sold(erp, http, tea="100000")
    parcel = parcel_of(made, 1, 100_000, 1)
    step = parcels.next_step(parcel, await parcels.find(parcel))
    assert isinstance(step, Step)
    await parcels.do(step)
    step = parcels.next_step(parcel, await parcels.find(parcel))
    assert isinstance(step, Step)
    with pytest.raises(Rejected) as refused:
        await parcels.do(step)
    assert refused.value.code == "parcel.not_on_stock"
    _, keys = await settled(parcels, replace(parcel, cancelled=True))
    assert [key.split(":")[0] for key in keys] == ["release"]
