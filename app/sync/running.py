"""Runs what is due: claims records a few at a time, keeps their leases while they run, and ends each on its own."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from app.errors import (
    AccessLost,
    Misconfigured,
    Reason,
    Retry,
    StockbridgeError,
    Throttled,
    Unclear,
)
from app.logs import get
from app.models import connections, demand_lines, kin, records, timeline
from app.models.database import AWAY, Database, Tx
from app.models.records import Claim, End, State
from app.settings import Timing
from app.steps.points import RecordKind, reached
from app.sync import lacking
from app.sync.engine import Engine
from app.sync.flow import CHILDREN, asleep
from app.sync.journal import Journal
from app.sync.marking import mark_of
from app.sync.retries import RetryPolicy
from app.sync.sending import LeaseLost, NotYet
from app.sync.sides import Sides
from app.sync.writes import NO_WRITES, WritesOff

LATE = 2
"""Slices after which a run begins no further step. What is claimed last may use as much again: cut short, it is looked up

once more in its ERP.
"""
_AHEAD = 2
"""Runs under way for each call that the ERP bears: with fewer it waits for us."""
_PATIENT: frozenset[RecordKind] = frozenset({"product"})
_HANGING = frozenset(child.kind for children in CHILDREN.values() for child in children)
_ITS_SECOND = timedelta(seconds=2)
"""A version is a whole second: what is read before that one is over, and clocks differ, may be changed once more in it."""
_BREAKER_MOST = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Running:
    """`slots` are this process's; one shop never takes more than a quarter of them (rule 31), nor twice what its ERPs bear

    at a time: a run is with its store and our tables for a part of its time, in which another one takes its turn at the ERP;
    whoever waits there for longer has read its order in vain. What is read many at a time (`_PATIENT`) waits for no turn
    there and has the rest of the quarter.
    """

    database: Database
    engine: Engine
    timing: Timing
    worker: str
    slots: int
    now: Callable[[], datetime]
    luck: random.Random
    counted: Callable[[str, str], None] = field(default=lambda flow, outcome: None)

    async def work(
        self, tenant: UUID, shop: UUID, opened: Mapping[UUID, Sides], over: Callable[[], bool]
    ) -> bool:
        """Claims and runs until nothing is due or the slice is `over`; True when more may be due.

        Cancelled, it cancels its runs and waits until each has given back what nothing was sent for.
        """
        bearable = sum(sides.spec.concurrency for sides in opened.values())
        share = max(1, self.slots // 4)
        most = min(share, max(1, bearable * _AHEAD))
        lease = max(sides.deadline for sides in opened.values()) + self.timing.lease_margin
        running: dict[asyncio.Task[None], Claim] = {}
        ends = time.monotonic() + self.timing.slice_most.total_seconds() * LATE
        more = True
        async with self._kept(tenant, running, lease):
            try:
                while (more and not over()) or running:
                    busy = sum(claim.kind not in _PATIENT for claim in running.values())
                    if more and not over() and busy <= most - max(1, most // 4):
                        room = share - len(running)
                        claims = await self._claim(tenant, shop, opened, lease, most - busy, room)
                        more = bool(claims) or room < 1
                        for claim in claims:
                            sides = opened[claim.connection]
                            sides = sides.low if claim.low else sides
                            run = self._run(claim, sides, lambda: time.monotonic() > ends)
                            running[asyncio.create_task(run)] = claim
                    if running:
                        await _one_ended(running)
            finally:
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, return_exceptions=True)
        return more

    async def pause(self, tenant: UUID, connection: UUID, reason: Reason) -> None:
        """Stops a connection with a banner; nothing is marked failed."""
        async with self.database.tenant(tenant) as tx:
            if await connections.pause(tx, tenant=tenant, connection=connection, reason=reason):
                await timeline.note(
                    tx,
                    tenant=tenant,
                    connection=connection,
                    record=None,
                    kind="paused",
                    sentence=reason.sentence,
                    code=reason.code,
                )

    async def _claim(
        self, tenant: UUID, shop: UUID, opened: Mapping[UUID, Sides], lease: timedelta, most: int, room: int
    ) -> list[Claim]:
        """Fills the `room`: first up to `most` of what the ERP works on one by one, then the patient kinds."""
        claims: list[Claim] = []
        async with self.database.tenant(tenant) as tx:
            for kinds, bound in zip(self._by_urgency(), (most, room), strict=True):
                claims += await records.claim(
                    tx,
                    tenant=tenant,
                    shop=shop,
                    worker=self.worker,
                    lease=lease,
                    most=min(bound, room - len(claims)),
                    kinds=kinds,
                )
            await records.give_back(tx, [c for c in claims if c.connection not in opened])
        return [c for c in claims if c.connection in opened]

    def _by_urgency(self) -> tuple[list[RecordKind], list[RecordKind]]:
        """A catalogue of thousands that is due at once has the slots that nothing else is waiting for."""
        kinds = set(self.engine.carriers)
        return sorted(kinds - _PATIENT), sorted(kinds & _PATIENT)

    @contextlib.asynccontextmanager
    async def _kept(
        self, tenant: UUID, running: Mapping[asyncio.Task[None], Claim], lease: timedelta
    ) -> AsyncIterator[None]:
        """Extends the leases of what runs, up to `lease_most`: a run that hangs longer loses its record to an heir."""

        async def keep() -> None:
            while True:
                await asyncio.sleep(lease.total_seconds() / 3)
                # A database that is away loses leases and nothing else: the next round tries again.
                with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    async with self.database.tenant(tenant) as tx:
                        await records.extend(
                            tx,
                            tenant=tenant,
                            claims=list(running.values()),
                            lease=lease,
                            most=self.timing.lease_most,
                        )

        keeper = asyncio.create_task(keep())
        try:
            yield
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)

    async def _run(self, claim: Claim, sides: Sides, late: Callable[[], bool]) -> None:
        """One record's failure stays its own. A cancellation gives back only what nothing was sent for."""
        hangs = claim.kind in _HANGING
        to, trust = self.engine.to(claim.kind), self.timing.stock_trust
        journal = Journal(what=claim.kind, to=to, trust=trust, late=late, hangs=hangs)
        began = self.now()
        try:
            end = await self.engine.run(claim, sides, journal)
        except LeaseLost:
            return
        except WritesOff as off:
            journal.unsent()
            end = journal.end(replace(journal.basis, state=off.state, reason=off.reason))
        except NotYet as wait:
            end = replace(journal.basis, state=State.WAITING, again_at=wait.until, failed=True)
        except asyncio.CancelledError:
            await asyncio.shield(self._give_back(claim))
            raise
        except StockbridgeError as error:
            end = await self._after(error, claim, sides, journal)
        except AWAY:
            raise  # the slice ends here; once the lease has run out an heir goes on from what is committed
        except Exception as error:  # noqa: BLE001  our own fault stays with its record
            get("drain").exception("record.bug", record=str(claim.record), error=type(error).__name__)
            end = journal.end(replace(journal.basis, state=State.HELD, reason=_bug(claim), failed=True))
        if end.read_version is not None:
            end = replace(end, read_soon=began < end.read_version + _ITS_SECOND)
        await self._finish(claim, end, journal, sides)

    async def _finish(self, claim: Claim, end: End, journal: Journal, sides: Sides) -> None:
        marked = claim.kind == "order" and not sides.connection.practice
        mark = mark_of(end, claim) if marked else None
        end = replace(end, mark=mark, mark_at=self.now() + self.timing.mark_linger if mark else None)
        end = lacking.named(end, sides.connection.tables)
        async with self.database.tenant(claim.tenant) as tx:
            mine = await records.finish(tx, claim, await self._woken(tx, claim, end))
            if journal.host_answers:
                await connections.worked(tx, tenant=claim.tenant, connection=claim.connection)
            elif claim.probe and not journal.host_failed:
                await connections.unprobed(tx, tenant=claim.tenant, connection=claim.connection)
            if mine:
                await lacking.keep(tx, claim, end, journal.reasons(), sides.connection.tables)
                # Records before levels, as everywhere: the other way round two runs would wait for each other.
                await self._raise_children(tx, claim, journal, sides)
                takers = await kin.locked(tx, claim, kind="refund", keys=list(journal.given))
                await journal.write(tx, claim, takers)
                if end.told is not None:
                    await demand_lines.grew(tx, claim, end.told)
        if mine:
            await reached(claim.kind, "settled")
            self.counted(f"{claim.kind}s", end.state.value)

    async def _woken(self, tx: Tx, claim: Claim, end: End) -> End:
        """Whoever waits for the switch is woken by it; one that was thrown while this ran has woken nobody."""
        if end.state is not State.WAITING or end.reason != NO_WRITES:
            return end
        off, _ = await connections.switched_off(tx, tenant=claim.tenant, connection=claim.connection)
        return end if off else replace(end, again_at=self.now())

    async def _raise_children(self, tx: Tx, claim: Claim, journal: Journal, sides: Sides) -> None:
        """In the commit that links a record, what waits for it becomes due (rule 9)."""
        for child in CHILDREN.get(claim.kind, ()):
            named = journal.children.get(child.kind)
            if named and not asleep(child, sides.connection.owners):
                await kin.raise_children(tx, claim, kind=child.kind, named=named)

    async def _give_back(self, claim: Claim) -> None:
        async with self.database.tenant(claim.tenant) as tx:
            await records.give_back(tx, [claim])
            if claim.probe:
                await connections.unprobed(tx, tenant=claim.tenant, connection=claim.connection)

    async def _after(self, error: StockbridgeError, claim: Claim, sides: Sides, journal: Journal) -> End:
        """What happens next, by the kind of error; the policy is a value."""
        if not isinstance(
            error, AccessLost
        ):  # Nobody is let in: that is the connection's, and nothing here has failed.
            journal.failed(error)
        moved = any(line.kind == "sent" for line in journal.lines)
        basis = replace(journal.basis, reason=error.reason, progressed=moved)
        policy = RetryPolicy.of(self.timing)
        now = self.now()
        wait = policy.wait(claim.attempts, luck=self.luck.random())
        match error:
            case Throttled(after=after):
                if not moved:  # it was as if nothing had been tried
                    journal.lines.clear()
                return replace(basis, state=State.WAITING, again_at=now + (after or timedelta(seconds=1)))
            case Retry() | Unclear():
                if error.at_host:
                    journal.host_answers, journal.host_failed = False, True
                    await self._breaker(sides, probe=claim.probe)
                if not moved and policy.is_over(claim.failing_since, now, failures=claim.attempts):
                    return journal.end(replace(basis, state=State.HELD, failed=True))
                after = error.after if isinstance(error, Retry) and error.after else timedelta(0)
                return replace(basis, state=State.WAITING, failed=True, again_at=now + max(after, wait))
            case AccessLost() | Misconfigured():
                await self.pause(claim.tenant, claim.connection, error.reason)
                return replace(basis, state=State.WAITING, again_at=now + self.timing.retry_first)
            case _:
                return journal.end(replace(basis, state=State.HELD, failed=True))

    async def _breaker(self, sides: Sides, *, probe: bool) -> None:
        connection = sides.connection
        async with self.database.tenant(connection.tenant) as tx:
            await connections.failed(
                tx,
                tenant=connection.tenant,
                connection=connection.id,
                probe=probe,
                open_for=self.timing.breaker_open,
                most=max(_BREAKER_MOST, self.timing.breaker_open),
            )


def _bug(claim: Claim) -> Reason:
    return Reason(
        code="bug.unexpected",
        sentence="Something went wrong on our side; support can find it by this record's id.",
        facts={"record": str(claim.record)},
    )


async def _one_ended(running: dict[asyncio.Task[None], Claim]) -> None:
    """Waits until one run has ended; what it raised, a lost database say, is raised here."""
    ended, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    for task in ended:
        del running[task]
    for task in ended:
        task.result()
