"""Three ways, by example and by property: who moved wins, silence clears nothing, and peace is kept once it is made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.address import Address
from app.domain.customer import Customer
from app.domain.customer_sync import (
    Agreed,
    Write,
    decide,
    differences,
    in_step,
    moves,
    over,
    phone_text,
    places_of,
    same,
    unshortened,
)

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def plain(text: str) -> str:
    return text


words = st.none() | st.sampled_from(["a", "b", "c"])
places = st.builds(Address, street=st.sampled_from(["s", "t", "u"]), city=words)
people = st.builds(
    Customer,
    key=st.just("1"),
    updated_at=st.integers(0, 9).map(lambda n: AT + n * SECOND),
    last_name=words,
    email=words,
    phone=st.none() | st.sampled_from(["1", "2"]),
    tax_exempt=st.none() | st.booleans(),
    addresses=st.lists(places, max_size=3, unique_by=repr).map(tuple),
)


@given(base=people, store=people)
def test_the_side_that_moved_alone_wins_whatever_the_clocks_say(base: Customer, store: Customer) -> None:
    synced = in_step(base, base, plain, known=())
    decision = decide(store, base, synced, offset=timedelta(0), prints=plain)
    assert isinstance(decision, Agreed) or (decision.to == "host" and not decision.differs)
    back = decide(base, store, synced, offset=timedelta(0), prints=plain)
    assert isinstance(back, Agreed) or (back.to == "store" and not back.differs)


@given(base=people, store=people, host=people, offset=st.integers(-5, 5))
def test_of_two_that_moved_the_later_one_wins_by_the_corrected_clock(
    base: Customer, store: Customer, host: Customer, offset: int
) -> None:
    synced = in_step(base, base, plain)
    decision = decide(store, host, synced, offset=offset * SECOND, prints=plain)
    if isinstance(decision, Write) and all(moves(store, host, synced, plain)):
        later = "store" if store.updated_at >= host.updated_at - offset * SECOND else "host"
        # Whoever won may learn what only the other knows, and is changed in nothing else.
        assert decision.to != later or not differences(decision.content, host)


@given(store=people, host=people)
def test_nothing_that_a_side_has_is_ever_cleared(store: Customer, host: Customer) -> None:
    decision = decide(store, host, None, offset=timedelta(0), prints=plain)
    if isinstance(decision, Write):
        lost = host if decision.to == "host" else store
        for name in ("last_name", "email", "phone", "tax_exempt", "address"):
            assert getattr(lost, name) is None or getattr(decision.content, name) is not None


@given(store=people, host=people)
def test_writing_what_was_decided_makes_peace_in_two_writes_at_most(store: Customer, host: Customer) -> None:
    synced, writes = None, 0
    for _ in range(8):
        decision = decide(store, host, synced, offset=timedelta(0), prints=plain)
        known = synced.places if synced else frozenset[str]()
        if isinstance(decision, Agreed):
            before, synced = synced, in_step(store, host, plain, known=known)
            if before == synced:
                break
            continue
        writes += 1
        lost = host if decision.to == "host" else store
        news = [a for a in decision.content.addresses[1:] if a not in lost.addresses]
        kept = [a for a in lost.addresses[1:] if a != decision.content.address]
        made = replace(decision.content, addresses=(*decision.content.addresses[:1], *kept, *news))
        store, host = (store, made) if decision.to == "host" else (made, host)
        went = frozenset(places_of(decision.content, plain))
        synced = in_step(store, host, plain, known=known | went)
    else:
        raise AssertionError("they never agree")
    assert writes <= 3


@given(store=people, host=people)
def test_the_store_is_never_filled_with_what_we_may_not_be_allowed_to_see(
    store: Customer, host: Customer
) -> None:
    decision = decide(store, host, None, offset=timedelta(0), prints=plain)
    if isinstance(decision, Write) and decision.to == "store":
        assert store.updated_at < host.updated_at


def test_who_was_made_by_an_order_learns_what_only_the_store_knows() -> None:
    store = Customer(
        key="7", updated_at=AT, last_name="Byron", email="ada@example.org", addresses=(Address(street="s"),)
    )
    host = Customer(key="1", updated_at=AT + SECOND, last_name="Byron")
    decision = decide(store, host, None, offset=timedelta(0), prints=plain)
    assert isinstance(decision, Write)
    assert (decision.to, decision.content.email, decision.content.address) == (
        "host",
        "ada@example.org",
        store.address,
    )
    renamed = decide(store, replace(host, last_name="Lovelace"), None, offset=timedelta(0), prints=plain)
    assert isinstance(renamed, Write)
    assert (renamed.to, renamed.content.last_name) == ("store", "Lovelace")
    assert renamed.rest is not None
    assert (renamed.rest.last_name, renamed.rest.email) == ("Lovelace", "ada@example.org")


def test_both_unmoved_agree_though_they_are_not_the_same() -> None:
    """What a side keeps in its own way was agreed on."""
    store = Customer(key="1", updated_at=AT, company="Analytical Engines Limited")
    host = replace(store, company="Analytical")
    assert decide(store, host, in_step(store, host, plain), offset=timedelta(0), prints=plain) == Agreed()


def test_where_there_is_an_owner_its_side_wins() -> None:
    base = Customer(key="1", updated_at=AT, phone="1")
    synced = in_step(base, base, plain)
    decision = decide(replace(base, phone="2"), base, synced, offset=timedelta(0), prints=plain, owner="host")
    assert isinstance(decision, Write)
    assert (decision.to, decision.content.phone) == ("store", "1")


def test_one_who_is_alone_is_wanted_on_the_other_side() -> None:
    ada = Customer(key="1", updated_at=AT)
    assert decide(ada, None, None, offset=timedelta(0), prints=plain) == Write(to="host", content=ada)
    assert decide(None, ada, None, offset=timedelta(0), prints=plain) == Write(to="store", content=ada)


def test_how_a_number_is_written_makes_no_difference() -> None:
    assert phone_text("+44 (20) 7946-0018") == phone_text("0044 20 79460018") == "+442079460018"
    one = Customer(key="1", updated_at=AT, email=" Ada@Example.org", last_name="Byron ")
    assert same(one, replace(one, email="ada@example.org", last_name="Byron"))


LONG = Customer(
    key="1", updated_at=AT, first_name="Maria Aparecida", last_name="dos Santos Oliveira", email="m@example.com",
    phone="+1 (212) 555-0100 ext. 4455", addresses=(Address(street="a very long street", city="Berlin"),),
)  # fmt: skip
SHORT = replace(
    LONG,
    last_name="dos Santos Oli",
    phone="+12125550100",
    addresses=(Address(street="a very lo", city="Berlin"),),
)


def test_what_an_erp_says_because_its_fields_are_shorter_is_not_written_back() -> None:
    """The e-mail is news, the rest of it is what became of the store's own words there."""
    news = replace(SHORT, email="new@example.com", addresses=(*SHORT.addresses, Address(street="b")))
    found = unshortened(Write(to="store", content=news), LONG, SHORT)
    assert isinstance(found, Write)
    expected = replace(LONG, email="new@example.com", addresses=(*LONG.addresses, Address(street="b")))
    assert found.content == expected


@given(store=people, host=people)
def test_an_erp_that_says_nothing_but_what_it_made_of_the_store_says_nothing(
    store: Customer, host: Customer
) -> None:
    content = replace(
        over(host, store), tax_exempt=store.tax_exempt, addresses=host.addresses or store.addresses
    )
    assert unshortened(Write(to="store", content=content), store, host) == Agreed()
