"""What SuiteQL shows: one view for each record that it knows, with its columns and no others.

Instants are shown on the clock of the account, through `NS_TIME`. Sales lines count goods and money below zero.
"""

from __future__ import annotations

from sandbox.erps.netsuite.account import COLUMNS

SALES = "('SalesOrd', 'CashSale', 'CustInvc')"
_STOCKED = "('InvtPart', 'Assembly')"
_OUT = "('CashSale', 'CustInvc', 'ItemShip')"

RECORD_TYPES = {
    "SalesOrd": "salesOrder",
    "CashSale": "cashSale",
    "CustInvc": "invoice",
    "CustDep": "customerDeposit",
    "CustPymt": "customerPayment",
    "CustCred": "creditMemo",
    "CashRfnd": "cashRefund",
    "CustRfnd": "customerRefund",
    "ItemShip": "itemFulfillment",
    "DepAppl": "depositApplication",
}
"""SuiteQL's word for a kind of transaction, and the REST record's."""

TYPES = {record: type for type, record in RECORD_TYPES.items()}


def _custom(table: str, source: str) -> str:
    return "".join(f", json_extract({source}, '$.{name}') AS {name}" for name in COLUMNS[table])


def _listed(kind: str, *more: str) -> str:
    columns = "".join(f", json_extract(more, '$.{name}') AS {name}" for name in more)
    return (
        f"SELECT id, name, name AS fullname, inactive AS isinactive{columns} FROM _list WHERE kind = '{kind}'"
    )


def _record_type() -> str:
    cases = " ".join(f"WHEN '{type}' THEN '{record.lower()}'" for type, record in RECORD_TYPES.items())
    return f"CASE t.type {cases} END"


_PAID = "(SELECT COALESCE(SUM(a.amount), 0) FROM _applied a JOIN _tran p ON p.id = a.payer WHERE a.doc = t.id AND p.voided = 'F')"

_TRANSACTION = f"""
SELECT t.id, t.tranid, t.tranid AS transactionnumber, t.type, t.type AS abbrevtype, {_record_type()} AS recordtype, t.externalid,
  t.entity, NS_DAY(t.trandate) AS trandate, NS_TIME(t.created) AS createddate, NS_TIME(t.changed) AS lastmodifieddate, t.status,
  t.currency, t.rate AS exchangerate, t.total AS foreigntotal, ROUND(t.total * t.rate, 2) AS total, t.memo,
  t.otherrefnum, t.email,
  CASE WHEN t.type IN ('SalesOrd') THEN 'F' ELSE 'T' END AS posting, t.voided, t.location, NULL AS terms, NULL AS duedate,
  CASE WHEN t.type = 'CustInvc' THEN {_PAID} END AS foreignamountpaid,
  CASE WHEN t.type = 'CustInvc' THEN ROUND(t.total - {_PAID}, 2) END AS foreignamountunpaid,
  t.id AS shippingaddress, t.id AS billingaddress, 'restWebServices' AS source{_custom("transaction", "t.more")}
FROM _tran t
"""


_SIGN = f"CASE WHEN t.type IN {SALES} OR t.type = 'ItemShip' THEN -1 ELSE 1 END"
_NONE = "".join(f", NULL AS {name}" for name in COLUMNS["transactionline"])

_TRANSACTIONLINE = f"""
SELECT t.id AS `transaction`, 0 AS id, t.id * 1000 AS uniquekey, 0 AS linesequencenumber, NULL AS item, NULL AS itemtype,
  NULL AS quantity, NULL AS rate, t.total AS foreignamount, ROUND(t.total * t.rate, 2) AS netamount, t.location AS location,
  t.subsidiary AS subsidiary, t.department AS department, t.class AS class, t.memo AS memo, 'T' AS mainline, 'F' AS taxline,
  'F' AS iscogs, 'F' AS assemblycomponent, 'F' AS isclosed, t.createdfrom AS createdfrom, NULL AS quantityshiprecv,
  NULL AS quantitybilled, NULL AS quantitycommitted, NULL AS quantitybackordered, NULL AS price, NULL AS transactionlinetype,
  'F' AS donotdisplayline{_NONE}
FROM _tran t
UNION ALL
SELECT t.id, l.line, l.key, l.line, l.item, i.type, l.quantity * {_SIGN}, l.rate, l.amount * {_SIGN},
  ROUND(l.amount * {_SIGN} * t.rate, 2), l.location, t.subsidiary, l.department, l.class, l.description,
  'F', 'F', 'F', 'F', l.closed,
  t.createdfrom, l.sent, l.billed, l.committed,
  CASE WHEN t.type = 'SalesOrd' AND l.closed = 'F' AND i.type IN {_STOCKED} THEN MAX(l.quantity - l.sent - l.committed, 0) END,
  l.price, CASE i.type WHEN 'Discount' THEN 'DISCOUNT' ELSE 'ITEM' END, 'F'{_custom("transactionline", "l.custom")}
FROM _line l JOIN _tran t ON t.id = l.tran JOIN _item i ON i.id = l.item
UNION ALL
SELECT t.id, l.line + 500, l.key + 500, l.line + 500, l.item, i.type, l.quantity, NULL, NULL, NULL, l.location, t.subsidiary,
  l.department, l.class, 'Cost of Sales', 'F', 'F', 'T', 'F', 'F', t.createdfrom, NULL, NULL, NULL, NULL, NULL, 'COGS', 'T'{_NONE}
FROM _line l JOIN _tran t ON t.id = l.tran JOIN _item i ON i.id = l.item
WHERE i.type IN {_STOCKED} AND (t.type = 'ItemShip' OR t.type IN {_OUT} AND t.createdfrom IS NULL)
UNION ALL
SELECT t.id, 900, t.id * 1000 + 900, 900, t.shipmethod, 'ShipItem', {_SIGN}, NULL, t.shipcost * {_SIGN},
  ROUND(t.shipcost * {_SIGN} * t.rate, 2), t.location, t.subsidiary, t.department, t.class, 'Shipping', 'F', 'F', 'F', 'F', 'F',
  t.createdfrom, NULL, NULL, NULL, NULL, NULL, 'SHIPPING', 'F'{_NONE}
FROM _tran t WHERE t.shipcost IS NOT NULL AND t.shipmethod IS NOT NULL
UNION ALL
SELECT t.id, 950 + x.line, t.id * 1000 + 950 + x.line, 950 + x.line, x.taxcode, 'TaxItem', NULL, x.rate / 100, x.amount * {_SIGN},
  ROUND(x.amount * {_SIGN} * t.rate, 2), NULL, t.subsidiary, NULL, NULL, 'Tax', 'F', 'T', 'F', 'F', 'F', t.createdfrom,
  NULL, NULL, NULL, NULL, NULL, 'TAX', 'F'{_NONE}
FROM _taxline x JOIN _tran t ON t.id = x.tran
"""


_LINK = """
SELECT p.id AS previousdoc, COALESCE(l.source, 0) AS previousline, p.type AS previoustype, t.id AS nextdoc, l.line AS nextline,
  t.type AS nexttype, CASE t.type WHEN 'ItemShip' THEN 'ShipRcpt' ELSE 'OrdBill' END AS linktype, NULL AS foreignamount
FROM _line l JOIN _tran t ON t.id = l.tran JOIN _tran p ON p.id = t.createdfrom
UNION ALL
SELECT d.id, 0, d.type, p.id, a.line, p.type, a.kind, a.amount
FROM _applied a JOIN _tran p ON p.id = a.payer JOIN _tran d ON d.id = a.doc
UNION ALL
SELECT p.id, 0, p.type, t.id, 0, t.type, 'DepAppl', t.total
FROM _tran t JOIN _tran p ON p.id = t.createdfrom WHERE t.type = 'CustDep'
"""

_OPEN = """(SELECT COALESCE(SUM((t.total - {paid}) * t.rate), 0) FROM _tran t
   WHERE t.entity = c.id AND t.type = 'CustInvc' AND t.voided = 'F')"""

_CUSTOMER = f"""
SELECT c.id, c.entityid, COALESCE(c.companyname, TRIM(COALESCE(c.firstname, '') || ' ' || COALESCE(c.lastname, ''))) AS altname,
  c.companyname, c.isperson, c.firstname, c.lastname, c.email, c.phone, c.externalid, c.inactive AS isinactive,
  NS_TIME(c.created) AS datecreated, NS_TIME(c.changed) AS lastmodifieddate, c.subsidiary, c.currency, c.creditlimit, c.taxable,
  c.pricelevel, c.comments, ROUND({_OPEN.format(paid=_PAID)}, 2) AS balancesearch, NULL AS overduebalancesearch,
  (SELECT ROUND(COALESCE(SUM(t.total * t.rate), 0), 2) FROM _tran t WHERE t.entity = c.id AND t.type = 'SalesOrd'
   AND t.status IN ('A', 'B', 'D', 'E', 'F')) AS unbilledorderssearch,
  (SELECT id FROM _address a WHERE a.customer = c.id AND a.billing = 'T') AS defaultbillingaddress,
  (SELECT id FROM _address a WHERE a.customer = c.id AND a.shipping = 'T')
   AS defaultshippingaddress{_custom("customer", "c.more")}
FROM _customer c
"""

_PARTS = ", ".join(
    f"json_extract({{source}}, '$.{name}') AS {name.lower()}"
    for name in (
        "addr1",
        "addr2",
        "addr3",
        "city",
        "state",
        "zip",
        "country",
        "addressee",
        "attention",
        "addrPhone",
    )
)

_ITEM = f"""
SELECT i.id, i.itemid, i.itemid AS fullname, i.displayname, i.type AS itemtype, 'Sale' AS subtype, i.inactive AS isinactive,
  i.externalid,
  i.upc AS upccode, i.weight, CASE WHEN i.weight IS NOT NULL THEN 1 END AS weightunit, NS_TIME(i.changed) AS lastmodifieddate,
  NS_TIME(i.created) AS createddate, i.parent, i.class, i.department, i.description, i.description AS storedescription,
  i.displayname AS storedisplayname, i.cost, i.cost AS averagecost,
  CASE WHEN i.subtype = 'Matrix' THEN 'PARENT' WHEN i.parent IS NOT NULL THEN 'CHILD' END AS matrixtype,
  CASE WHEN i.type IN ('InvtPart', 'Assembly', 'Kit') THEN 'T' ELSE 'F' END AS isfulfillable{_custom("item", "i.custom")}
FROM _item i
"""

_STOCK = """
SELECT s.item, s.location, s.onhand AS quantityonhand, s.onhand - s.committed AS quantityavailable,
  s.committed AS quantitycommitted,
  0 AS quantityonorder, s.backordered AS quantitybackordered, NULL AS reorderpoint, s.safety AS safetystocklevel,
  NULL AS preferredstocklevel, NS_TIME(s.changed) AS lastquantityavailablechange
FROM _stock s
"""

VIEWS = {
    "transaction": _TRANSACTION,
    "transactionline": _TRANSACTIONLINE,
    "previoustransactionlinelink": _LINK,
    "nexttransactionlinelink": _LINK,
    "previoustransactionlink": f"SELECT DISTINCT previousdoc, previoustype, nextdoc, nexttype, linktype FROM ({_LINK})",
    "trackingnumber": "SELECT id, number AS trackingnumber FROM _package WHERE number IS NOT NULL",
    "trackingnumbermap": "SELECT id AS trackingnumber, tran AS `transaction` FROM _package WHERE number IS NOT NULL",
    "itemfulfillmentpackage": "SELECT id, tran AS itemfulfillment, number AS packagetrackingnumber, descr AS packagedescr, "
    "weight AS packageweight FROM _package",
    "transactiontaxdetail": "SELECT tran AS `transaction`, line AS id, ref AS taxdetailsreference, taxtype, taxcode, "
    "basis AS taxbasis, "
    "rate AS taxrate, amount AS taxamount, net AS netamount FROM _taxline",
    "transactionshippingaddress": "SELECT id AS nkey, id AS recordowner, "
    + _PARTS.format(source="json_extract(more, '$.shippingAddress')") + " FROM _tran",
    "transactionbillingaddress": "SELECT id AS nkey, id AS recordowner, "
    + _PARTS.format(source="json_extract(more, '$.billingAddress')") + " FROM _tran",
    "customer": _CUSTOMER,
    "customeraddressbook": "SELECT customer AS entity, id AS internalid, label, billing AS defaultbilling, "
    "shipping AS defaultshipping, "
    "id AS addressbookaddress FROM _address",
    "customeraddressbookentityaddress": "SELECT id AS nkey, customer AS recordowner, " + _PARTS.format(source="fields")
    + " FROM _address",
    "item": _ITEM,
    "pricing": "SELECT item, level AS pricelevel, price AS unitprice, quantity, currency FROM _price",
    "kititemmember": "SELECT kit AS parentitem, item, quantity, line AS linenumber FROM _member",
    "aggregateitemlocation": _STOCK,
    "inventoryitemlocations": f"{_STOCK} JOIN _item i ON i.id = s.item AND i.type = 'InvtPart' AND i.subtype IS NULL",
    "location": _listed("location", "subsidiary", "externalid"),
    "subsidiary": _listed("subsidiary", "currency", "parent", "country", "iselimination"),
    "department": _listed("department"),
    "classification": _listed("classification"),
    "pricelevel": _listed("pricelevel", "discountpct", "isonline"),
    "paymentmethod": _listed("paymentmethod"),
    "shipitem": f"SELECT id, name AS itemid, isinactive FROM ({_listed('shipitem')})",
    "account": f"SELECT id, acctnumber, name AS accountsearchdisplayname, fullname, accttype, isinactive "
    f"FROM ({_listed('account', 'acctnumber', 'accttype')})",
    "salestaxitem": f"SELECT id, name AS itemid, name, rate, taxtype, isinactive FROM ({_listed('taxcode', 'rate', 'taxtype')})",
    "taxtype": _listed("taxtype", "country"),
    "currency": "SELECT id, symbol, name, symbol AS displaysymbol, rate AS exchangerate, decimals AS currencyprecision, "
    "CASE WHEN id = 1 THEN 'T' ELSE 'F' END AS isbasecurrency, 'F' AS isinactive FROM _currency",
    "currencyrate": "SELECT id, base AS basecurrency, currency AS transactioncurrency, NS_DAY(day) AS effectivedate, "
    "rate AS exchangerate, NS_TIME(changed) AS lastmodifieddate FROM _rate",
    "dual": "SELECT 'X' AS dummy",
}  # fmt: skip
"""Name in lower case and its query."""

DATES = frozenset(
    {
        "trandate", "createddate", "lastmodifieddate", "datecreated", "duedate", "effectivedate", "lastquantityavailablechange",
    }
)  # fmt: skip

PERMISSIONS = {
    "customer": "customer",
    "customeraddressbook": "customer",
    "customeraddressbookentityaddress": "customer",
    "item": "item",
    "pricing": "item",
    "kititemmember": "item",
    "aggregateitemlocation": "item",
    "inventoryitemlocations": "item",
    "transaction": "salesOrder",
    "transactionline": "salesOrder",
    "location": "setup",
    "subsidiary": "setup",
    "account": "setup",
}
"""Which permission a role needs to see a table; the others are open to every role."""


def views() -> str:
    """The statements that make them all. `_ql_` keeps their names apart from SQL's own words."""
    return "".join(f"CREATE VIEW `_ql_{name}` AS {query};\n" for name, query in VIEWS.items())
