"""The one table that names ERPs and selling platforms; everything else asks it."""

from __future__ import annotations

from collections.abc import Mapping

from app.hosts.businesscentral.spec import BUSINESS_CENTRAL
from app.hosts.memory.spec import MEMORY
from app.hosts.netsuite.spec import NETSUITE
from app.hosts.odoo.spec import ODOO
from app.hosts.rest.spec import REST
from app.hosts.tryton.spec import TRYTON
from app.ports import HostSpec, StoreSpec
from app.shopify.store import SHOPIFY

HOSTS: Mapping[str, HostSpec] = {
    spec.key: spec for spec in (MEMORY, TRYTON, NETSUITE, ODOO, BUSINESS_CENTRAL, REST)
}

STORES: Mapping[str, StoreSpec] = {spec.key: spec for spec in (SHOPIFY,)}
