"""What every ERP that takes what was sent in a store keeps: one shipment for each parcel, no more than was ordered."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest

from app.domain.document import DocumentKind, DocumentState, FoundDocument, SalesDocument
from app.domain.ids import StoreKey, external_id
from app.domain.parcel import GoodsSent, ShipmentDocument
from app.domain.shipment import Shipment, ShipmentState, Tracking
from app.errors import Reason, Retry
from app.outbound import Outbound
from app.ports import Missing, Sink, Source, Step
from tests.examples import document, line
from tests.hosts.converging import settled
from tests.hosts.rig import HostUnderTest, LosingHttp, converge, opened, orders


@pytest.fixture
def sink(under: HostUnderTest, http: Outbound) -> Sink[ShipmentDocument]:
    parcels = opened(under, http).parcels
    if isinstance(parcels, Missing):
        pytest.skip(parcels.sentence)
    return parcels


@pytest.fixture
def source(under: HostUnderTest, http: Outbound) -> Source[Shipment]:
    shipments = opened(under, http).shipments
    assert not isinstance(shipments, Missing)
    return shipments


async def sold(under: HostUnderTest, http: Outbound, *, tea: str = "2") -> SalesDocument:
    """Two teas and a mug."""
    lines = [line("TEA", "20.00", quantity=tea), line("MUG", "5.00")]
    made = under.adapt(document(lines, kind=DocumentKind.SALES_ORDER))
    await converge(orders(opened(under, http)), made)
    return made


def parcel_of(made: SalesDocument, number: int, *units: int) -> ShipmentDocument:
    """So many of each of the document's lines."""
    key = made.external_id.rpartition("-")[2]
    return ShipmentDocument(
        external_id=external_id(kind="parcel", store="demo", key=f"{key}{number}"),
        reference=f"{made.reference}-F{number}",
        order_external_id=made.external_id,
        order_reference=made.reference,
        lines=tuple(
            GoodsSent(line_key=StoreKey(line.key), item=line.item, quantity=count)
            for line, count in zip(made.lines, units, strict=False)
            if count
        ),
        tracking=_tracking(f"T{number}"),
        warehouse=None,
        sent_at=made.ordered_at,
    )


def _tracking(number: str) -> Tracking:
    """As Shopify tells it; not every ERP keeps more of it than the number."""
    return Tracking(numbers=(number,), carrier="DHL Express", urls=(f"https://carrier.example/{number}",))


async def alive(sink: Sink[ShipmentDocument], parcel: ShipmentDocument) -> FoundDocument:
    found, _ = await settled(sink, parcel)
    (one,) = [each for each in found.documents if each.state is DocumentState.POSTED]
    return one


async def why(sink: Sink[ShipmentDocument], parcel: ShipmentDocument) -> str:
    reason = sink.next_step(parcel, await sink.find(parcel))
    assert isinstance(reason, Reason), f"no reason but {reason}"
    return reason.code


async def test_two_parcels_of_an_order_are_a_shipment_each(
    under: HostUnderTest, http: Outbound, sink: Sink[ShipmentDocument], source: Source[Shipment]
) -> None:
    made = await sold(under, http)
    first, second = parcel_of(made, 1, 1), parcel_of(made, 2, 1, 1)
    one, two = await alive(sink, first), await alive(sink, second)
    assert one.sink_key != two.sink_key
    for parcel, there, goods in ((first, one, [1]), (second, two, [1, 1])):
        shipment = await source.get(there.sink_key)
        assert shipment is not None
        assert (shipment.state, shipment.order_external_id) == (ShipmentState.SENT, made.external_id)
        assert (shipment.origin, shipment.tracking.numbers) == (parcel.external_id, parcel.tracking.numbers)
        assert [each.quantity for each in shipment.lines] == goods
        assert (await settled(sink, parcel))[1] == []


async def test_a_parcel_whose_answer_was_lost_is_found(
    under: HostUnderTest, http: Outbound, sink: Sink[ShipmentDocument]
) -> None:
    parcel = parcel_of(await sold(under, http), 1, 2, 1)
    losing = LosingHttp(http)
    losing.lose = 1
    parcels = opened(under, losing).parcels
    assert not isinstance(parcels, Missing)
    step = parcels.next_step(parcel, await parcels.find(parcel))
    assert isinstance(step, Step)
    with pytest.raises(Exception, match="lost"):
        await parcels.do(step)
    with suppress(Retry):
        await sink.do(step)
    await alive(sink, parcel)
    assert len((await sink.find(parcel)).documents) == 1


async def test_how_it_is_followed_may_change_there_and_back(
    under: HostUnderTest, http: Outbound, sink: Sink[ShipmentDocument], source: Source[Shipment]
) -> None:
    parcel = parcel_of(await sold(under, http), 1, 2, 1)
    there = await alive(sink, parcel)
    done: list[str] = []
    for number in ("NEW", "T1", "NEW"):
        parcel = replace(parcel, tracking=_tracking(number))
        _, keys = await settled(sink, parcel)
        done += keys
        shipment = await source.get(there.sink_key)
        assert shipment is not None
        assert shipment.tracking.numbers == (number,)
    assert len(set(done)) == len(done) == 3
    assert sink.next_step(replace(parcel, tracking=Tracking()), await sink.find(parcel)) is None


async def test_what_is_called_off_makes_way_for_another(
    under: HostUnderTest, http: Outbound, sink: Sink[ShipmentDocument]
) -> None:
    """Or a person is told why the ERP calls none off."""
    made = await sold(under, http)
    parcel = parcel_of(made, 1, 2, 1)
    await alive(sink, parcel)
    cancelled = replace(parcel, cancelled=True)
    if isinstance(sink.next_step(cancelled, await sink.find(cancelled)), Reason):
        assert await why(sink, cancelled) == "parcel.left_the_erp"
        return
    _, keys = await settled(sink, cancelled)
    assert keys
    assert await why(sink, parcel) == "parcel.cancelled_in_erp"
    await alive(sink, parcel_of(made, 2, 2, 1))


async def test_no_more_is_sent_than_is_left(
    under: HostUnderTest, http: Outbound, sink: Sink[ShipmentDocument]
) -> None:
    made = await sold(under, http)
    await alive(sink, parcel_of(made, 1, 2))
    assert await why(sink, parcel_of(made, 2, 1)) == "parcel.too_much"


async def test_goods_that_the_document_does_not_hold_wait_for_its_edit(
    under: HostUnderTest, http: Outbound, sink: Sink[ShipmentDocument]
) -> None:
    parcel = parcel_of(await sold(under, http), 1, 1)
    other = GoodsSent(line_key=StoreKey("other"), item=under.unknown_item, quantity=1)
    strange = replace(parcel, lines=(*parcel.lines, other))
    with pytest.raises(Retry) as raised:
        sink.next_step(strange, await sink.find(strange))
    assert raised.value.code == "parcel.not_in_document"
    download = replace(parcel, lines=(*parcel.lines, replace(other, physical=False)))
    await alive(sink, download)


async def test_a_parcel_without_a_document_has_a_reason(
    under: HostUnderTest, http: Outbound, sink: Sink[ShipmentDocument]
) -> None:
    parcel = parcel_of(await sold(under, http), 1, 1)
    nothing = replace(parcel, order_external_id=external_id(kind="order", store="demo", key="none"))
    assert await why(sink, nothing) == "parcel.no_document"
