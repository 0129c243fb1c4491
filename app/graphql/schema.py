"""The roots of the schema, put together from one file per domain, and the limits that hold for every request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import strawberry
from strawberry.extensions import DisableIntrospection, MaxTokensLimiter, SchemaExtension
from strawberry.schema.config import StrawberryConfig

from app.graphql.again import AgainMutation
from app.graphql.alert_changes import AlertMutation
from app.graphql.alerts import AlertQuery
from app.graphql.answers import Masked
from app.graphql.audit import AuditQuery
from app.graphql.buyers import BuyerQuery
from app.graphql.cadences import CadenceQuery
from app.graphql.changes import ChangeQuery, ChangeSubscription
from app.graphql.codes import CodeQuery
from app.graphql.connection_changes import ConnectionMutation
from app.graphql.connection_form import ConnectionFormQuery
from app.graphql.connections import ConnectionQuery
from app.graphql.context import Once
from app.graphql.documents import Known
from app.graphql.flow_table import FlowTableMutation, FlowTableQuery
from app.graphql.going_live import GoLiveMutation, GoLiveQuery
from app.graphql.help import HelpQuery
from app.graphql.hosts import HostQuery
from app.graphql.instants import DATE_TIME
from app.graphql.limits import TOKENS, Costed
from app.graphql.mapping_changes import MappingMutation
from app.graphql.mapping_diffs import MappingDiffQuery
from app.graphql.mapping_previews import MappingPreviewQuery
from app.graphql.mapping_rules import MappingRuleQuery
from app.graphql.mapping_tables import MappingTableQuery
from app.graphql.mapping_values import MappingValueQuery
from app.graphql.mappings import MappingQuery
from app.graphql.order_changes import OrderMutation
from app.graphql.orders import OrderQuery
from app.graphql.overview import OverviewQuery
from app.graphql.practice import PracticeMutation, PracticeQuery
from app.graphql.prices import PriceMutation, PriceQuery
from app.graphql.privacy import PrivacyQuery
from app.graphql.problem_changes import ProblemSubscription
from app.graphql.products import ProductQuery
from app.graphql.rate_sources import RateSourceMutation, RateSourceQuery
from app.graphql.rates import RateMutation, RateQuery
from app.graphql.readings import Read, Readings
from app.graphql.reconciled_days import ReconciledDayQuery
from app.graphql.reconciliations import ReconciliationMutation, ReconciliationQuery
from app.graphql.record_bulk import RecordBulkMutation, RecordBulkQuery
from app.graphql.record_changes import RecordMutation
from app.graphql.record_search import RecordSearchQuery
from app.graphql.records import RecordQuery
from app.graphql.request_keys import Keyed
from app.graphql.resolved import ResolvedQuery
from app.graphql.roles import RoleQuery
from app.graphql.run_changes import RunMutation
from app.graphql.run_progress import RunSubscription
from app.graphql.runs import RunQuery
from app.graphql.setup import SetupQuery
from app.graphql.setup_changes import SetupMutation
from app.graphql.shop import ShopQuery
from app.graphql.shop_joining import ShopJoiningMutation
from app.graphql.stock import StockQuery
from app.graphql.stock_settings import StockSettingsMutation, StockSettingsQuery
from app.graphql.streams import guarded
from app.graphql.table_feeds import TableFeedMutation, TableFeedQuery
from app.graphql.table_files import TableFileMutation, TableFileQuery
from app.graphql.team import TeamMutation, TeamQuery
from app.graphql.texts import Readable
from app.graphql.tokens import ApiTokenMutation, ApiTokenQuery
from app.graphql.unmapped import UnmappedMutation, UnmappedQuery
from app.graphql.what_if import WhatIfMutation, WhatIfQuery


@strawberry.type(description="What can be read. Everything is the caller's own organisation's.")
class Query(
    ShopQuery,
    HostQuery,
    ConnectionQuery,
    ConnectionFormQuery,
    GoLiveQuery,
    SetupQuery,
    PracticeQuery,
    OverviewQuery,
    OrderQuery,
    RecordQuery,
    ChangeQuery,
    RecordSearchQuery,
    RecordBulkQuery,
    BuyerQuery,
    ResolvedQuery,
    StockQuery,
    ProductQuery,
    StockSettingsQuery,
    PriceQuery,
    RunQuery,
    AlertQuery,
    ReconciliationQuery,
    ReconciledDayQuery,
    FlowTableQuery,
    CadenceQuery,
    MappingQuery,
    MappingDiffQuery,
    MappingTableQuery,
    UnmappedQuery,
    TableFileQuery,
    TableFeedQuery,
    RateQuery,
    RateSourceQuery,
    MappingPreviewQuery,
    MappingRuleQuery,
    MappingValueQuery,
    WhatIfQuery,
    RoleQuery,
    TeamQuery,
    ApiTokenQuery,
    AuditQuery,
    PrivacyQuery,
    HelpQuery,
    CodeQuery,
):
    pass


@strawberry.type(description="What can be changed. A payload's `userErrors` say why nothing was.")
class Mutation(
    ConnectionMutation,
    FlowTableMutation,
    MappingMutation,
    UnmappedMutation,
    TableFileMutation,
    TableFeedMutation,
    RateMutation,
    RateSourceMutation,
    WhatIfMutation,
    GoLiveMutation,
    SetupMutation,
    PracticeMutation,
    OrderMutation,
    RecordMutation,
    RecordBulkMutation,
    AgainMutation,
    RunMutation,
    StockSettingsMutation,
    PriceMutation,
    AlertMutation,
    ReconciliationMutation,
    TeamMutation,
    ApiTokenMutation,
    ShopJoiningMutation,
):
    pass


@strawberry.type(
    description="What can be watched. A stream ends after ten minutes; go on with its last cursor."
)
class Subscription(RunSubscription, ChangeSubscription, ProblemSubscription):
    pass


class Schema(strawberry.Schema):
    def process_errors(self, errors: object, execution_context: object = None) -> None:
        """Not here: `Masked` writes to the log what was not meant for the caller."""

    async def stream(self, *given: Any, **named: Any) -> Any:
        """What watches goes on only for as long as its caller may what they might."""
        return guarded(await super().stream(*given, **named), named["context_value"])


@cache
def make(*, introspection: bool = True) -> Schema:
    """Made once in a process: it is the same for everybody, and putting it together takes longer than most requests."""
    return Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=StrawberryConfig(disable_field_suggestions=True, scalar_map={datetime: DATE_TIME}),
        extensions=extensions(Readings(), introspection=introspection),
    )


def extensions(readings: Readings, *, introspection: bool = True) -> Sequence[Callable[[], SchemaExtension]]:
    """What each request goes through, from the outside in."""
    return (
        lambda: MaxTokensLimiter(max_token_count=TOKENS),
        Known,
        lambda: Read(readings),
        Costed,
        Readable,
        Keyed,
        Once,
        Masked,
        *(() if introspection else (DisableIntrospection,)),
    )


def printed() -> str:
    return f"{make().as_str()}\n"
