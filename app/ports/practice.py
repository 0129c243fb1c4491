"""What an ERP that is there to practise with can do besides: go wrong when it is told to."""

from __future__ import annotations

from typing import Protocol


class Faults(Protocol):
    """The switch for faults of one connection's books. Neither call is a change of the books."""

    async def on(self) -> bool:
        """Whether calls go wrong now and then. `Retry` when it does not answer."""
        ...

    async def set(self, on: bool) -> None:
        """From now on. Twice is once."""
        ...
