"""Finds or makes the contact of a buyer, with the addresses of this order: nothing keeps a reference unique in Odoo."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.errors import Rejected
from app.hosts.odoo.client import Odoo
from app.hosts.odoo.directory import Directory
from app.hosts.odoo.trees import NAME, Tree
from app.hosts.odoo.wire import Domain, Named, Row, made
from app.ports import Json

MODEL = "res.partner"
_REMEMBERED_SECONDS = 120.0
_MOST_REMEMBERED = 2_000
PLACE = ("name", "street", "street2", "zip", "city", "phone")


class PlaceRow(Row, frozen=True, kw_only=True):
    """Where somebody is; `name` is whose door it is."""

    name: str | None = None
    street: str | None = None
    street2: str | None = None
    zip: str | None = None
    city: str | None = None
    phone: str | None = None
    state_id: Named | None = None
    country_id: Named | None = None


class Below(PlaceRow, frozen=True, kw_only=True):
    type: str | None = None


class Contact(PlaceRow, frozen=True, kw_only=True):
    child_ids: tuple[Below, ...] = ()


_PLACES: Mapping[str, tuple[str, Tree]] = {
    "state_id": ("res.country.state", NAME),
    "country_id": ("res.country", NAME),
}
_TREE = Tree(
    fields=PLACE, below={**_PLACES, "child_ids": (MODEL, Tree(fields=(*PLACE, "type"), below=_PLACES))}
)


@dataclass(frozen=True, kw_only=True)
class Placed:
    """Who buys, where the bill goes and where the goods go."""

    partner: int
    invoice: int
    shipping: int


class Partners:
    """Remembers who was found for a moment, so that a buyer's next order asks nothing."""

    def __init__(self, odoo: Odoo, directory: Directory, clock: Callable[[], float] = time.monotonic) -> None:
        self._odoo, self._directory, self._clock = odoo, directory, clock
        self._known: dict[str, tuple[float, Placed]] = {}

    async def place(self, payload: Mapping[str, Json]) -> Placed:
        """Writes only what is missing. Whoever calls has the person's lease, so that nobody is made twice."""
        asked = repr([payload[name] for name in ("buyer", "bill_to", "ship_to")])
        kept = self._known.get(asked)
        if kept is not None and self._clock() - kept[0] < _REMEMBERED_SECONDS:
            return kept[1]
        placed = await self._placed(payload)
        if len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
        self._known[asked] = self._clock(), placed
        return placed

    def forget(self) -> None:
        """After a refusal: somebody may be gone."""
        self._known.clear()

    async def _placed(self, payload: Mapping[str, Json]) -> Placed:
        buyer, bill_to, ship_to = (payload[name] for name in ("buyer", "bill_to", "ship_to"))
        assert isinstance(buyer, dict)
        invoice = await self._values(bill_to or ship_to)
        shipping = await self._values(ship_to or bill_to)
        found = await self._find(buyer) or await self._create(buyer, invoice)
        wanted: list[tuple[str, dict[str, Json]]] = []
        places: list[tuple[dict[str, Json], int]] = []
        for kind, values in (("invoice", invoice), ("delivery", shipping)):
            is_wanted = any(values == other for _, other in wanted)
            if values and _there(found, values) is None and not is_wanted:
                wanted.append((kind, values))
        if wanted:
            rows: list[dict[str, Json]] = [
                {**_below(values, kind, found.name, buyer), "parent_id": found.id} for kind, values in wanted
            ]
            new = await self._odoo.create(MODEL, *rows)
            places = list(zip((values for _, values in wanted), new, strict=True))
        return Placed(
            partner=found.id, invoice=_known(found, invoice, places), shipping=_known(found, shipping, places)
        )

    async def _find(self, buyer: Mapping[str, Json]) -> Contact | None:
        """By its number where it is linked, else by its reference; the oldest of several."""
        if isinstance(buyer["contact"], int) and (linked := await self._get(buyer["contact"])):
            return linked
        domain: Domain = [["ref", "=", buyer["code"]], ["parent_id", "=", False]]
        found = await self._odoo.deep(Contact, MODEL, domain, _TREE, most=1)
        return found[0] if found else None

    async def _get(self, number: int) -> Contact | None:
        found = await self._odoo.deep(Contact, MODEL, [["id", "=", number]], _TREE)
        return found[0] if found else None

    async def _create(self, buyer: Mapping[str, Json], address: Mapping[str, Json]) -> Contact:
        """With the address of the bill below it, and as its own too where the bill goes to the buyer."""
        values: dict[str, Json] = {
            "ref": buyer["code"],
            "name": buyer["name"],
            "is_company": buyer["company"],
            "customer_rank": 1,
        }
        if buyer["email"]:
            values["email"] = buyer["email"]
        if address.get("name") == buyer["name"]:
            values |= {name: value for name, value in address.items() if name != "name"}
        if address:
            values["child_ids"] = made(_below(address, "invoice", buyer["name"], buyer))
        if buyer["phone"]:
            values.setdefault("phone", buyer["phone"])
        (number,) = await self._odoo.create(MODEL, values)
        made_now = await self._get(number)
        if made_now is None:
            raise Rejected("address.changed", "Odoo does not show the contact that was made for this order.")
        return made_now

    async def _values(self, address: Json) -> dict[str, Json]:
        """Of an address; none at all where the store tells none."""
        if not isinstance(address, dict):
            return {}
        country, province = address["country"], address["province"]
        values: dict[str, Json] = {name: address[name] for name in PLACE if address[name]}
        number = await self._directory.country(country) if isinstance(country, str) else None
        if number is not None:
            values["country_id"] = number
            state = await self._directory.state(number, province) if isinstance(province, str) else None
            if state is not None:
                values["state_id"] = state
        return values


def _below(values: Mapping[str, Json], kind: str, owner: Json, buyer: Mapping[str, Json]) -> dict[str, Json]:
    """An address as a contact of its own. Odoo shows whose it is, and mails its documents to the address's own mailbox."""
    made_of: dict[str, Json] = {**values, "type": kind}
    if made_of.get("name") == owner:
        del made_of["name"]
    return {**made_of, "email": buyer["email"]} if buyer["email"] else made_of


def _there(contact: Contact, values: Mapping[str, Json]) -> int | None:
    """Never the contact itself, nor a person below it, who moves along: what was sold before keeps its addresses."""
    for row in contact.child_ids:
        if row.type == "contact":
            continue
        there: dict[str, Json] = {name: getattr(row, name) for name in PLACE}
        there["name"] = row.name or contact.name
        there |= {name: found.id for name in _PLACES if (found := getattr(row, name)) is not None}
        compared = [name for name in (*PLACE, *_PLACES) if name != "phone" or values.get(name)]
        if all((there.get(name) or None) == (values.get(name) or None) for name in compared):
            return row.id
    return None


def _known(
    contact: Contact, values: Mapping[str, Json], new: Sequence[tuple[Mapping[str, Json], int]]
) -> int:
    """Where the address is: in a child, perhaps in one that was made for it just `new`; with the contact if there is none."""
    if not values:
        return contact.id
    made_now = next((number for place, number in new if place == values), None)
    return made_now if made_now is not None else _there(contact, values) or contact.id
