"""People, companies and addresses as the Admin API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.gids import Minter, number_of

Record = dict[str, Any]
_ADDRESS_FIELDS = (
    "firstName", "lastName", "company", "address1", "address2", "city", "zip",
    "province", "provinceCode", "country", "countryCodeV2", "phone",
)  # fmt: skip


def mailing_address(described: Mapping[str, Any] | None, minter: Minter) -> Record | None:
    if not described:
        return None
    address: Record = {name: described.get(name) for name in _ADDRESS_FIELDS}
    names = [address["firstName"], address["lastName"]]
    address |= {
        "__typename": "MailingAddress",
        "id": minter.gid("MailingAddress") + "?model_name=Address",
        "name": " ".join(name for name in names if name) or None,
        "countryCode": address["countryCodeV2"],
        "formattedArea": ", ".join(part for part in (address["city"], address["country"]) if part) or None,
        "coordinatesValidated": False,
        "latitude": None,
        "longitude": None,
        "timeZone": None,
        "validationResultSummary": None,
    }
    address["formatted"] = [
        address[k] for k in ("company", "address1", "address2", "zip", "city") if address[k]
    ]
    return address


def customer(described: Mapping[str, Any], minter: Minter, at: str, currency: str) -> Record:
    gid = minter.gid("Customer")
    email, phone = described.get("email"), described.get("phone")
    address = mailing_address(described.get("address"), minter)
    names = [described.get("firstName"), described.get("lastName")]
    return {
        "__typename": "Customer",
        "id": gid,
        "legacyResourceId": str(number_of(gid)),
        "firstName": names[0],
        "lastName": names[1],
        "displayName": " ".join(name for name in names if name) or email or "",
        "email": email,
        "phone": phone,
        "defaultEmailAddress": {"__typename": "CustomerEmailAddress", "emailAddress": email}
        if email
        else None,
        "defaultPhoneNumber": {"__typename": "CustomerPhoneNumber", "phoneNumber": phone} if phone else None,
        "defaultAddress": address,
        "addressesV2": [address] if address else [],
        "note": None,
        "tags": sorted(described.get("tags", ())),
        "locale": described.get("locale", "en"),
        "state": "DISABLED",
        "taxExempt": bool(described.get("taxExempt", False)),
        "taxExemptions": [],
        "verifiedEmail": bool(email),
        "numberOfOrders": "0",
        "amountSpent": {"__typename": "MoneyV2", "amount": "0.0", "currencyCode": currency},
        "createdAt": at,
        "updatedAt": at,
    }


def company(described: Mapping[str, Any], buyer: Record | None, minter: Minter, at: str) -> Record:
    """A business buyer; where a person buys for it, that person is its contact."""
    record: Record = {
        "__typename": "Company",
        "id": minter.gid("Company"),
        "name": described["name"],
        "externalId": described.get("externalId"),
        "note": None,
        "createdAt": at,
        "updatedAt": at,
    }
    location = {
        "__typename": "CompanyLocation",
        "id": minter.gid("CompanyLocation"),
        "name": described.get("location", described["name"]),
        "externalId": described.get("locationExternalId"),
        "company": record,
        "phone": None,
        "note": None,
        "currency": None,
        "taxRegistrationId": described.get("taxId"),
        "billingAddress": None,
        "shippingAddress": None,
        "createdAt": at,
        "updatedAt": at,
    }
    contact = {
        "__typename": "CompanyContact",
        "id": minter.gid("CompanyContact"),
        "company": record,
        "customer": buyer,
        "isMainContact": True,
        "title": None,
        "locale": "en",
        "createdAt": at,
        "updatedAt": at,
    }
    return {
        "__typename": "PurchasingCompany",
        "company": record,
        "location": location,
        "contact": contact if buyer else None,
    }
