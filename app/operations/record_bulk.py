"""Many records at once, as a person sees and chooses them: counted first, then retried or left out, a slice at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.models import demand, record_bulk, record_search
from app.models.callers import audited
from app.models.order_lists import OrderRow, Place
from app.models.overview import COUNTED
from app.models.record_bulk import Group
from app.models.record_search import Chosen
from app.models.records import State
from app.operations.record_words import Person, skip_what_may_be
from app.wiring import Core

_SLICE = 500
_MOST = COUNTED
"""As many as are counted are done in one go; whoever has more asks again."""
_MOST_FOUND = 1_000
"""Records that a search finds are read to be counted, so it may find fewer."""
_OPEN = frozenset({State.WAITING.value, State.HELD.value})
_SAFE = frozenset({None, "retry_safe", "needs_mapping"})
_LOOK_FIRST = frozenset({*_SAFE, "look_first"})


@dataclass(frozen=True, kw_only=True)
class Selection:
    """`ids`: these alone. `words`: what a search for them finds; `email`: or what bears this keyed hash."""

    chosen: Chosen
    ids: tuple[UUID, ...] | None = None
    words: str | None = None
    email: bytes | None = None

    @property
    def open(self) -> Chosen:
        """What is done in bulk is done to what waits: a settled or left out record is somebody's decision, one by one."""
        states = [state for state in self.chosen.states if state in _OPEN]
        old = self.chosen
        return Chosen(
            connections=old.connections,
            kinds=old.kinds,
            states=states,
            code=old.code,
            since=old.since,
            until=old.until,
        )


@dataclass(frozen=True, kw_only=True)
class Done:
    """`count`: how many it was done to; `left`: how many of those looked at were left as they are."""

    count: int
    left: int


async def counted(core: Core, tenant: UUID, selection: Selection) -> list[Group]:
    if selection.ids is None and selection.words is None and selection.email is None:
        async with core.database.tenant(tenant) as tx:
            return await record_bulk.groups(tx, tenant=tenant, chosen=selection.open)
    ids = [row.id async for page in _pages(core, tenant, selection) for row in page]
    async with core.database.tenant(tenant) as tx:
        return await record_bulk.groups_of(tx, tenant=tenant, ids=ids, states=selection.open.states)


async def retry(core: Core, person: Person, selection: Selection, *, look_first: bool) -> Done:
    """Those that are safe to run again; `look_first`: and those that somebody should look at, who says they did."""
    wanted = _LOOK_FIRST if look_first else _SAFE
    count = left = 0
    shops: set[UUID] = set()
    async for page in _pages(core, person.tenant, selection):
        chosen = [row for row in page if (row.reason.verdict.value if row.reason else None) in wanted]
        left += len(page) - len(chosen)
        if chosen:
            async with core.database.tenant(person.tenant) as tx:
                ids = [row.id for row in chosen]
                count += await demand.ask(tx, tenant=person.tenant, records=ids)
            shops |= {row.shop for row in chosen}
    return await _told(core, person, selection, "retry", Done(count=count, left=left), shops)


async def skip(core: Core, person: Person, selection: Selection) -> Done:
    """Those for which nothing can be on its way to the other side."""
    count = left = 0
    shops: set[UUID] = set()
    async for page in _pages(core, person.tenant, selection):
        done = await skip_what_may_be(core, person, [row.id for row in page])
        count, left = count + len(done), left + len(page) - len(done)
        shops |= {row.shop for row in page}
    return await _told(core, person, selection, "skip", Done(count=count, left=left), shops)


async def _told(
    core: Core, person: Person, selection: Selection, action: str, done: Done, shops: set[UUID]
) -> Done:
    facts = {"count": str(done.count), "left": str(done.left), "code": selection.chosen.code or ""}
    async with core.database.tenant(person.tenant) as tx:
        await audited(
            tx,
            tenant=person.tenant,
            actor=person.actor,
            action=f"records.{action}",
            subject=",".join(map(str, selection.chosen.connections))[:2000],
            facts=facts,
        )
    for shop in sorted(shops):
        await core.queue.poke(person.tenant, shop)
    return done


async def _pages(core: Core, tenant: UUID, selection: Selection) -> AsyncIterator[Sequence[OrderRow]]:
    """The selection's open records, each once, `_MOST` at most; what is done to a page moves none of the next."""
    if selection.ids is not None:
        async with core.database.tenant(tenant) as tx:
            found = await record_search.some(tx, tenant=tenant, ids=selection.ids)
        yield [row for row in found.values() if row.state in _OPEN]
        return
    after, seen, most = None, 0, _MOST_FOUND if selection.words or selection.email else _MOST
    while seen < most:
        rows = await _page(core, tenant, selection, after)
        yield rows
        seen += len(rows)
        if len(rows) < _SLICE:
            return
        last = rows[-1]
        after = Place(value=last.matched or last.first_seen_at.isoformat(), id=last.id)


async def _page(core: Core, tenant: UUID, selection: Selection, after: Place | None) -> list[OrderRow]:
    chosen = selection.open
    async with core.database.tenant(tenant) as tx:
        if selection.email is not None:
            return await record_search.of_person(
                tx, tenant=tenant, chosen=chosen, email_hash=selection.email, after=after, most=_SLICE
            )
        if selection.words is not None:
            return await record_search.named(
                tx, tenant=tenant, chosen=chosen, words=selection.words, after=after, most=_SLICE
            )
        return await record_search.page(
            tx, tenant=tenant, chosen=chosen, newest_first=False, after=after, most=_SLICE
        )
