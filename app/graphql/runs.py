"""Runs as people see them: a plan while it waits, its progress while it goes, its result when it is over."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from uuid import UUID

import strawberry

from app.domain.inventory import LevelKey
from app.domain.stock_plan import LineState, PlanLine, RunView
from app.graphql.caller import Scope
from app.graphql.codes import Code, code_of
from app.graphql.connections import NONE_KNOWN, Connection, NamedValue, among, joined_by
from app.graphql.context import Info, Needs
from app.graphql.hosts import FlowKind
from app.graphql.ids import Kind, gid, uuid_of
from app.graphql.loaders import Inner
from app.graphql.paging import PageInfo, asked, cursor, cut, moment, opened
from app.graphql.price_lines import PricePlanLineConnection, price_page
from app.models import run_lists


@strawberry.enum(description="Where a run is.")
class RunState(Enum):
    PLANNED = strawberry.enum_value("planned", description="Its plan is being made, or waits for a person.")
    RUNNING = strawberry.enum_value("running", description="It is writing.")
    DONE = strawberry.enum_value("done", description="It came to its end.")
    STOPPED = strawberry.enum_value("stopped", description="It was given up, by a person or for a newer one.")
    FAILED = strawberry.enum_value("failed", description="It could not go on.")


@strawberry.enum(description="How a list of runs is sorted.")
class RunSort(Enum):
    NEWEST = strawberry.enum_value("newest", description="Those that began last come first.")
    OLDEST = strawberry.enum_value("oldest", description="Those that began first come first.")


@strawberry.enum(description="Why a plan waits for a person.")
class RunConcern(Enum):
    FIRST = strawberry.enum_value("first", description="It is the connection's first.")
    NOTHING_READ = strawberry.enum_value("nothing_read", description="The ERP answered with nothing at all.")
    FEWER_ROWS = strawberry.enum_value(
        "fewer_rows", description="The ERP answered with far fewer items than before."
    )
    ZEROED = strawberry.enum_value("zeroed", description="It would set unusually many levels to zero.")
    CHANGED = strawberry.enum_value("changed", description="It would change unusually many levels.")
    BEFORE_GO_LIVE = strawberry.enum_value(
        "before_go_live", description="It would send orders that are older than the go-live."
    )
    ASKED = strawberry.enum_value("asked", description="Whoever began it wants to see the count first.")


@strawberry.enum(description="What became of one level of a plan.")
class PlanLineState(Enum):
    PLANNED = strawberry.enum_value("planned", description="It is to be written.")
    SENT = strawberry.enum_value("sent", description="It was sent; the answer is not there yet.")
    DONE = strawberry.enum_value("done", description="It was written.")
    STALE = strawberry.enum_value(
        "stale", description="The shop showed another quantity meanwhile; it is decided anew."
    )
    HELD = strawberry.enum_value("held", description="It waits for a person.")
    DEFERRED = strawberry.enum_value(
        "deferred", description="An increase that waits until orders move again."
    )


@strawberry.type(description="What a plan would do, in numbers of levels.")
class RunCounts:
    levels: int = strawberry.field(description="All that were looked at.")
    changed: int = strawberry.field(description="Those to be written.")
    raised: int = strawberry.field(description="Of these, those that go up.")
    lowered: int = strawberry.field(description="Of these, those that go down.")
    zeroed: int = strawberry.field(description="Of these, those that become zero.")
    unchanged: int = strawberry.field(description="Those that are right already.")
    unknown: int = strawberry.field(description="Those the ERP said nothing of: they stay as they are.")
    unstocked: int = strawberry.field(description="Those the shop does not keep at the location.")
    deferred: int = strawberry.field(description="Increases that wait until orders move again.")
    on_sale: int = strawberry.field(description="Prices of variants on sale, which stay.")
    kept: int = strawberry.field(description="Prices that a person set in the shop, which stay.")
    asks: int = strawberry.field(description="Prices that wait for a person one by one.")
    rows_read: int = strawberry.field(description="What the ERP answered, in rows.")


@strawberry.type(description="How far a run is, in levels, and what it costs.")
class Progress:
    total: int = strawberry.field(description="Levels to be written.")
    done: int = strawberry.field(description="Levels written.")
    held: int = strawberry.field(description="Levels that wait for a person.")
    stale: int = strawberry.field(description="Levels that are decided anew.")
    calls: int = strawberry.field(description="Calls made so far.")
    calls_planned: int = strawberry.field(description="Calls the plan takes.")
    points: int = strawberry.field(description="Points of the shop's limit spent so far.")
    points_planned: int = strawberry.field(description="Points the plan takes.")
    seconds_left: float = strawberry.field(description="About how long the rest takes.")


@strawberry.type(description="One level of a plan.")
class StockPlanLine:
    sku: str = strawberry.field(description="Its SKU.")
    item_key: str = strawberry.field(description="What the shop knows the item by.")
    location_key: str = strawberry.field(description="What the shop knows the location by.")
    old: int | None = strawberry.field(description="What the shop shows; null: nobody knows.")
    new: int = strawberry.field(description="What it is to show.")
    state: PlanLineState = strawberry.field(description="What became of it.")
    code: str | None = strawberry.field(description="Why it is held: a stable code.")
    sentence: str | None = strawberry.field(description="Why it is held, in words.")

    @classmethod
    def of(cls, line: PlanLine) -> StockPlanLine:
        return cls(
            sku=line.sku,
            item_key=line.key.item,
            location_key=line.key.location,
            old=line.old,
            new=line.new,
            state=PlanLineState(line.state.value),
            code=line.code,
            sentence=line.sentence,
        )


@strawberry.type(description="A level in a plan.")
class StockPlanLineEdge:
    cursor: str = strawberry.field(description="Where it stands.")
    node: StockPlanLine = strawberry.field(description="The level.")


@strawberry.type(description="A page of a plan.")
class StockPlanLineConnection:
    edges: list[StockPlanLineEdge] = strawberry.field(description="The levels with their cursors.")
    nodes: list[StockPlanLine] = strawberry.field(description="The levels.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")


@strawberry.enum(description="What a run is.")
class RunKind(Enum):
    TURN = strawberry.enum_value(
        "turn", description="A turn of the flow, by the clock or by a person's word."
    )
    REPLAY = strawberry.enum_value("replay", description="Stored events, once more.")
    BACKFILL = strawberry.enum_value("backfill", description="Orders of a range of time.")
    WHAT_IF = strawberry.enum_value(
        "what_if", description="What would become of the last orders under another mapping."
    )


@strawberry.type(description="One number that a run counted.")
class RunTally:
    name: str = strawberry.field(description="What was counted.")
    count: int = strawberry.field(description="How many.")


@strawberry.type(description="One execution of a flow.")
class Run:
    id: strawberry.ID = strawberry.field(description="The run's global id.")
    flow: FlowKind = strawberry.field(description="The kind of data.")
    state: RunState = strawberry.field(description="Where it is.")
    started_by: str = strawberry.field(description="Who or what started it.")
    started_at: datetime = strawberry.field(description="When it began.")
    ended_at: datetime | None = strawberry.field(description="When it ended.")
    counts: RunCounts = strawberry.field(description="What its plan would do.")
    concerns: list[RunConcern] = strawberry.field(
        description="Why it waits for a person; empty when it need not."
    )
    needs_approval: bool = strawberry.field(description="Whether it goes on only after `stockPlanApprove`.")
    approved_by: str | None = strawberry.field(description="Who approved it.")
    progress: Progress = strawberry.field(description="How far it is, and what it costs.")
    code: str | None = strawberry.field(description="Why it failed or stopped: a stable code.")
    sentence: str | None = strawberry.field(description="Why it failed or stopped, in words.")
    kind: RunKind = strawberry.field(description="A turn of the flow, or what a person asked for once.")
    tallies: list[RunTally] = strawberry.field(
        description="What it counted, by name; empty for plans, which have `counts`."
    )
    request: list[NamedValue] = strawberry.field(description="What a replay or a back-fill was asked for.")
    checkpoint: str | None = strawberry.field(
        description="How far a replay or a back-fill has read: where another worker would go on."
    )
    view: strawberry.Private[RunView]

    @strawberry.field(description="The connection it belongs to.")
    def connection(self, info: Info) -> Connection:
        return joined_by(info, self.view.connection, NONE_KNOWN)

    @strawberry.field(description="The code explained.")
    def explanation(self) -> Code | None:
        return code_of(self.code) if self.code else None

    @strawberry.field(description="The plan, level by level: old quantity, new quantity, what became of it.")
    async def lines(
        self, info: Info, first: int = 50, after: str | None = None, state: PlanLineState | None = None
    ) -> StockPlanLineConnection:
        rows = await info.context.loaders.stock_lines.load(self._inner(first, opened(after, 2), state)) or []
        shown, more = cut(rows, first)
        edges = [StockPlanLineEdge(cursor=_mark(row.key), node=StockPlanLine.of(row)) for row in shown]
        return StockPlanLineConnection(
            edges=edges,
            nodes=[edge.node for edge in edges],
            page_info=PageInfo(has_next_page=more, end_cursor=edges[-1].cursor if edges else None),
        )

    @strawberry.field(
        description="The plan of a run of prices: the shop's price, the ERP's, and what became of it."
    )
    async def price_lines(
        self, info: Info, first: int = 50, after: str | None = None, state: PlanLineState | None = None
    ) -> PricePlanLineConnection:
        rows = await info.context.loaders.price_lines.load(self._inner(first, opened(after, 3), state))
        return price_page(rows or [], first)

    def _inner(self, first: int, after: tuple[str, ...] | None, state: PlanLineState | None) -> Inner:
        chosen = LineState(str(state.value)) if state else None
        return Inner(of=self.view.id, after=after, most=asked(first) + 1, state=chosen)

    @classmethod
    def of(cls, view: RunView) -> Run:
        counts = {name: getattr(view.counts, name) for name in RunCounts.__annotations__}
        return cls(
            id=gid(Kind.RUN, view.id),
            flow=FlowKind(view.flow),
            state=RunState(view.state.value),
            started_by=view.started_by,
            started_at=view.started_at,
            ended_at=view.ended_at,
            counts=RunCounts(**counts),
            concerns=[RunConcern(each.value) for each in view.concerns],
            needs_approval=view.needs_approval,
            approved_by=view.approved_by,
            progress=_progress(view),
            code=view.code,
            sentence=view.sentence,
            kind=RunKind(view.kind),
            tallies=[RunTally(name=name, count=count) for name, count in sorted(view.tallies.items())],
            request=[NamedValue(name=name, value=value) for name, value in sorted(view.request.items())],
            checkpoint=view.checkpoint,
            view=view,
        )


@strawberry.type(description="A run in a list.")
class RunEdge:
    cursor: str = strawberry.field(description="Where it stands in the list.")
    node: Run = strawberry.field(description="The run.")


@strawberry.type(description="A page of runs.")
class RunConnection:
    edges: list[RunEdge] = strawberry.field(description="The runs with their cursors.")
    nodes: list[Run] = strawberry.field(description="The runs.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")


@strawberry.type
class RunQuery:
    @strawberry.field(
        description="Runs by page; with `quiet` those that found nothing to do as well.",
        extensions=[Needs(Scope.READ_STATUS)],
    )
    async def runs(
        self,
        info: Info,
        first: int = 25,
        after: str | None = None,
        connection: strawberry.ID | None = None,
        flow: FlowKind | None = None,
        quiet: bool = False,
        states: list[RunState] | None = None,
        sort: RunSort = RunSort.NEWEST,
    ) -> RunConnection:
        context, place = info.context, opened(after, 2)
        chosen = await among(info, connection)
        async with context.core.database.tenant(context.tenant) as tx:
            rows = await run_lists.page(
                tx,
                tenant=context.tenant,
                connections=list(chosen),
                flow=str(flow.value) if flow else None,
                after=moment(place),
                most=asked(first) + 1,
                quiet=quiet,
                states=None if states is None else [str(each.value) for each in states],
                newest_first=sort is RunSort.NEWEST,
            )
        shown, more = cut(rows, first)
        edges = [
            RunEdge(cursor=cursor(row.started_at.isoformat(), str(row.id)), node=Run.of(row)) for row in shown
        ]
        return RunConnection(
            edges=edges,
            nodes=[edge.node for edge in edges],
            page_info=PageInfo(has_next_page=more, end_cursor=edges[-1].cursor if edges else None),
        )

    @strawberry.field(description="One run.", extensions=[Needs(Scope.READ_STATUS)])
    async def run(self, info: Info, id: strawberry.ID) -> Run | None:
        return await run_shown(info, uuid_of(Kind.RUN, id))


async def run_shown(info: Info, id: UUID | None) -> Run | None:
    """A run as it is now."""
    if id is None:
        return None
    context = info.context
    async with context.core.database.tenant(context.tenant) as tx:
        found = await run_lists.some(tx, tenant=context.tenant, ids=[id])
    return Run.of(found[id]) if id in found else None


def _mark(key: LevelKey) -> str:
    return cursor(key.location, key.item)


def _progress(view: RunView) -> Progress:
    """Of replays and back-fills it is records that are counted, where levels are of plans."""
    done = sum(view.tallies.get(state, 0) for state in ("settled", "skipped", "cancelled"))
    return Progress(
        total=view.tallies.get("raised", 0) if view.tallies else view.counts.changed,
        done=done if view.tallies else view.done,
        held=view.tallies.get("held", 0) if view.tallies else view.held,
        stale=view.stale,
        calls=view.calls_made,
        calls_planned=view.counts.calls,
        points=view.points_spent,
        points_planned=view.counts.points,
        seconds_left=view.seconds,
    )
