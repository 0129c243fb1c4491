"""The customers flow: one record per person, read on both sides, decided three ways, and written where the other has won."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, TypeVar

from app.domain.customer import Customer
from app.domain.customer_sync import (
    Agreed,
    Side,
    Write,
    content_digest,
    decide,
    in_step,
    moves,
    places_of,
    print_of,
    same,
)
from app.domain.ids import SinkKey, external_id
from app.domain.person import without, words_of_customers
from app.errors import Bug, Reason, Rejected, Retry, StockbridgeError, Verdict
from app.mapping.options import Policy
from app.models import effects, people, records
from app.models.database import Database
from app.models.effects import Effects, EffectState
from app.models.people import BORN_IN_HOST, Joined
from app.models.records import Claim, End, State
from app.ports import Customers, Flow, Missing, Shortens, StepKind, Wanted
from app.steps.points import reached
from app.sync import customer_words as words
from app.sync import owners, word, writes
from app.sync.customer_told import Told
from app.sync.journal import Journal
from app.sync.persons import Persons, names
from app.sync.sending import LeaseLost, NotYet, Sender, check, effect_key
from app.sync.sides import Sides

T = TypeVar("T")

_ROUNDS = 6
_MOST_STEPS = 12
"""Rounds of a run and steps of a round: a profile, a default address, and new addresses one by one."""


@dataclass(frozen=True, kw_only=True)
class _Pair:
    """Both sides' customers as last read, and what is remembered of them."""

    store: Customer | None
    host: Customer | None
    told: Told

    def of(self, side: Side) -> Customer | None:
        return self.store if side == "store" else self.host

    @property
    def both(self) -> tuple[Customer, Customer]:
        if self.store is None or self.host is None:
            raise Bug("customer.one_sided", "A customer that both sides should have is on one of them only.")
        return self.store, self.host


@dataclass(frozen=True, kw_only=True)
class CustomerCarrier:
    """Implements `Carries`. Which way a record goes is decided anew at every run."""

    database: Database
    sender: Sender
    persons: Persons
    now: Callable[[], datetime]
    to: Literal["host", "store"] = "host"

    async def run(self, claim: Claim, sides: Sides, journal: Journal) -> End:
        """See Engine.run."""
        await reached("customer", "leased")
        for side, power in (("store", sides.store.customers), ("host", sides.host.customers)):
            if isinstance(power, Missing):
                reason = Reason(code=f"{side}.no_customers", sentence=power.sentence, verdict=Verdict.NEVER)
                return journal.end(End(state=State.SKIPPED, reason=reason))
        pair = await self._read(claim, sides)
        basis = journal.basis = self._basis(claim, pair)
        if self._still_held(claim, basis):
            return journal.keep(claim, basis)
        ends = word.ends(claim, basis)
        if ends is not None:
            return journal.end(ends)
        if _vanished(claim, pair):
            return journal.end(replace(basis, state=State.SKIPPED, reason=words.gone()))
        try:
            return await self._kept(claim, sides, pair, basis, journal)
        except StockbridgeError as error:
            named = words_of_customers(pair.store, pair.host)
            error.say_without(lambda text: without(text, named))
            raise

    def _still_held(self, claim: Claim, basis: End) -> bool:
        """As in Carrier: a new event re-runs a held record once, and again only when its content has changed."""
        same_still = claim.content_hash == basis.content_hash
        anew = claim.asked or word.unheard(claim)
        return claim.before is State.HELD and same_still and claim.held_runs > 1 and not anew

    async def _kept(self, claim: Claim, sides: Sides, pair: _Pair, basis: End, journal: Journal) -> End:
        if claim.sink_key is not None and not _is_born_in_host(claim):
            return await self._linked(claim, sides, pair, basis, journal)
        known = self._names(pair)
        async with self.persons.held(claim, sides.to_host, sides.timing.lease_margin, known):
            return await self._met(claim, sides, pair, basis, journal)

    # --- reading -----------------------------------------------------------------------------------------------------

    async def _read(self, claim: Claim, sides: Sides) -> _Pair:
        born = _is_born_in_host(claim)
        store = None if born else await _power(sides, "store").get(claim.source_key)
        key = claim.sink_key or (claim.source_key.removeprefix(BORN_IN_HOST) if born else None)
        host = await _ask(sides, "host", lambda power: power.get(key)) if key else None
        if not born and store is None and self.now() - claim.first_seen_at < sides.timing.not_there_yet:
            raise Retry("customer.not_there_yet", "The store does not show this customer yet.")
        if store and claim.min_version and store.updated_at < claim.min_version:
            raise Retry("customer.stale_read", "The store still shows an older version of this customer.")
        await reached("customer", "read")
        return _Pair(store=store, host=host, told=Told.of(claim.told))

    def _names(self, pair: _Pair) -> tuple[str, ...]:
        known = {
            *names(
                email=pair.store.email if pair.store else None, store=pair.store.key if pair.store else None
            ),
            *names(email=pair.host.email if pair.host else None, host=pair.host.key if pair.host else None),
            *names(host=pair.store.other_key if pair.store else None),
        }
        return tuple(sorted(known))

    def _basis(self, claim: Claim, pair: _Pair) -> End:
        known = pair.store or pair.host
        email = known.email if known else None
        vault = self.persons.vault
        shown = [content_digest(side) for side in (pair.store, pair.host) if side]
        return End(
            state=State.SETTLED,
            reference=f"customer {claim.source_key}",
            read_version=pair.store.updated_at if pair.store else None,
            buyer_key=pair.store.key if pair.store else None,
            email_hash=vault.keyed_hash(email, tenant=claim.tenant) if email else None,
            content_hash=self.persons.print_of(claim, "|".join(shown)),
        )

    # --- meeting for the first time ----------------------------------------------------------------------------------

    async def _met(self, claim: Claim, sides: Sides, pair: _Pair, basis: End, journal: Journal) -> End:
        """Under the person's lease: whoever is there already is taken, else they are made."""
        side: Side = "host" if pair.store is not None else "store"
        mine = pair.store or pair.host
        assert mine is not None
        if side == "store" and claim.sink_key is None:
            return journal.end(
                _read_of(pair, replace(basis, state=State.SKIPPED, reason=words.same_person()))
            )
        found = await self._find(claim, sides, side, mine)
        if isinstance(found, Reason):
            return journal.end(replace(basis, state=State.HELD, reason=found))
        if found is not None:
            # Whoever else begins with the one we found waits for us, or we for them.
            both = names(**{side: found.key})
            await self.persons.take(claim, sides.to_host, sides.timing.lease_margin, both)
            if pair.told.to == side and found.other_key == mine.key:
                # One of our making, of which nobody saw the end.
                pair = await self._write(claim, sides, pair, Write(to=side, content=mine), journal)
                found = pair.of(side) or found
        else:
            reason = self._may_not_make(sides, side, mine)
            if reason is not None:
                return journal.end(_read_of(pair, replace(basis, state=State.SKIPPED, reason=reason)))
            pair = await self._write(claim, sides, pair, Write(to=side, content=mine), journal)
            found = pair.of(side)
            assert found is not None
        pair = replace(pair, store=pair.store or found, host=pair.host or found)
        stays = await self._join(claim, pair)
        if stays is not None:
            state = State.SKIPPED if stays.code == words.SAME else State.HELD
            return journal.end(replace(basis, state=state, reason=stays))
        return await self._linked(claim, sides, pair, self._basis(claim, pair), journal)

    async def _find(self, claim: Claim, sides: Sides, side: Side, mine: Customer) -> Customer | Reason | None:
        wanted = Wanted(our_key=mine.key, content=mine, round=0)
        if mine.other_key:
            there = await _ask(sides, side, lambda power: power.get(mine.other_key or ""))
            if there is not None:
                return there
        matches = await _ask(sides, side, lambda power: power.matching(wanted))
        await reached("customer", "looked_up")
        chosen = matches.ours or matches.by_email
        if len(chosen) > 1:
            return words.several(side, chosen)
        return chosen[0] if chosen else None

    def _may_not_make(self, sides: Sides, side: Side, mine: Customer) -> Reason | None:
        if _owner(sides) == side:
            return words.owned(side)
        if side == "store" and sides.connection.options.host_customers is not Policy.SEND:
            return words.only_in_erp()
        if side == "store" and not (mine.name or mine.email or mine.phone):
            return words.nameless()
        return None

    async def _join(self, claim: Claim, pair: _Pair) -> Reason | None:
        """Binds both keys to one record; a reason when this record is not the one."""
        store, host = pair.both
        async with self.database.tenant(claim.tenant) as tx:
            if not _is_born_in_host(claim):
                free = await people.name_host(tx, claim, host_key=host.key)
                return None if free else words.taken(host)
            joined = await people.name_store(tx, claim, store_key=store.key, host_key=host.key)
        match joined:
            case Joined.OURS:
                return None
            case Joined.GIVEN:
                return words.same_person()
            case Joined.TAKEN:
                return words.taken(host)

    # --- keeping in step ---------------------------------------------------------------------------------------------

    async def _linked(self, claim: Claim, sides: Sides, pair: _Pair, basis: End, journal: Journal) -> End:
        """Decides and writes until both sides agree; what was agreed on is remembered with the end."""
        prints = self._print(claim)
        for _ in range(_ROUNDS):
            decision = await self._decide(claim, sides, pair)
            await reached("customer", "mapped")
            if isinstance(decision, Agreed):
                agreed = in_step(*pair.both, prints, known=pair.told.places)
                if agreed == pair.told.synced:
                    break
                pair = replace(pair, told=pair.told.over(agreed))
                continue
            if decision.differs:
                journal.more([words.conflict(decision)])
            pair = await self._write(claim, sides, pair, decision, journal)
            if decision.rest is not None:
                back = Write(to="host", content=decision.rest)
                pair = await self._write(claim, sides, pair, back, journal)
        store, host = pair.both
        await self._remember(claim, store)
        return journal.end(
            replace(
                self._basis(claim, pair),
                told=replace(pair.told, host_at=host.updated_at).stored(),
                sink_key=SinkKey(host.key),
                sink_number=host.number,
            )
        )

    async def _decide(self, claim: Claim, sides: Sides, pair: _Pair) -> Agreed | Write:
        """The ERP's clock is asked for only where two times must be compared."""
        prints, offset, synced, (store, host) = self._print(claim), timedelta(0), pair.told.synced, pair.both
        if all(moves(store, host, synced, prints)) and not same(store, host):
            offset = (await sides.ask(sides.host.check)).clock_offset
        begun, owner, there = pair.told.begun, _owner(sides), sides.host.customers
        keeps = there.as_kept if isinstance(there, Shortens) else None
        return decide(
            store, host, synced, offset=offset, prints=prints, owner=owner, begun=begun, keeps=keeps
        )

    async def _remember(self, claim: Claim, store: Customer) -> None:
        """An event that shows what both sides agree on, our own write's echo say, raises nothing."""
        fingerprint = self.persons.vault.keyed_hash(content_digest(store), tenant=claim.tenant)
        async with self.database.tenant(claim.tenant) as tx:
            await people.remember(tx, claim, fingerprint=fingerprint)

    async def _write(self, claim: Claim, sides: Sides, pair: _Pair, write: Write, journal: Journal) -> _Pair:
        """One round: frozen, sent step by step, and read back."""
        writes.check(sides.connection, write.to)
        prints = self._print(claim)
        journal.to = write.to
        told = pair.told.onward(write.to, print_of(write.content, prints))
        await self._freeze(claim, sides, told)
        before = pair.of(write.to)
        source = pair.store if write.to == "host" else pair.host
        there = await self._put(
            claim,
            sides,
            write,
            source.key if source else "",
            told.round,
            journal,
            key=before.key if before else None,
        )
        otherwise = words.kept_otherwise(write, there)
        journal.more([otherwise] if otherwise else [])
        store = there if write.to == "store" else pair.store
        host = there if write.to == "host" else pair.host
        if store is None or host is None:
            return _Pair(store=store, host=host, told=told)
        # Addresses that went over, however they are kept there, are nobody's news any more.
        had = places_of(before, prints).keys() if before else frozenset[str]()
        went = places_of(write.content, prints).keys() | (places_of(there, prints).keys() - had)
        synced = in_step(store, host, prints, known=pair.told.places | went)
        return _Pair(store=store, host=host, told=told.over(synced))

    async def _put(
        self, claim: Claim, sides: Sides, write: Write, our_key: str, round: int, journal: Journal, *, key: str | None
    ) -> Customer:  # fmt: skip
        """Looks, does the next missing step, looks again, until nothing is missing (rules 1, 10)."""
        power, way = _power(sides, write.to), sides.to_host if write.to == "host" else sides.to_store
        wanted = Wanted(our_key=our_key, content=write.content, round=round)
        there: Customer | None = None
        for _ in range(_MOST_STEPS):
            async with self.database.tenant(claim.tenant) as tx:
                known = await effects.of_record(tx, claim)
            if key is not None:
                there = await _ask(sides, write.to, partial(_got, key))
            else:
                matches = await _ask(sides, write.to, lambda side: side.matching(wanted))
                there = next(iter(matches.ours or matches.by_email), None)
            await reached("customer", "looked_up")
            done = [k.partition("/")[2] for k, e in known.by_key.items() if e.state is EffectState.DONE]
            step = power.next_step(wanted, there, [each for each in done if each != "create"])
            if step is None:
                if there is None:
                    raise Rejected("customer.deleted", "The customer was deleted while it was written.")
                return there
            effect = effect_key(claim, step)
            check(known, effect, step, way, looked_at=known.now, asked=claim.asked)
            _after_what_is_under_way(known, wanted.round)
            await reached("customer", "planned")
            journal.sending(step)
            evidence, _ = await self.sender.send(claim, sides, way, power, step)
            journal.sent(step, evidence)
            journal.host_answers = journal.host_answers or way.host
            await reached("customer", "done")
            if step.kind is StepKind.CREATE and evidence.sink_key:
                key = evidence.sink_key
        raise Rejected("document.never_done", "The customer asks for one more step again and again.")

    async def _freeze(self, claim: Claim, sides: Sides, told: Told) -> None:
        async with self.database.tenant(claim.tenant) as tx:
            mine = await records.freeze(
                tx,
                claim,
                told=told.stored(),
                reference=f"customer {claim.source_key}",
                external_id=external_id(kind="customer", store=sides.connection.domain, key=claim.source_key),
                mapping=sides.connection.tables.number,
            )
        if not mine:
            raise LeaseLost

    def _print(self, claim: Claim) -> Callable[[str], str]:
        return lambda text: self.persons.print_of(claim, text).hex()


def _power(sides: Sides, side: Side) -> Customers:
    power = sides.store.customers if side == "store" else sides.host.customers
    if isinstance(power, Missing):
        raise Rejected(f"{side}.no_customers", power.sentence, verdict=Verdict.NEVER)
    return power


async def _got(key: str, side: Customers) -> Customer | None:
    return await side.get(key)


async def _ask(sides: Sides, side: Side, call: Callable[[Customers], Awaitable[T]]) -> T:
    power = _power(sides, side)
    return await (call(power) if side == "store" else sides.ask(lambda: call(power)))


def _owner(sides: Sides) -> Side | None:
    owner = sides.connection.owners.get(Flow.CUSTOMERS.value, owners.DEFAULTS[Flow.CUSTOMERS.value])
    return "store" if owner == "store" else "host" if owner == "host" else None


def _is_born_in_host(claim: Claim) -> bool:
    return claim.source_key.startswith(BORN_IN_HOST)


def _vanished(claim: Claim, pair: _Pair) -> bool:
    """Deleted on a side that had it; nothing is ever deleted on the other."""
    if _is_born_in_host(claim):
        return pair.host is None
    return pair.store is None or (claim.sink_key is not None and pair.host is None)


def _read_of(pair: _Pair, end: End) -> End:
    """With the ERP's version that was read: as long as it lists no newer one, nothing of it is read again."""
    read = pair.host and replace(pair.told, host_at=pair.host.updated_at)
    return replace(end, told=read.stored()) if read else end


def _after_what_is_under_way(known: Effects, round: int) -> None:
    """An older wish that may still come true would come over this one (rule 1)."""
    for key, effect in known.by_key.items():
        open_ = effect.state in {EffectState.SENT, EffectState.UNCLEAR}
        older = key.partition("/")[2].split(":")[1:2] not in ([], [str(round)])
        if open_ and older and effect.settle_at is not None and effect.settle_at > known.now:
            raise NotYet(until=effect.settle_at)
