"""The lines of a document as Business Central takes them, and what is wrong with one that it refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.errors import Rejected, Verdict
from app.hosts.businesscentral.client import BusinessCentral, ask
from app.hosts.businesscentral.directory import Directory
from app.hosts.businesscentral.odata import text
from app.hosts.businesscentral.payload import LEDGER, line_body
from app.hosts.businesscentral.units import Units
from app.hosts.businesscentral.wire import Coded


class Lines:
    def __init__(self, central: BusinessCentral, directory: Directory, units: Units) -> None:
        self._central, self._directory, self._units = central, directory, units

    async def bodies(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """An item is named by its number until it is known to be a variant."""
        made = []
        await self._units.ensure([row["item"] for row in rows])
        for row in rows:
            place, item = row["location"], row["item"]
            variant = self._directory.known_variant(item)
            made.append(
                line_body(
                    row,
                    variant=variant,
                    unit=self._units.of(item if variant is None else item.rpartition("-")[0]),
                    location=await self._directory.id_of("location", place) if place else None,
                    untaxed=self._central.access.untaxed,
                )
            )
        return made

    async def look_into(self, rows: Sequence[Mapping[str, Any]]) -> bool:
        """Raises Rejected for an item or a tax code that is not there. True: one of them turned out to be a variant."""
        skus = sorted({row["item"] for row in rows if not row["item"].startswith(LEDGER)})
        new = [sku for sku in skus if self._directory.known_variant(sku) is None]
        there = await self._directory.resolved(new) if new else {}
        missing = [sku for sku, found in there.items() if found is None]
        if missing:
            raise Rejected(
                "item.unknown",
                f"Business Central has no item with the number {missing[0]}.",
                verdict=Verdict.NEEDS_MAPPING,
                facts={"items": ", ".join(missing[:10])},
            )
        await self._taxes(rows)
        return any(found is not None and found.variant for found in there.values())

    async def is_currency(self, currency: str) -> bool:
        if currency == await self._directory.currency():
            return True
        path = ask("currencies", filter=f"code eq {text(currency)}", select="id,code,displayName")
        return bool(await self._central.rows(Coded, path))

    async def _taxes(self, rows: Sequence[Mapping[str, Any]]) -> None:
        wanted = {row["tax"] for row in rows if row["tax"]} | ({self._central.access.untaxed} - {""})
        if not wanted:
            return
        known = {group.code.upper() for group in await self._directory.listed("taxGroups")}
        missing = sorted(code for code in wanted if code.upper() not in known)
        if missing:
            raise Rejected(
                "tax.unknown",
                f"Business Central has no tax group with the code {missing[0]}.",
                verdict=Verdict.NEEDS_MAPPING,
                facts={"codes": ", ".join(missing)},
            )
