"""Carries out one step of a refund in Business Central, once."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from app.domain.ids import SinkKey
from app.errors import Bug, Rejected
from app.hosts.businesscentral import keys
from app.hosts.businesscentral.client import BusinessCentral, Part, ask, one
from app.hosts.businesscentral.credit_stage import INVOICES, LINES, MEMOS, given_back
from app.hosts.businesscentral.directory import Directory
from app.hosts.businesscentral.journals import write_line
from app.hosts.businesscentral.lines import Lines
from app.hosts.businesscentral.odata import text
from app.hosts.businesscentral.payload import codes_body, comment_bodies
from app.hosts.businesscentral.reading import NUMBER
from app.hosts.businesscentral.refusals import Changed, Exists, Gone
from app.hosts.businesscentral.wire import BANK, LEDGER_ACCOUNT, CreditMemo, Line, SalesInvoice
from app.ports import Evidence

Payload: TypeAlias = Mapping[str, Any]
Credit: TypeAlias = CreditMemo | SalesInvoice
_TYPES: Mapping[str, type[CreditMemo] | type[SalesInvoice]] = {MEMOS: CreditMemo, INVOICES: SalesInvoice}


def credits_of(order: str) -> tuple[tuple[type[CreditMemo], str], tuple[type[SalesInvoice], str]]:
    """Every credit of an order has the order's digest in its number, and a slash behind it."""
    condition = f"contains({NUMBER},{text(f'/{keys.digest(order)}/')})"
    return (
        (CreditMemo, ask(MEMOS, filter=condition, expand=LINES[MEMOS])),
        (SalesInvoice, ask(INVOICES, filter=condition, expand=LINES[INVOICES])),
    )


class Crediting:
    """One method per action of a step."""

    def __init__(self, central: BusinessCentral, directory: Directory, lines: Lines) -> None:
        self._central, self._directory, self._lines = central, directory, lines

    async def carry_out(self, payload: Payload) -> Evidence:
        match payload["action"]:
            case "credit":
                return await self._create(payload)
            case "discard-credit":
                await self._discard(payload)
            case "round-credit":
                await self._round(payload)
            case "post-credit":
                await self._post(payload)
            case "return":
                return await self._return(payload)
            case other:
                raise Bug("step.unknown", f"Nobody wrote a step called {other}.")
        credit: str = payload["credit"]
        return Evidence(sink_key=SinkKey(credit.lower()), response={"id": credit, "done": payload["action"]})

    async def _create(self, payload: Payload) -> Evidence:
        for method in payload["methods"]:
            await self._directory.journal(method)
        there = await self._credits(payload["order_key"])
        mine = [row for row in there if row.external_document_number == payload["number"]]
        if mine:
            return _shown(min(mine, key=lambda row: (row.number, row.id)))
        _not_too_much(payload, there)
        body: dict[str, Any] = {
            "customerId": payload["customer"],
            NUMBER: payload["number"],
            "currencyCode": payload["currency"],
            **codes_body(payload),
        }
        memo = payload["kind"] == MEMOS
        body["creditMemoDate" if memo else "invoiceDate"] = payload["date"]
        if payload["invoice"]:
            body["invoiceNumber"] = payload["invoice"]
        kind = _TYPES[payload["kind"]]
        for again in (False, True):
            lines = [*comment_bodies(payload), *await self._lines.bodies(payload["lines"])]
            try:
                made = await self._central.post(
                    kind, payload["kind"], {**body, LINES[payload["kind"]]: lines}
                )
                return _shown(made)
            except Rejected:
                if again or not await self._lines.look_into(payload["lines"]):
                    raise
        raise AssertionError

    async def _credits(self, order: str) -> list[Credit]:
        memos, invoices = await self._central.together(*credits_of(order))
        return [row for row in (*memos, *invoices) if keys.is_credit(row.external_document_number, order)]

    async def _discard(self, payload: Payload) -> None:
        path = one(payload["kind"], payload["credit"])
        there = await self._central.get(_TYPES[payload["kind"]], path)
        if there is None:
            return
        if there.status != "Draft":
            raise Changed(
                "document.changed_meanwhile", "The credit was posted in Business Central meanwhile."
            )
        await self._central.delete(path, match=there.etag)

    async def _round(self, payload: Payload) -> None:
        """The number of its line is taken once it is there, so that it is there once."""
        path, below = one(payload["kind"], payload["credit"]), LINES[payload["kind"]]
        touch = Part(method="PATCH", path=path, body={NUMBER: payload["number"]}, match=payload["match"])
        bodies = await self._lines.bodies(payload["lines"])
        parts = [Part(method="POST", path=f"{path}/{below}", body=body) for body in bodies]
        try:
            await self._central.at_once([touch, *parts])
        except (Exists, Changed):
            lines = await self._central.rows(Line, f"{path}/{below}")
            wanted = {row["place"] for row in payload["lines"]}
            if not wanted <= {line.sequence for line in lines}:
                raise

    async def _post(self, payload: Payload) -> None:
        """Refused is fine where it is posted already."""
        path = one(payload["kind"], payload["credit"])
        try:
            await self._central.act(f"{path}/Microsoft.NAV.post")
        except Gone as gone:
            raise Changed("document.changed_meanwhile", "The credit is not there any more.") from gone
        except Rejected:
            there = await self._central.get(_TYPES[payload["kind"]], path)
            if there is None or there.status == "Draft":
                raise

    async def _return(self, payload: Payload) -> Evidence:
        """Money that went back leaves the account of that way of paying, against the customer; people post the journal."""
        wanted = payload["currency"]
        currency = await self._directory.customer_currency(payload["customer"], hoped=wanted)
        if currency != wanted:
            raise Rejected(
                "payment.other_currency",
                f"The money of {payload['title']} went back in {payload['currency']}, and the customer's journal lines are"
                f" in {currency}.",
                facts={"currency": payload["currency"], "customer_currency": currency},
            )
        journal = await self._directory.journal(payload["method"], balanced=True)
        number = journal.balancing_account_number
        # A journal that was made from a template has its ledger account's number and not its id, as one of a bank.
        bank = journal.is_of_a_bank and not await self._directory.in_the_ledger(number)
        body: dict[str, Any] = {
            "accountType": BANK if bank else LEDGER_ACCOUNT,
            "accountNumber": number,
            "postingDate": payload["date"],
            "documentNumber": payload["document"],
            NUMBER: payload["number"],
            "amount": -Decimal(payload["amount"]),
            "description": keys.payment_text(payload["number"], payload["document"]),
            "comment": payload["comment"],
            "balanceAccountType": "Customer",
            "balancingAccountNumber": payload["customer_number"],
        }
        path = one("journals", journal.id, "/journalLines")
        try:
            return await write_line(self._central, path, body)
        except Rejected:
            # A journal that was given a bank's account later keeps the id of the one before.
            if bank or await self._directory.in_the_ledger(number):
                raise
        return await write_line(self._central, path, {**body, "accountType": BANK})


def _not_too_much(payload: Payload, there: list[Credit]) -> None:
    """Business Central itself gives back whatever it is told to."""
    if payload["billed"] is None:
        return
    before = given_back(there)
    if before + Decimal(payload["total"]) > Decimal(payload["billed"]):
        raise Rejected(
            "credit.exceeds",
            f"With this more would be given back of {payload['order']} than was billed: {before:f} of"
            f" {payload['billed']} {payload['currency']} went back before.",
            facts={"before": f"{before:f}", "billed": payload["billed"], "currency": payload["currency"]},
        )


def _shown(made: Credit) -> Evidence:
    return Evidence(
        sink_key=SinkKey(made.id.lower()),
        number=made.number,
        response={
            "id": made.id,
            "number": made.number,
            "status": made.status,
            "total": f"{made.total_amount_including_tax:f}",
        },
    )
