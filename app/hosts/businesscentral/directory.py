"""What a company has under which code: journals, locations and the like, asked for once and remembered for all processes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.errors import Misconfigured, Rejected, Verdict
from app.hosts.businesscentral.client import BusinessCentral, ask, one
from app.hosts.businesscentral.odata import any_of, one_of, text
from app.hosts.businesscentral.wire import Coded, CompanyInformation, Customer, Journal, Named, Variant

_SETS: Mapping[str, tuple[str, str, str]] = {
    "location": ("locations", "warehouse.unknown", "location"),
    "shipping_method": ("shipmentMethods", "shipping_method.unknown", "shipment method"),
}
_CURRENCY = "currency"
LONGEST_NUMBER = 20
REMEMBERED_SECONDS = 300.0
_MOST_CUSTOMERS = 5_000
_AT_ONCE = 20
"""Ids in one condition: it is part of an address."""


@dataclass(frozen=True, kw_only=True)
class Sku:
    """An item by its number, or one of its variants."""

    number: str
    variant: str | None = None


class Directory:
    """Ids never change once they are there, so what is known stays known; what is not is looked for again.

    What people set up anew, such as a journal's account, is remembered for some minutes, and read again before it is said
    to be wrong: whoever was told of it has mended it since.
    """

    def __init__(self, central: BusinessCentral, clock: Callable[[], float] = time.monotonic) -> None:
        self._central, self._clock = central, clock
        self._known: dict[str, dict[str, str]] = {}
        self._journals: tuple[float, dict[str, Journal]] | None = None
        self._variants: dict[str, Variant] = {}
        self._currencies: dict[str, tuple[float, str]] = {}

    async def currency(self) -> str:
        """The company's own."""
        known = await self._map(_CURRENCY)
        if "own" not in known:
            rows = await self._central.rows(CompanyInformation, ask("companyInformation"))
            if not rows or not rows[0].currency_code:
                raise Misconfigured(
                    "company.unclear", "Business Central does not say which currency the company keeps."
                )
            await self._keep(_CURRENCY, {"own": rows[0].currency_code})
        return (await self._map(_CURRENCY))["own"]

    async def id_of(self, field: str, code: str) -> str:
        """Raises Rejected for a code that nobody has there."""
        _, problem, label = _SETS[field]
        known = await self._map(field)
        if code.upper() not in known:
            await self._keep(field, {row.code.upper(): row.id for row in await self.coded(field)})
            known = await self._map(field)
        if code.upper() not in known:
            raise Rejected(
                problem,
                f"Business Central has no {label} with the code {code}.",
                verdict=Verdict.NEEDS_MAPPING,
                facts={"code": code},
            )
        return known[code.upper()]

    async def coded(self, field: str) -> list[Coded]:
        return await self._central.rows(Coded, ask(_SETS[field][0], select="id,code,displayName"))

    async def listed(self, set_name: str) -> list[Coded]:
        """Any other list of codes."""
        return await self._central.rows(Coded, ask(set_name, select="id,code,displayName"))

    async def journal(self, code: str, *, balanced: bool = False) -> Journal:
        """Raises Rejected for one that nobody has there. `balanced`: by an account, from which money could go back."""
        found = await self.journal_or_none(code)
        if balanced and found is not None and not found.balancing_account_number:
            self._journals = None
            found = await self.journal_or_none(code)
        if found is None:
            raise Rejected(
                "payment_method.unknown",
                f"Business Central has no customer payment journal with the code {code}.",
                verdict=Verdict.NEEDS_MAPPING,
                facts={"code": code},
            )
        if balanced and not found.balancing_account_number:
            raise Rejected(
                "payment_method.no_account",
                f"The customer payment journal {found.code} has no balancing account, from which money could go back.",
                verdict=Verdict.NEEDS_MAPPING,
                facts={"code": found.code},
            )
        return found

    async def journal_or_none(self, code: str) -> Journal | None:
        known, new = await self._by_code()
        if code.upper() not in known and not new:
            self._journals = None
            known, _ = await self._by_code()
        return known.get(code.upper())

    async def all_journals(self) -> list[Journal]:
        known, _ = await self._by_code()
        return list(known.values())

    async def _by_code(self) -> tuple[dict[str, Journal], bool]:
        """Those of some minutes ago at most, and whether they were read just now."""
        kept = self._journals
        if kept is not None and self._fresh(kept[0]):
            return kept[1], False
        at = self._clock()
        found = {row.code.upper(): row for row in await self.journals()}
        self._journals = at, found
        return found, True

    def _fresh(self, at: float) -> bool:
        return self._clock() - at < REMEMBERED_SECONDS

    async def journals(self) -> list[Journal]:
        fields = "id,code,displayName,balancingAccountId,balancingAccountNumber"
        return await self._central.rows(Journal, ask("customerPaymentJournals", select=fields))

    async def in_the_ledger(self, number: str) -> bool:
        """Whether the company's own accounts have one of this number."""
        path = ask("accounts", filter=f"number eq {text(number)}", select="id,number")
        return bool(await self._central.rows(Named, path))

    async def customer_currency(self, customer: str, *, hoped: str) -> str:
        """What a customer's journal lines are in; read anew before it is another one than was hoped for."""
        at, known = self._currencies.get(customer, (self._clock(), ""))
        if known != hoped or not self._fresh(at):
            if len(self._currencies) > _MOST_CUSTOMERS:
                self._currencies.clear()
            at = self._clock()
            row = await self._central.get(Customer, one("customers", customer))
            known = (row.currency_code if row else "") or await self.currency()
            self._currencies[customer] = at, known
        return known

    # --- items -------------------------------------------------------------------------------------------------------

    def known_variant(self, sku: str) -> str | None:
        """The id of a variant that was met before."""
        found = next((v for v in self._variants.values() if sku_of(v).upper() == sku.upper()), None)
        return found.id if found else None

    async def resolved(self, skus: Sequence[str]) -> dict[str, Sku | None]:
        """By two lists in one call: an item's number is a SKU, and its number with the code of a variant behind it."""
        numbers = fitting(sku.upper() for sku in skus)
        before = fitting(sku.upper().rpartition("-")[0] for sku in skus)
        if not numbers and not before:
            return dict.fromkeys(skus)
        asked: list[tuple[type[Named] | type[Variant], str]] = [
            (Named, ask("items", filter=one_of("number", numbers or before), select="id,number"))
        ]
        if before:
            fields = "id,itemNumber,code,description"
            asked.append((Variant, ask("itemVariants", filter=one_of("itemNumber", before), select=fields)))
        found = await self._central.together(*asked)
        items = {row.number.upper(): row.number for row in found[0]}
        self._variants |= {row.id: row for row in (found[1] if before else [])}
        variants = {sku_of(row).upper(): row for row in (found[1] if before else [])}
        return {sku: _sku(sku.upper(), items, variants) for sku in skus}

    async def variants(self, ids: Iterable[str]) -> Mapping[str, Variant]:
        missing = sorted({each for each in ids if each not in self._variants})
        asked = [
            (Variant, ask("itemVariants", filter=any_of("id", missing[start : start + _AT_ONCE])))
            for start in range(0, len(missing), _AT_ONCE)
        ]
        for rows in await self._central.together(*asked) if asked else []:
            self._variants |= {row.id: row for row in rows}
        return self._variants

    # --- what is remembered ------------------------------------------------------------------------------------------

    async def _map(self, name: str) -> dict[str, str]:
        if name not in self._known:
            kept = await self._central.state.read(name)
            self._known[name] = await self._read(kept[0]) if kept else {}
        return self._known[name]

    async def _read(self, kept: str) -> dict[str, str]:
        """Of this company alone: the form may name another one by now."""
        told = json.loads(kept)
        return dict(told["map"]) if told["company"] == await self._central.company() else {}

    async def _keep(self, name: str, found: dict[str, str]) -> None:
        self._known[name] = found
        kept = await self._central.state.read(name)
        value = json.dumps({"company": await self._central.company(), "map": found})
        await self._central.state.write(name, value, version=kept[1] if kept else 0)


def fitting(numbers: Iterable[str]) -> list[str]:
    """Business Central refuses a question about a number that is longer than its numbers are."""
    return sorted({number for number in numbers if 0 < len(number) <= LONGEST_NUMBER})


def sku_of(variant: Variant) -> str:
    return f"{variant.item_number}-{variant.code}"


def _sku(sku: str, items: Mapping[str, str], variants: Mapping[str, Variant]) -> Sku | None:
    if sku in items:
        return Sku(number=items[sku])
    variant = variants.get(sku)
    return Sku(number=variant.item_number, variant=variant.id) if variant else None
