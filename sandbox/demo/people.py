"""Customers of the demo: people entered and changed on both sides by a seed, and judged by asking both sides at the end."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Side = Literal["store", "erp"]


@dataclass(frozen=True, kw_only=True)
class Person:
    """As either side shows one; `phone` and `street` are what is changed."""

    email: str
    phone: str | None
    street: str | None


@dataclass(frozen=True, kw_only=True)
class Expected:
    """Who is to be on both sides, once each, and with what. `changes` counts what was done to them on whichever side."""

    email: str
    phone: str
    street: str
    changes: int


class Doors(Protocol):
    """How people are entered and changed on one side."""

    def enter(self, person: Person) -> None: ...

    def change(self, email: str, *, phone: str | None = None, street: str | None = None) -> None: ...

    def people(self) -> list[Person]: ...


@dataclass(kw_only=True)
class Society:
    """`enter` before the product runs or beside it, `change` once everybody is on both sides, `judged` in the end.

    Every third is in the ERP with the same e-mail already and is to be found there; every fifth is in the ERP alone and is
    to be made in the store, which the connection's option `host_customers=send` asks for.
    """

    store: Doors
    erp: Doors
    seed: int
    count: int
    wanted: dict[str, Expected] = field(default_factory=dict)

    def enter(self) -> None:
        for number in range(1, self.count + 1):
            email = f"person{number:04d}.{self.seed}@example.com"
            person = Person(email=email, phone=f"+4930{number:07d}", street=f"Street {number}")
            if number % 5 == 0:
                self.erp.enter(person)
            else:
                if number % 3 == 0:
                    self.erp.enter(Person(email=email.upper(), phone=None, street=None))
                self.store.enter(person)
            self.wanted[email] = Expected(
                email=email, phone=person.phone or "", street=person.street or "", changes=1
            )

    def change(self) -> None:
        """A third moves house in the store, a third gets another number in the ERP; some do both, one after the other."""
        chance = random.Random(self.seed)
        for number, (email, known) in enumerate(sorted(self.wanted.items()), 1):
            phone, street, changes = known.phone, known.street, known.changes
            if number % 3 == 0:
                street, changes = f"Other street {chance.randint(1, 999)}", changes + 1
                self.store.change(email, street=street)
            elif number % 3 == 1:
                phone, changes = f"+4940{chance.randint(1, 9_999_999):07d}", changes + 1
                self.erp.change(email, phone=phone)
            self.wanted[email] = Expected(email=email, phone=phone, street=street, changes=changes)

    def judged(self) -> Mapping[str, Any]:
        return judge(list(self.wanted.values()), self.store.people(), self.erp.people())


def judge(wanted: Sequence[Expected], store: Sequence[Person], erp: Sequence[Person]) -> dict[str, Any]:
    """Counts by what both sides show; pure. `placed`: all that was done to people, `settled`: that of those who are right.

    Nothing is held by this plan; who is held all the same is missing or wrong on one side, and is counted there.
    """
    here, there = _by_email(store), _by_email(erp)
    settled = missing = duplicates = wrong = 0
    for one in wanted:
        mine, theirs = here.get(one.email, []), there.get(one.email, [])
        duplicates += max(0, len(mine) - 1) + max(0, len(theirs) - 1)
        if not mine or not theirs:
            missing += 1
        elif any((each.phone, each.street) != (one.phone, one.street) for each in (*mine, *theirs)):
            wrong += 1
        else:
            settled += one.changes
    return {
        "placed": sum(one.changes for one in wanted),
        "settled": settled,
        "held_expected": 0,
        "held_unexpected": [],
        "missing": missing,
        "duplicates": duplicates,
        "wrong": wrong,
    }


def _by_email(people: Sequence[Person]) -> dict[str, list[Person]]:
    found: dict[str, list[Person]] = {}
    for person in people:
        found.setdefault(person.email.lower(), []).append(person)
    return found
