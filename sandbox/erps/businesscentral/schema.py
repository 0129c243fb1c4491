"""What API v2.0 has: entities with their fields, what of them can be written, and what hangs on them.

A field is `name kind`, the kind with its length where it is text; `!` behind it: read-only. `code` is text that is kept in
capitals. Names that begin with `_` are for the simulator alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

NO_ID = "00000000-0000-0000-0000-000000000000"
NO_DAY = "0001-01-01"
EMPTY: Mapping[str, object] = {
    "guid": NO_ID, "code": "", "text": "", "option": "", "decimal": "0", "int": 0, "bool": 0, "date": NO_DAY,
    "time": "0001-01-01T00:00:00Z",
}  # fmt: skip
EDM: Mapping[str, str] = {
    "guid": "Edm.Guid", "code": "Edm.String", "text": "Edm.String", "option": "Edm.String", "decimal": "Edm.Decimal",
    "int": "Edm.Int32", "bool": "Edm.Boolean", "date": "Edm.Date", "time": "Edm.DateTimeOffset",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Field:
    name: str
    kind: str
    most: int = 0
    fixed: bool = False

    @property
    def hidden(self) -> bool:
        return self.name.startswith("_")


@dataclass(frozen=True, kw_only=True)
class Part:
    """What can be expanded, or asked for behind an id: rows of `set` whose `theirs` is our `ours`."""

    name: str
    set: str
    theirs: str
    ours: str = "id"
    many: bool = True


@dataclass(frozen=True, kw_only=True)
class Entity:
    """`writes`: the methods that it takes. `needs`: fields of which a filter must name one. `table`: its permission."""

    set: str
    name: str
    caption: str
    table: str
    fields: Mapping[str, Field]
    writes: frozenset[str] = frozenset()
    parts: Mapping[str, Part] = field(default_factory=dict)
    actions: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ()

    @property
    def shown(self) -> list[Field]:
        return [each for each in self.fields.values() if not each.hidden]


_ADDRESS = (
    "{0}AddressLine1 text100{1} {0}AddressLine2 text50{1} {0}City text30{1} {0}Country code10{1} {0}State text30{1} "
    "{0}PostCode code20{1}"
)
_PARTIES = (
    "customerId guid customerNumber code20 customerName text100! billToName text100! billToCustomerId guid "
    "billToCustomerNumber code20 shipToName text100 shipToContact text100 "
    + " ".join((_ADDRESS.format("sellTo", ""), _ADDRESS.format("billTo", "!"), _ADDRESS.format("shipTo", "")))
    + " shortcutDimension1Code code20 shortcutDimension2Code code20 currencyId guid currencyCode code10 paymentTermsId guid "
    "shipmentMethodId guid salesperson code20 pricesIncludeTax bool! "
)
_TOTALS = (
    "discountAmount decimal discountAppliedBeforeTax bool! totalAmountExcludingTax decimal! totalTaxAmount decimal! "
    "totalAmountIncludingTax decimal! status option! lastModifiedDateTime time! phoneNumber text30 email text80 "
)
_LINE = (
    "id guid! documentId guid sequence int itemId guid accountId guid lineType option lineObjectNumber code20 "
    "description text100 description2 text50 unitOfMeasureId guid unitOfMeasureCode code10 quantity decimal "
    "unitPrice decimal discountAmount decimal discountPercent decimal discountAppliedBeforeTax bool! "
    "amountExcludingTax decimal! taxCode code20 taxPercent decimal! totalTaxAmount decimal! amountIncludingTax decimal! "
    "invoiceDiscountAllocation decimal! netAmount decimal! netTaxAmount decimal! netAmountIncludingTax decimal! "
    "shipmentDate date itemVariantId guid locationId guid _source guid "
)
_FIELDS: Mapping[str, str] = {
    "companies": "id guid! systemVersion text250! timestamp int! name text30! displayName text250! businessProfileId text250! "
    "systemCreatedAt time! systemCreatedBy guid! systemModifiedAt time! systemModifiedBy guid!",
    "companyInformation": "id guid! displayName text100 addressLine1 text100 addressLine2 text50 city text30 state text30 "
    "country code10 postalCode code20 phoneNumber text30 faxNumber text30 email text80 website text80 "
    "taxRegistrationNumber text20 currencyCode code10! currentFiscalYearStartDate date! industry text50! "
    "lastModifiedDateTime time!",
    "salesOrders": "id guid! number code20! externalDocumentNumber code35 orderDate date postingDate date partialShipping bool "
    "requestedDeliveryDate date fullyShipped bool! " + _PARTIES + _TOTALS,
    "salesOrderLines": _LINE
    + "shippedQuantity decimal! invoicedQuantity decimal! invoiceQuantity decimal shipQuantity decimal",
    "salesInvoices": "id guid! number code20! externalDocumentNumber code35 invoiceDate date postingDate date dueDate date "
    "promisedPayDate date customerPurchaseOrderReference text35 orderId guid! orderNumber code20! remainingAmount decimal! "
    + _PARTIES + _TOTALS,
    "salesInvoiceLines": _LINE,
    "salesCreditMemos": "id guid! number code20! externalDocumentNumber code35 creditMemoDate date postingDate date dueDate date "
    "customerReturnReasonId guid invoiceId guid invoiceNumber code20 " + _PARTIES + _TOTALS,
    "salesCreditMemoLines": _LINE,
    "salesShipments": "id guid! number code20! externalDocumentNumber code35! invoiceDate date! postingDate date! dueDate date! "
    "customerPurchaseOrderReference text35! customerId guid! customerNumber code20! customerName text100! billToName text100! "
    "billToCustomerId guid! billToCustomerNumber code20! shipToName text100! shipToContact text100! "
    + " ".join(_ADDRESS.format(side, "!") for side in ("sellTo", "billTo", "shipTo"))
    + " currencyCode code10! orderNumber code20! paymentTermsCode code10! shipmentMethodCode code10! salesperson code20! "
    "pricesIncludeTax bool! lastModifiedDateTime time! phoneNumber text30! email text80! "
    "_order guid",
    "salesShipmentLines": "id guid! documentId guid! documentNo code20! sequence int! lineType option! lineObjectNumber code20! "
    "description text100! description2 text50! unitOfMeasureCode code10! unitPrice decimal! quantity decimal! "
    "discountPercent decimal! taxPercent decimal! shipmentDate date! _line guid _variant guid",
    "customers": "id guid! number code20 displayName text100 type option addressLine1 text100 addressLine2 text50 city text30 "
    "state text30 country code10 postalCode code20 phoneNumber text30 email text80 website text80 salespersonCode code20 "
    "balanceDue decimal! creditLimit decimal taxLiable bool taxAreaId guid taxAreaDisplayName text100! "
    "taxRegistrationNumber text20 currencyId guid currencyCode code10 paymentTermsId guid shipmentMethodId guid "
    "paymentMethodId guid blocked option lastModifiedDateTime time!",
    "items": "id guid! number code20 displayName text100 displayName2 text50 type option itemCategoryId guid "
    "itemCategoryCode code20 blocked bool gtin code14 inventory decimal unitPrice decimal priceIncludesTax bool "
    "unitCost decimal taxGroupId guid taxGroupCode code20 baseUnitOfMeasureId guid baseUnitOfMeasureCode code10 "
    "generalProductPostingGroupId guid generalProductPostingGroupCode code20 inventoryPostingGroupId guid "
    "inventoryPostingGroupCode code20 lastModifiedDateTime time! _salesUnit code10 _perSalesUnit decimal",
    "itemVariants": "id guid! itemId guid itemNumber code20 code code10 description text100",
    "itemCategories": "id guid! code code20 displayName text100 lastModifiedDateTime time!",
    "locations": "id guid! code code10 displayName text100 addressLine1 text100 city text30 country code10 "
    "lastModifiedDateTime time!",
    "currencies": "id guid! code code10 displayName text30 symbol text10 amountDecimalPlaces text5 "
    "amountRoundingPrecision decimal lastModifiedDateTime time!",
    "currencyExchangeRates": "id guid! currencyCode code10! startingDate date! exchangeRateAmount decimal! "
    "relationalCurrencyCode code10! relationalExchangeRateAmount decimal! lastModifiedDateTime time!",
    "accounts": "id guid! number code20! displayName text100! category option! blocked bool! accountType option! "
    "directPosting bool! lastModifiedDateTime time!",
    "bankAccounts": "id guid! number code20! displayName text100! bankAccountNumber text30 blocked bool currencyCode code10 "
    "lastModifiedDateTime time!",
    "paymentMethods": "id guid! code code10 displayName text100 lastModifiedDateTime time!",
    "shipmentMethods": "id guid! code code10 displayName text100 lastModifiedDateTime time!",
    "taxGroups": "id guid! code code20 displayName text100 taxType option! lastModifiedDateTime time! _percent decimal",
    "generalProductPostingGroups": "id guid! code code20 description text100 lastModifiedDateTime time!",
    "countriesRegions": "id guid! code code10 displayName text50 lastModifiedDateTime time!",
    "unitsOfMeasure": "id guid! code code10 displayName text50 lastModifiedDateTime time!",
    "customerPaymentJournals": "id guid! code code10 displayName text100 lastModifiedDateTime time! balancingAccountId guid "
    "balancingAccountNumber code20!",
    "journals": "id guid! code code10 displayName text100 templateDisplayName code10! lastModifiedDateTime time! "
    "balancingAccountId guid balancingAccountNumber code20!",
    "customerPayments": "id guid! journalId guid journalDisplayName code10 lineNumber int customerId guid customerNumber code20 "
    "postingDate date documentNumber code20 externalDocumentNumber code35 amount decimal appliesToInvoiceId guid "
    "appliesToInvoiceNumber code20 description text100 comment text250 lastModifiedDateTime time! _currency code10",
    "journalLines": "id guid! journalId guid! journalDisplayName code10! lineNumber int accountType option accountId guid "
    "accountNumber code20 postingDate date documentNumber code20 externalDocumentNumber code35 amount decimal "
    "description text100 comment text250 taxCode code20 balanceAccountType option balancingAccountId guid "
    "balancingAccountNumber code20 lastModifiedDateTime time!",
    "generalLedgerEntries": "id guid! entryNumber int! postingDate date! documentNumber code20! documentType option! "
    "accountId guid! accountNumber code20! description text100! debitAmount decimal! creditAmount decimal! "
    "lastModifiedDateTime time! _customer guid _external code35 _comment text250 _invoice guid _amount decimal _currency code10",
    "itemLedgerEntries": "id guid! entryNumber int! itemNumber code20! postingDate date! entryType option! sourceNumber code20! "
    "sourceType option! documentNumber code20! documentType option! description text100! quantity decimal! "
    "salesAmountActual decimal! costAmountActual decimal! lastModifiedDateTime time! _location code10 _variant code10",
}  # fmt: skip

_WRITE = frozenset({"POST", "PATCH", "DELETE"})
_SALES, _POSTED = "Sales Header", "Sales Invoice Header"
_ABOUT: Mapping[str, tuple[str, str, str, frozenset[str]]] = {
    "companies": ("company", "Company", "", frozenset()),
    "salesOrders": ("salesOrder", "Sales Order", _SALES, _WRITE),
    "salesOrderLines": ("salesOrderLine", "Sales Order Line", _SALES, _WRITE),
    "salesInvoices": ("salesInvoice", "Sales Invoice", _POSTED, _WRITE),
    "salesInvoiceLines": ("salesInvoiceLine", "Sales Invoice Line", _POSTED, _WRITE),
    "salesCreditMemos": ("salesCreditMemo", "Sales Credit Memo", "Sales Cr.Memo Header", _WRITE),
    "salesCreditMemoLines": ("salesCreditMemoLine", "Sales Credit Memo Line", "Sales Cr.Memo Header", _WRITE),
    "salesShipments": ("salesShipment", "Sales Shipment", "Sales Shipment Header", frozenset()),
    "salesShipmentLines": (
        "salesShipmentLine",
        "Sales Shipment Line",
        "Sales Shipment Header",
        frozenset(),
    ),
    "customers": ("customer", "Customer", "Customer", _WRITE),
    "items": ("item", "Item", "Item", _WRITE),
    "itemVariants": ("itemVariant", "Item Variant", "Item", frozenset()),
    "itemCategories": ("itemCategory", "Item Category", "Item", frozenset()),
    "currencyExchangeRates": (
        "currencyExchangeRate",
        "Currency Exchange Rate",
        "Currency Exchange Rate",
        frozenset(),
    ),
    "customerPaymentJournals": (
        "customerPaymentJournal",
        "Customer Payment Journal",
        "Gen. Journal Line",
        _WRITE,
    ),
    "journals": ("journal", "Journal", "Gen. Journal Line", frozenset()),
    "customerPayments": ("customerPayment", "Customer Payment", "Gen. Journal Line", _WRITE),
    "journalLines": ("journalLine", "Journal Line", "Gen. Journal Line", _WRITE),
    "generalLedgerEntries": ("generalLedgerEntry", "General Ledger Entry", "G/L Entry", frozenset()),
    "itemLedgerEntries": ("itemLedgerEntry", "Item Ledger Entry", "Item Ledger Entry", frozenset()),
}
_NAMES = {
    "companyInformation": "companyInformation",
    "countriesRegions": "countryRegion",
    "unitsOfMeasure": "unitOfMeasure",
    "currencies": "currency",
}
_DRAFTED = frozenset({"salesOrderLines", "salesInvoiceLines", "salesCreditMemoLines"})
_LINES = ("salesOrders", "salesInvoices", "salesCreditMemos", "salesShipments")
_PARTS: Mapping[str, tuple[Part, ...]] = {
    **{
        head: (
            Part(name=f"{head[:-1]}Lines", set=f"{head[:-1]}Lines", theirs="documentId"),
            Part(name="customer", set="customers", theirs="id", ours="customerId", many=False),
        )
        for head in _LINES
    },
    "items": (
        Part(name="itemVariants", set="itemVariants", theirs="itemId"),
        Part(name="itemCategory", set="itemCategories", theirs="id", ours="itemCategoryId", many=False),
    ),
    "journals": (Part(name="journalLines", set="journalLines", theirs="journalId"),),
    "customerPaymentJournals": (Part(name="customerPayments", set="customerPayments", theirs="journalId"),),
}
_ACTIONS: Mapping[str, frozenset[str]] = {
    "salesOrders": frozenset({"shipAndInvoice"}),
    "salesInvoices": frozenset({"post", "cancel", "makeCorrectiveCreditMemo"}),
    "salesCreditMemos": frozenset({"post", "cancel"}),
    "journals": frozenset({"post"}),
}


def _read(text: str) -> dict[str, Field]:
    words = text.split()
    found: dict[str, Field] = {}
    for name, told in zip(words[::2], words[1::2], strict=True):
        parts = re.fullmatch(r"([a-z]+)(\d*)(!?)", told)
        assert parts is not None, told
        found[name] = Field(name=name, kind=parts[1], most=int(parts[2] or 0), fixed=bool(parts[3]))
    return found


def _entity(set: str, text: str) -> Entity:
    name, caption, table, writes = _ABOUT.get(
        set, (_NAMES.get(set, set[:-1]), set[:-1].title(), "Setup", frozenset())
    )
    needs = ("id", "documentId") if set in _DRAFTED else ()
    needs = ("id", "journalId") if set in {"customerPayments", "journalLines"} else needs
    return Entity(
        set=set, name=name, caption=caption, table=table, fields=_read(text), writes=writes, needs=needs,
        parts={part.name: part for part in _PARTS.get(set, ())}, actions=_ACTIONS.get(set, frozenset()),
    )  # fmt: skip


ENTITIES: Mapping[str, Entity] = {set: _entity(set, text) for set, text in _FIELDS.items()}
STORED = tuple(set for set in ENTITIES if set != "journals")
"""Journals are told from the same batches as journals of customer payments."""
