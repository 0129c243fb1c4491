"""What an address lacks before a parcel can be sent there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.address import Address, lacking
from tests.fakes.orders import SHIP_TO


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        ({"name": None}, ["name"]),
        ({"name": None, "company": "Tea & Co"}, []),
        ({"street": " - "}, ["street"]),
        ({"street": None, "city": ""}, ["street", "city"]),
        ({"postal_code": None}, ["postal_code"]),
        ({"postal_code": None, "country_code": "HK"}, []),
        ({"postal_code": "", "country_code": "ie"}, []),
        ({"country_code": None}, ["country"]),
        ({"city": "東京"}, []),
    ],
)
def test_everything_that_is_missing_is_named(changed: dict[str, str | None], expected: list[str]) -> None:
    assert list(lacking(replace(SHIP_TO, **changed))) == expected


def test_an_address_that_is_not_told_at_all_lacks_everything_and_none_is_none() -> None:
    assert list(lacking(Address())) == ["name", "street", "city", "postal_code", "country"]
    assert list(lacking(None)) == ["address"]
