"""Customers on either side: read, found by our key or their e-mail, and made equal one step at a time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from app.domain.customer import Customer
from app.ports.reading import Source
from app.ports.writing import Evidence, Step


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a customer is to be there. `our_key`: found by it again, the same for ever. `round` tells this wish from every

    other about the same customer: the key of a step that changes something ends in it.
    """

    our_key: str
    content: Customer
    round: int


@dataclass(frozen=True, kw_only=True)
class Matches:
    """Who is there for somebody: by our key, else by e-mail. More than one of a kind is for a person to sort out."""

    ours: tuple[Customer, ...] = ()
    by_email: tuple[Customer, ...] = ()


class Customers(Source[Customer], Protocol):
    """A side's customers, read and written. Personal data never stands in an address."""

    async def matching(self, wanted: Wanted) -> Matches:
        """Reads, strongly consistent, who may be meant. Never writes."""
        ...

    def next_step(self, wanted: Wanted, there: Customer | None, done: Collection[str]) -> Step | None:
        """Pure: the first thing missing there (None: everything), passing over steps whose keys are `done`.

        Nothing is ever taken away: no address, and no field that the content does not say.
        """
        ...

    async def do(self, step: Step) -> Evidence:
        """Writes: sends the step's payload once; its `sink_key` names the customer. A repeat leaves one customer."""
        ...


@runtime_checkable
class Shortens(Protocol):
    """Customers of an ERP whose fields are shorter than a store's."""

    def as_kept(self, customer: Customer) -> Customer:
        """Pure: what the ERP tells of this customer once they were written there."""
        ...
