"""The demo's judge of customers, by what both sides show: every way of being wrong is seen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sandbox.demo.people import Person, Society, judge


@dataclass
class Side:
    known: list[Person] = field(default_factory=list)

    def enter(self, person: Person) -> None:
        self.known.append(person)

    def change(self, email: str, *, phone: str | None = None, street: str | None = None) -> None:
        (place,) = [n for n, person in enumerate(self.known) if person.email.lower() == email]
        old = self.known[place]
        self.known[place] = replace(old, phone=phone or old.phone, street=street or old.street)

    def people(self) -> list[Person]:
        return self.known


def society() -> Society:
    """Everybody entered, and on both sides as a product would have it."""
    made = Society(store=Side(), erp=Side(), seed=7, count=30)
    made.enter()
    in_step(made)
    made.change()
    return made


def in_step(made: Society) -> None:
    everybody = [Person(email=e.email, phone=e.phone, street=e.street) for e in made.wanted.values()]
    assert isinstance(made.store, Side)
    assert isinstance(made.erp, Side)
    made.store.known, made.erp.known = list(everybody), list(everybody)


def test_before_anybody_was_carried_over_most_are_missing_or_wrong() -> None:
    made = Society(store=Side(), erp=Side(), seed=7, count=30)
    made.enter()
    found = made.judged()
    assert found["placed"] == 30
    assert (found["settled"], found["missing"] + found["wrong"]) == (0, 30)


def test_changes_that_did_not_go_over_are_wrong_and_those_that_did_are_settled() -> None:
    made = society()
    assert made.judged()["wrong"] == 20
    in_step(made)
    found = made.judged()
    assert (found["settled"], found["wrong"], found["placed"]) == (50, 0, 50)


def test_one_who_is_there_twice_is_a_duplicate_however_the_e_mail_is_written() -> None:
    made = society()
    in_step(made)
    assert isinstance(made.erp, Side)
    made.erp.known.append(replace(made.erp.known[0], email=made.erp.known[0].email.upper()))
    assert made.judged()["duplicates"] == 1


def test_one_who_is_on_one_side_alone_is_missing() -> None:
    made = society()
    in_step(made)
    assert isinstance(made.store, Side)
    found = judge(list(made.wanted.values()), made.store.known[1:], made.erp.people())
    assert (found["missing"], found["settled"]) == (1, 48)
