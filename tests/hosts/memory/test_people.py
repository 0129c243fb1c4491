"""The demo ERP's customers: found by key and e-mail, one per person, listed by what changed, silent fields kept."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.address import Address
from app.domain.customer import Customer
from app.hosts.memory.ledger import Ledger, Rules
from app.hosts.memory.posting import Refusal
from app.hosts.memory.wire import Customer as Buyer
from app.hosts.memory.wire import Person, Sought
from app.ports import Customers, Step, Wanted
from tests.hosts.memory.rig import MemoryUnderTest, running
from tests.hosts.rig import NoHttp, door, opened

ADA = Person(key="7", email="ada@example.org", first_name="Ada", last_name="Byron")
HOME = Address(name="Ada Byron", street="12 St James's Square", city="London", country_code="GB")
WORK = replace(HOME, street="1 Dorset Street")
WANTED = Wanted(
    our_key="7",
    content=Customer(
        key="7", updated_at=datetime(2026, 11, 21, tzinfo=UTC), last_name="Byron", addresses=(HOME, WORK)
    ),
    round=1,
)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "erp.sqlite", Rules())
    yield made
    made.close()


def test_a_second_customer_of_one_key_or_e_mail_is_refused_and_says_who_has_it(ledger: Ledger) -> None:
    ada = ledger.people.create(ADA)
    for double in (Person(key="7"), Person(email="ADA@example.org")):
        with pytest.raises(Refusal) as refused:
            ledger.people.create(double)
        assert refused.value.customer == ada.id


def test_a_change_keeps_what_is_not_said_and_moves_only_who_is_another_by_it(ledger: Ledger) -> None:
    ada = ledger.people.create(ADA)
    changed = ledger.people.change(ada.id, Person(phone="1"))
    assert (changed.first_name, changed.phone, changed.key) == ("Ada", "1", "7")
    assert changed.revision > ada.revision
    assert ledger.people.change(ada.id, Person(phone="1")).revision == changed.revision


def test_a_buyer_is_the_customer_of_the_number_then_of_the_key_then_of_the_e_mail(ledger: Ledger) -> None:
    ada = ledger.people.create(ADA)
    other = ledger.people.create(Person(email="other@example.org"))
    assert ledger.people.buyer(Buyer(id=ada.id, email="other@example.org")) == ada.id
    assert ledger.people.buyer(Buyer(key="7", email="other@example.org")) == ada.id
    assert ledger.people.buyer(Buyer(email="OTHER@example.org")) == other.id
    new = ledger.people.buyer(Buyer(name="Grace Brewster Hopper"))
    shown = ledger.people.get(new)
    assert (shown.first_name, shown.last_name) == ("Grace Brewster", "Hopper")


def test_what_changed_is_listed_after_a_revision_page_by_page(ledger: Ledger) -> None:
    made = [ledger.people.create(Person(email=f"{n}@example.org")) for n in range(5)]
    ledger.people.change(made[0].id, Person(phone="1"))
    first = ledger.people.changed(0, 3)
    assert first.next is not None
    rest = ledger.people.changed(first.next, 3)
    assert [p.id for p in (*first.customers, *rest.customers)] == [p.id for p in (*made[1:], made[0])]
    assert rest.next is None


def test_books_from_before_there_were_details_show_the_name_that_they_have(tmp_path: Path) -> None:
    file = tmp_path / "old.sqlite"
    old = sqlite3.connect(file)
    old.execute(
        "CREATE TABLE customer (id INTEGER PRIMARY KEY, key TEXT UNIQUE, email TEXT COLLATE NOCASE UNIQUE, name TEXT)"
    )
    old.execute("INSERT INTO customer (key, email, name) VALUES ('7', 'ada@example.org', 'Ada Byron')")
    old.commit()
    old.close()
    ledger = Ledger(file, Rules())
    (ada,) = ledger.people.sought(Sought(key="7", email="ada@example.org")).customers
    assert ada.last_name == "Ada Byron"
    ledger.close()


# --- through the adapter -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def under(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryUnderTest]:
    with running(Path(tmp_path_factory.mktemp("erp")) / "erp.sqlite") as made:
        yield made


@pytest.fixture
async def side(under: MemoryUnderTest) -> AsyncIterator[Customers]:
    await under.ask("POST", "/control/wipe", {})
    async with door(under) as http:
        found = opened(under, http).customers
        assert not hasattr(found, "sentence")
        yield found


async def do(side: Customers, wanted: Wanted, there: Customer | None) -> Customer:
    step = side.next_step(wanted, there, ())
    assert isinstance(step, Step)
    made = await side.do(step)
    found = await side.get(made.sink_key or "")
    assert found is not None
    return found


async def test_a_customer_is_made_once_though_the_call_is_repeated(
    side: Customers, under: MemoryUnderTest
) -> None:
    made = await do(side, WANTED, None)
    again = await do(side, WANTED, None)
    assert (made.key, made.addresses, made.other_key) == (again.key, (HOME, WORK), "7")
    assert (await side.matching(WANTED)).ours == (made,)
    assert side.next_step(WANTED, made, ()) is None


async def test_another_default_address_takes_the_place_of_the_old_one_and_the_rest_stays(
    side: Customers,
) -> None:
    made = await do(side, WANTED, None)
    moved = replace(HOME, street="Ockham Park")
    there = await do(side, replace(WANTED, content=replace(made, addresses=(moved,)), round=2), made)
    assert there.addresses == (moved, WORK)
    back = await do(side, replace(WANTED, content=replace(there, addresses=(WORK,)), round=3), there)
    assert back.addresses == (WORK, moved)


async def test_who_is_not_there_is_nobody(side: Customers) -> None:
    assert await side.get("424242") is None
    assert (await side.matching(WANTED)).ours == ()


def test_the_next_step_is_pure_and_passes_over_what_is_done(under: MemoryUnderTest) -> None:
    pure = opened(under, NoHttp()).customers
    assert not hasattr(pure, "sentence")
    there = replace(WANTED.content, phone="1")
    wanted = replace(WANTED, content=replace(there, phone="2"))
    assert pure.next_step(wanted, there, ()) is not None
    assert pure.next_step(wanted, there, ("change:1",)) is None
