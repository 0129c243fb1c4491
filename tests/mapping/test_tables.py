"""Look-up tables: every one is reached by its name, keys are folded, and a name nobody knows is refused."""

from __future__ import annotations

import pytest

from app.mapping import tables
from app.mapping.tables import NAMES, Tables, look_up


def test_every_table_of_ours_is_reached_by_its_name_with_folded_keys() -> None:
    version = tables.of(3, {name: {"Some KEY": name} for name in NAMES})
    assert version.number == 3
    for name in NAMES:
        assert version.table(name) == {"some key": name}


def test_an_entry_that_says_nothing_is_none() -> None:
    version = tables.of(1, {"payments": {"card": " ", "*": "REST"}, "taxes": {"*": ""}})
    assert look_up(version.payments, "card") == "REST"
    assert look_up(version.taxes, "VAT") is None


def test_a_free_table_is_reached_by_its_bare_name_and_by_its_stored_one() -> None:
    version = tables.of(1, {"free:price_lists": {"Gold": "PL1", "*": "PL0"}})
    found = version.table("price_lists")
    assert found == {"gold": "PL1", "*": "PL0"} == version.table("free:price_lists")
    assert look_up(found or {}, "GOLD") == "PL1"
    assert look_up(found or {}, "silver") == "PL0"


def test_a_free_table_never_hides_one_of_ours() -> None:
    version = tables.of(1, {"free:payments": {"a": "free"}, "payments": {"a": "ours"}})
    assert version.table("payments") == {"a": "ours"}
    assert version.free["payments"] == {"a": "free"}


@pytest.mark.parametrize(
    "name",
    ["payment", "price_lists", "free:", "free:Gold", "free:1st", f"free:{'a' * 41}", "free:a-b", "free:a\n"],
)
def test_a_name_nobody_knows_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no such table"):
        tables.of(0, {name: {}})


def test_more_tables_than_anyone_keeps_are_refused() -> None:
    tables.of(0, {f"free:t{n}": {} for n in range(tables.MOST_FREE)})
    with pytest.raises(ValueError, match="more than"):
        tables.of(0, {f"free:t{n}": {} for n in range(tables.MOST_FREE + 1)})


def test_an_older_version_reads_as_before_and_has_no_table_it_never_had() -> None:
    version = tables.of(1, {"payments": {"Card": "CC"}, "carriers": {"DHL": "DHL Express"}})
    assert version.payments == {"card": "CC"}
    assert version.carriers_back == {"dhl express": "DHL"}
    assert version.table("subsidiaries") == {}
    assert version.table("price_lists") is None


def test_the_stored_form_comes_back_from_every_table() -> None:
    stored = {"payments": {"card": "CC"}, "free:zones": {"eu": "1"}, "classes": {"*": "WEB"}}
    version = tables.of(1, stored)
    assert {name: dict(table) for name, table in version.every() if table} == stored
    assert isinstance(version, Tables)
