"""The tables of the books. What SuiteQL shows of them stands in `analytics`."""

from __future__ import annotations

TABLES = """
CREATE TABLE _seq (name TEXT PRIMARY KEY, last INTEGER NOT NULL);
CREATE TABLE _ext (family TEXT, value TEXT, type TEXT, id INTEGER, PRIMARY KEY (family, value));
CREATE TABLE _currency (id INTEGER PRIMARY KEY, symbol TEXT UNIQUE, name TEXT, decimals INTEGER, rate NUMERIC);
CREATE TABLE _rate (id INTEGER PRIMARY KEY, base INTEGER DEFAULT 1, currency INTEGER, day TEXT, rate TEXT, changed TEXT,
  UNIQUE (base, currency, day));
CREATE TABLE _list (kind TEXT, id INTEGER, name TEXT, inactive TEXT DEFAULT 'F', more TEXT, PRIMARY KEY (kind, id));
CREATE TABLE _item (id INTEGER PRIMARY KEY, itemid TEXT UNIQUE, type TEXT, subtype TEXT, displayname TEXT,
  description TEXT, inactive TEXT DEFAULT 'F', externalid TEXT, upc TEXT, weight NUMERIC, cost NUMERIC, parent INTEGER,
  class INTEGER, department INTEGER, created TEXT, changed TEXT, custom TEXT DEFAULT '{}');
CREATE TABLE _price (item INTEGER, level INTEGER, currency INTEGER, quantity INTEGER, price NUMERIC,
  PRIMARY KEY (item, level, currency, quantity));
CREATE TABLE _member (kit INTEGER, item INTEGER, quantity NUMERIC, line INTEGER, PRIMARY KEY (kit, line));
CREATE TABLE _stock (item INTEGER, location INTEGER, onhand NUMERIC DEFAULT 0, committed NUMERIC DEFAULT 0,
  backordered NUMERIC DEFAULT 0, safety NUMERIC, changed TEXT, PRIMARY KEY (item, location));
CREATE TABLE _customer (id INTEGER PRIMARY KEY, entityid TEXT UNIQUE, isperson TEXT, firstname TEXT, lastname TEXT,
  companyname TEXT, email TEXT, phone TEXT, externalid TEXT, subsidiary INTEGER, currency INTEGER, creditlimit NUMERIC,
  creditcurrency INTEGER, taxable TEXT DEFAULT 'T', inactive TEXT DEFAULT 'F', pricelevel INTEGER, comments TEXT,
  created TEXT, changed TEXT, more TEXT DEFAULT '{}');
CREATE INDEX _customer_email ON _customer (email);
CREATE TABLE _address (id INTEGER PRIMARY KEY, customer INTEGER, label TEXT, billing TEXT, shipping TEXT,
  residential TEXT DEFAULT 'F', fields TEXT);
CREATE TABLE _tran (id INTEGER PRIMARY KEY, type TEXT, tranid TEXT UNIQUE, externalid TEXT, entity INTEGER,
  subsidiary INTEGER, location INTEGER, department INTEGER, class INTEGER, currency INTEGER, rate NUMERIC, trandate TEXT,
  created TEXT, changed TEXT, status TEXT, voided TEXT DEFAULT 'F', otherrefnum TEXT, memo TEXT, email TEXT, form TEXT,
  createdfrom INTEGER, subtotal NUMERIC DEFAULT 0, tax NUMERIC DEFAULT 0, total NUMERIC DEFAULT 0, shipmethod INTEGER,
  shipcost NUMERIC, override TEXT DEFAULT 'F', method INTEGER, shipstatus TEXT, version INTEGER DEFAULT 1,
  more TEXT DEFAULT '{}');
CREATE INDEX _tran_entity ON _tran (entity);
CREATE INDEX _tran_changed ON _tran (changed);
CREATE INDEX _tran_created ON _tran (createdfrom);
CREATE INDEX _tran_ext ON _tran (externalid);
CREATE INDEX _tran_ref ON _tran (otherrefnum);
CREATE TABLE _line (tran INTEGER, line INTEGER, key INTEGER UNIQUE, item INTEGER, quantity NUMERIC, price INTEGER,
  rate NUMERIC, amount NUMERIC, description TEXT, location INTEGER, department INTEGER, class INTEGER,
  closed TEXT DEFAULT 'F', source INTEGER, sent NUMERIC DEFAULT 0, billed NUMERIC DEFAULT 0, committed NUMERIC DEFAULT 0,
  taxcode INTEGER, taxref TEXT, custom TEXT DEFAULT '{}', PRIMARY KEY (tran, line));
CREATE INDEX _line_item ON _line (item, location);
CREATE TABLE _taxline (tran INTEGER, line INTEGER, ref TEXT, taxtype INTEGER, taxcode INTEGER, basis NUMERIC, rate NUMERIC,
  amount NUMERIC, net NUMERIC, PRIMARY KEY (tran, line));
CREATE TABLE _applied (payer INTEGER, line INTEGER, doc INTEGER, amount NUMERIC, kind TEXT, PRIMARY KEY (payer, line));
CREATE INDEX _applied_doc ON _applied (doc);
CREATE TABLE _package (id INTEGER PRIMARY KEY, tran INTEGER, number TEXT, descr TEXT, weight NUMERIC);
CREATE INDEX _package_tran ON _package (tran);
"""

ADDRESS = (
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
