"""Every GraphQL document against Shopify's real published schema: its fields, its scopes, its price, its personal data."""

from __future__ import annotations

import gzip
import json
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_client_schema,
    get_named_type,
    parse,
    validate,
    visit,
)

from app.settings import API_VERSION, SCOPES
from app.shopify.documents import COSTS, document, documents
from app.shopify.install import covers
from sandbox.cost import Pricer

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / ".state" / "schema"
PREVIOUS_VERSION = "2026-07"
NAMES = sorted(documents())

PERSONAL = {
    "Company.name",
    "CompanyLocation.name",
    "Customer.addressesV2",
    "Customer.defaultAddress",
    "Customer.defaultEmailAddress",
    "Customer.defaultPhoneNumber",
    "Customer.firstName",
    "Customer.lastName",
    "CustomerEmailAddress.emailAddress",
    "CustomerPhoneNumber.phoneNumber",
    *(
        f"MailingAddress.{part}"
        for part in (
            "address1",
            "address2",
            "city",
            "company",
            "firstName",
            "lastName",
            "name",
            "phone",
            "zip",
        )
    ),
    "MailingAddress.countryCodeV2",
    "MailingAddress.provinceCode",
    "Order.billingAddress",
    "Order.customer",
    "Order.email",
    "Order.note",
    "Order.phone",
    "Order.shippingAddress",
}
"""All that we ever read of a person; each needs Shopify's approval and may come back null."""


@cache
def schema(version: str) -> GraphQLSchema:
    published = json.loads(gzip.decompress((SCHEMAS / f"admin_{version}.json.gz").read_bytes()))
    # The published schema breaks a rule of the library's (deprecated implementations), so it is taken as valid.
    return build_client_schema(published, assume_valid=True)


@cache
def scopes_of(version: str) -> dict[str, Any]:
    return dict(json.loads((SCHEMAS / f"scopes_{version}.json").read_text()))


class Touched(Visitor):
    """Collects `Type.field` of every field and the named type it gives."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self.info, self.fields, self.types = info, set[str](), set[str]()

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent, given = self.info.get_parent_type(), self.info.get_type()
        assert parent
        assert given
        self.fields.add(f"{parent.name}.{node.name.value}")
        self.types |= {parent.name, get_named_type(given).name}


def touched(text: str, version: str = API_VERSION) -> Touched:
    info = TypeInfo(schema(version))
    found = Touched(info)
    visit(parse(text), TypeInfoVisitor(info, found))
    return found


def lacking(text: str, granted: str, version: str = API_VERSION) -> set[str]:
    """Types and fields of a document that none of the granted scopes opens."""
    found, known = touched(text, version), scopes_of(version)
    needed = {name: known[name]["scopes"] for name in found.fields | found.types if name in known}
    return {
        name for name, any_of in needed.items() if not any(covers(granted.split(","), {s}) for s in any_of)
    }


@pytest.mark.parametrize("version", [API_VERSION, PREVIOUS_VERSION])
@pytest.mark.parametrize("name", NAMES)
def test_a_document_is_valid_in_the_pinned_version_and_the_one_before(name: str, version: str) -> None:
    assert [error.message for error in validate(schema(version), parse(document(name).text))] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_document_uses_nothing_deprecated(name: str) -> None:
    types = schema(API_VERSION).type_map
    for field in touched(document(name).text).fields:
        kind, _, part = field.partition(".")
        if part != "__typename":
            assert types[kind].fields[part].deprecation_reason is None, field  # type: ignore[attr-defined]


@pytest.mark.parametrize("version", [API_VERSION, PREVIOUS_VERSION])
@pytest.mark.parametrize("name", NAMES)
def test_a_document_needs_no_scope_we_do_not_ask_for(name: str, version: str) -> None:
    assert lacking(document(name).text, SCOPES, version) == set()


def test_the_checks_see_what_is_wrong() -> None:
    wrong = "query Wrong { order(id: 1) { colour } }"
    assert validate(schema(API_VERSION), parse(wrong))
    assert "Customer" in lacking(document("order").text, "read_orders,read_products,read_locations")
    assert "PaymentTerms" in lacking(document("order").text, SCOPES.replace("read_payment_terms,", ""))


@pytest.mark.parametrize("name", NAMES)
def test_a_file_holds_one_operation_named_after_it(name: str) -> None:
    (operation,) = [d for d in _parsed(name).definitions if isinstance(d, OperationDefinitionNode)]
    assert operation.name
    assert operation.name.value == "".join(part.capitalize() for part in name.split("_"))
    assert document(name).writes == (operation.operation.value == "mutation")


@pytest.mark.parametrize("name", NAMES)
def test_a_document_costs_what_the_limiter_is_told_and_well_below_the_most(name: str) -> None:
    parsed = _parsed(name)
    fragments = {d.name.value: d for d in parsed.definitions if isinstance(d, FragmentDefinitionNode)}
    (operation,) = [d for d in parsed.definitions if isinstance(d, OperationDefinitionNode)]
    cost = Pricer(schema(API_VERSION), fragments, {"ids": ["gid"] * 25}).requested(operation)
    assert cost == COSTS[name] <= 300


def test_every_expected_cost_is_a_documents() -> None:
    assert set(COSTS) == set(NAMES)


def test_the_personal_data_we_read_is_written_down() -> None:
    kinds = {"Customer", "CustomerEmailAddress", "CustomerPhoneNumber", "MailingAddress"}
    read = {field for name in NAMES for field in touched(document(name).text).fields}
    personal = {field for field in read if field.split(".")[0] in kinds} | (read & PERSONAL)
    impersonal = {
        "Customer.id",
        "Customer.tags",
        "Customer.taxExempt",
        "Customer.updatedAt",
        "Customer.metafield",
        "MailingAddress.id",
    }
    assert personal - impersonal == PERSONAL


def test_the_pieces_that_documents_share_are_the_same() -> None:
    def fragments(name: str) -> dict[str, str]:
        return {
            d.name.value: document(name).text[d.loc.start : d.loc.end]
            for d in _parsed(name).definitions
            if isinstance(d, FragmentDefinitionNode) and d.loc
        }

    known: dict[str, str] = {}
    for name in ("order", "order_lines", "refund", "refund_lines", "customer", "customer_find"):
        for piece, text in fragments(name).items():
            assert known.setdefault(piece, text) == text, f"{piece} of {name} differs"
    assert {"Line", "Tax", "Both", "Back", "Person"} <= known.keys()


def test_a_fetched_schema_is_of_the_version_the_toml_names() -> None:
    told = tomllib.loads((ROOT / "shopify.app.toml").read_text())
    assert told["webhooks"]["api_version"] == API_VERSION
    assert (SCHEMAS / f"admin_{API_VERSION}.json.gz").exists()


def _parsed(name: str) -> DocumentNode:
    return parse(document(name).text)
