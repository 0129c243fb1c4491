"""How the demo's people come in: by the control place of the simulated Shopify, and by the demo ERP's own calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from sandbox.demo.people import Person
from sandbox.demo.store import PLAIN


class StorePeople:
    """Implements `Doors` for one shop of the simulated Shopify."""

    def __init__(self, address: str, shop: str) -> None:
        self._client = httpx.Client(base_url=f"{address}/control/shops/{shop}", timeout=60.0, **PLAIN)

    def enter(self, person: Person) -> None:
        place = {"address1": person.street, "city": "Berlin", "countryCodeV2": "DE", **_NAMES}
        told = {"email": person.email, "phone": person.phone, "address": place, **_NAMES}
        self._client.post("/customers", json={"customers": [told]}).raise_for_status()

    def change(self, email: str, *, phone: str | None = None, street: str | None = None) -> None:
        changes: dict[str, Any] = {"phone": phone} if phone else {}
        changes |= {"address": {"address1": street}} if street else {}
        number = self._known()[email.lower()]["number"]
        self._client.patch(f"/customers/{number}", json=changes).raise_for_status()

    def people(self) -> list[Person]:
        return [
            Person(email=row["email"], phone=row["phone"], street=(row["address"] or {}).get("address1"))
            for row in self._known().values()
        ]

    def _known(self) -> dict[str, Mapping[str, Any]]:
        rows = self._client.get("/customers").raise_for_status().json()["customers"]
        return {row["email"].lower(): row for row in rows if row["email"]}


class MemoryPeople:
    """Implements `Doors` for the demo ERP."""

    def __init__(self, credentials: Mapping[str, str]) -> None:
        headers = {"authorization": f"Bearer {credentials['key']}"}
        address = credentials["address"].rstrip("/")
        self._client = httpx.Client(base_url=address, headers=headers, timeout=60.0, **PLAIN)

    def enter(self, person: Person) -> None:
        told: dict[str, Any] = {"email": person.email, "phone": person.phone, **_ERP_NAMES}
        if person.street:
            told["addresses"] = [_place(person.street)]
        self._client.post("/v1/customers", json=told).raise_for_status()

    def change(self, email: str, *, phone: str | None = None, street: str | None = None) -> None:
        (row,) = [row for row in self._rows() if (row["email"] or "").lower() == email.lower()]
        told: dict[str, Any] = {"phone": phone}
        if street:
            told["addresses"] = [{**row["addresses"][0], "street": street}, *row["addresses"][1:]]
        self._client.put(f"/v1/customers/{row['id']}", json=told).raise_for_status()

    def people(self) -> list[Person]:
        return [
            Person(
                email=row["email"],
                phone=row["phone"],
                street=row["addresses"][0]["street"] if row["addresses"] else None,
            )
            for row in self._rows()
            if row["email"]
        ]

    def _rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            page = self._client.get("/v1/customers", params={"after": after}).raise_for_status().json()
            rows += page["customers"]
            after = page["next"]
        return rows


_NAMES = {"firstName": "Demo", "lastName": "Person"}
_ERP_NAMES = {"first_name": "Demo", "last_name": "Person"}


def _place(street: str) -> dict[str, str]:
    return {"name": "Demo Person", "street": street, "city": "Berlin", "country_code": "DE"}
