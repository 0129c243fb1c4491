"""Odoo's deliveries as we read them, whichever version calls their parts what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from app.domain.ids import ExternalId, parts_of
from app.errors import Rejected
from app.hosts.odoo.client import Odoo
from app.hosts.odoo.records import Article
from app.hosts.odoo.trees import NAME, Tree
from app.hosts.odoo.wire import Domain, Named, Row

PICKINGS = "stock.picking"
MOVES = "stock.move"
OPEN = ("draft", "waiting", "confirmed", "assigned")
LEFT = "done"


class Move(Row, frozen=True, kw_only=True):
    """`product_uom_qty` is what is to leave; what is taken for it is called `quantity_done` in versions before 17."""

    state: str
    product_uom_qty: Decimal
    quantity: Decimal | None = None
    quantity_done: Decimal | None = None
    product_id: Article

    @property
    def taken(self) -> Decimal:
        return self.quantity if self.quantity is not None else self.quantity_done or Decimal(0)

    @property
    def code(self) -> str:
        return self.product_id.default_code or ""


class SaleRef(Row, frozen=True, kw_only=True):
    name: str
    client_order_ref: str | None = None


class Place(Row, frozen=True, kw_only=True):
    code: str


class Kind(Row, frozen=True, kw_only=True):
    warehouse_id: Place | None = None


class Picking(Row, frozen=True, kw_only=True):
    """A delivery. How it is followed is there with Odoo's delivery module only; `moves` is called three ways."""

    name: str | None = None
    state: str
    origin: str | None = None
    date_done: str | None = None
    create_date: str
    write_date: str
    sale_id: SaleRef | None = None
    backorder_id: Named | None = None
    picking_type_id: Kind
    carrier_id: Named | None = None
    carrier_tracking_ref: str | None = None
    carrier_tracking_url: str | None = None
    move_ids: tuple[Move, ...] = ()
    move_lines: tuple[Move, ...] = ()

    @property
    def moves(self) -> tuple[Move, ...]:
        return self.move_ids or self.move_lines

    @property
    def number(self) -> str:
        return self.name or str(self.id)

    @property
    def warehouse(self) -> str | None:
        return self.picking_type_id.warehouse_id.code if self.picking_type_id.warehouse_id else None

    @property
    def goods(self) -> Counter[str]:
        """What is to leave, or has left, by item."""
        found: Counter[str] = Counter()
        for move in self.moves:
            units = move.taken if move.state == LEFT else move.product_uom_qty
            if move.state != "cancel" or self.state == "cancel":
                found[move.code] += whole(move, units)
        return +found


def whole(move: Move, units: Decimal) -> int:
    if units != int(units):
        raise Rejected("shipment.part_of_a_unit", f"{move.code} was sent in parts of a unit.")
    return int(units)


# --- our key ----------------------------------------------------------------------------------------------------------


def parcel_of(picking: Picking) -> tuple[ExternalId | None, int]:
    """Our key where the delivery was taken for what a store had sent, and how often we changed it since.

    It stands behind the sale's name in the source document, as `S00012 parcel-... 2`.
    """
    words = (picking.origin or "").split()
    for place, word in enumerate(words):
        parts = parts_of(word)
        if parts is not None and parts[0] == "parcel":
            after = words[place + 1] if place + 1 < len(words) else ""
            return ExternalId(word), int(after) if after.isascii() and after.isdigit() else 0
    return None, 0


def keyed(picking: Picking, others: Sequence[Picking]) -> ExternalId | None:
    """Odoo copies the source document to what waits behind a delivery: the key is the first one's alone."""
    key, _ = parcel_of(picking)
    before = next((one for one in others if picking.backorder_id and one.id == picking.backorder_id.id), None)
    return None if key is not None and before is not None and parcel_of(before)[0] == key else key


def origin_of(picking: Picking, key: str | None, change: int = 0) -> str:
    name = picking.sale_id.name if picking.sale_id else (picking.origin or "").partition(" ")[0]
    return " ".join(word for word in (name, key, str(change) if change else None) if word)


# --- reading ----------------------------------------------------------------------------------------------------------


class Pickings:
    """Reads only."""

    def __init__(self, odoo: Odoo) -> None:
        self._odoo = odoo

    async def rows(self, domain: Domain, *, most: int | None = None) -> list[Picking]:
        company = (await self._odoo.company()).id
        full: Domain = [["picking_type_code", "=", "outgoing"], ["company_id", "=", company], *domain]
        return await self._odoo.deep(Picking, PICKINGS, full, await self._tree(), most=most)

    async def followed(self) -> bool:
        """Whether this Odoo keeps tracking numbers."""
        return await self._odoo.has(PICKINGS, "carrier_tracking_ref")

    async def taken(self) -> str:
        """What a move's taken quantity is called."""
        return await self._odoo.first_of(MOVES, "quantity", "quantity_done")

    async def moves(self) -> str:
        return await self._odoo.first_of(PICKINGS, "move_ids", "move_lines")

    async def _tree(self) -> Tree:
        fields = ["name", "state", "origin", "date_done", "create_date", "write_date"]
        below: dict[str, tuple[str, Tree]] = {
            "sale_id": ("sale.order", Tree(fields=("name", "client_order_ref"))),
            "backorder_id": (PICKINGS, NAME),
            "picking_type_id": (
                "stock.picking.type",
                Tree(below={"warehouse_id": ("stock.warehouse", Tree(fields=("code",)))}),
            ),
            await self.moves(): (
                MOVES,
                Tree(
                    fields=("state", "product_uom_qty", await self.taken()),
                    below={"product_id": ("product.product", Tree(fields=("default_code",)))},
                ),
            ),
        }
        if await self.followed():
            fields += ["carrier_tracking_ref", "carrier_tracking_url"]
            below["carrier_id"] = ("delivery.carrier", NAME)
        return Tree(fields=tuple(fields), below=below)
