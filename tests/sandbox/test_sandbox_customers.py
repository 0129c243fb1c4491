"""Customers of the simulated Shopify: what belongs to one alone is refused to another, and nothing is deleted unasked."""

from __future__ import annotations

from typing import Any

DEFINE = """mutation($d: MetafieldDefinitionInput!) { metafieldDefinitionCreate(definition: $d) {
  createdDefinition { id } userErrors { code } } }"""
CREATE = """mutation($input: CustomerInput!) { customerCreate(input: $input) { customer { id email }
  userErrors { field message } } }"""
UPDATE = "mutation($input: CustomerInput!) { customerUpdate(input: $input) { customer { phone } userErrors { message } } }"
ADD = """mutation($id: ID!, $a: MailingAddressInput!) { customerAddressCreate(customerId: $id, address: $a) {
  address { id } userErrors { message } } }"""
FIND = """query($i: CustomerIdentifierInput!) { customerByIdentifier(identifier: $i) { id firstName
  addressesV2(first: 9) { nodes { address1 } } defaultAddress { address1 } } }"""
OURS = {"namespace": "$app:erp", "key": "customer"}


async def create(store: Any, **input: Any) -> dict[str, Any]:
    return dict((await store.ask(CREATE, input=input))["customerCreate"])


async def defined(store: Any) -> None:
    definition = {**OURS, "name": "ERP", "ownerType": "CUSTOMER", "type": "id"}
    await store.ask(DEFINE, d={**definition, "capabilities": {"uniqueValues": {"enabled": True}}})


async def test_an_e_mail_and_a_number_belong_to_one_customer(store: Any) -> None:
    assert (await create(store, email="ada@example.org", phone="+441"))["userErrors"] == []
    for name, value in (("email", "ADA@example.org"), ("phone", "+441")):
        refused = await create(store, **{name: value})
        assert refused["customer"] is None
        assert "taken" in refused["userErrors"][0]["message"]


async def test_an_apps_own_id_names_one_customer_once_it_is_defined(store: Any) -> None:
    mark = {**OURS, "type": "id", "value": "41"}
    asked = {"i": {"customId": {**OURS, "value": "41"}}}
    assert await store.codes(FIND, **asked) == ["NOT_FOUND"]
    await defined(store)
    assert (await store.ask(FIND, **asked))["customerByIdentifier"] is None
    made = await create(store, firstName="Ada", metafields=[mark])
    assert (await create(store, firstName="Eve", metafields=[mark]))["customer"] is None
    assert (await store.ask(FIND, **asked))["customerByIdentifier"]["id"] == made["customer"]["id"]


async def test_the_first_address_is_the_default_and_the_same_again_is_refused(store: Any) -> None:
    made = (await create(store, firstName="Ada"))["customer"]["id"]
    for street, errors in (("A", 0), ("B", 0), ("B", 1)):
        told = await store.ask(ADD, id=made, a={"address1": street, "countryCode": "GB"})
        assert len(told["customerAddressCreate"]["userErrors"]) == errors
    shown = (await store.ask(FIND, i={"id": made}))["customerByIdentifier"]
    assert (shown["defaultAddress"], len(shown["addressesV2"]["nodes"])) == ({"address1": "A"}, 2)


async def test_null_clears_and_what_is_not_named_stays(store: Any) -> None:
    made = (await create(store, firstName="Ada", phone="+442"))["customer"]["id"]
    assert (await store.ask(UPDATE, input={"id": made, "firstName": "A."}))["customerUpdate"]["customer"][
        "phone"
    ] == "+442"
    assert (await store.ask(UPDATE, input={"id": made, "phone": None}))["customerUpdate"]["customer"][
        "phone"
    ] is None


async def test_whoever_changes_a_customer_it_is_told(store: Any, inbox: Any) -> None:
    topics = ["customers/create", "customers/update"]
    await store.control("PUT", "/app", url=inbox.url, subscriptions=[{"topics": topics, "uri": "/hooks"}])
    made = (await create(store, firstName="Ada", phone="+443"))["customer"]["id"]
    await store.ask(UPDATE, input={"id": made, "phone": "+444"})
    await store.ask(UPDATE, input={"id": made, "phone": "+444"})
    number = made.rpartition("/")[2]
    await store.control("PATCH", f"/shops/{store.shop}/customers/{number}", phone="+445")
    await inbox.until(3)
    assert inbox.topics() == ["customers/create", "customers/update", "customers/update"]
