"""What each root field is asked with, so that its owner gets or changes something: by argument, and where need be by field.

A new field whose arguments have the names and meanings of the others needs no line here; one that does not fails its test
until it has one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeAlias
from uuid import UUID

import httpx

from app.domain.access import Role
from app.graphql.caller import Scope
from app.graphql.paging import cursor
from app.wiring import utc_now
from tests.graphql.documents import Root
from tests.graphql.furnished import Own
from tests.graphql.joined import invited

Given: TypeAlias = dict[str, Any]
_DAY = timedelta(days=1)
_CSV = {"table": "items", "csv": "key,value\nSKU-1,A1\n"}
_STOCK = {"feeds": [{"locationKey": "1", "warehouses": ["WH"]}]}
_RATE = {"fromCurrency": "USD", "toCurrency": "EUR", "rate": "0.9", "day": "2026-11-01"}


Made: TypeAlias = dict[Callable[[Own], Awaitable[Given]], Given]


async def given(own: Own, root: Root, made: Made | None = None) -> Given:
    """Makes what the field needs to be there, and answers with its variables. `made`: what is there once for several fields."""
    named = BY_ARGUMENT | {"id": _OF.get(root.name, BY_ARGUMENT["id"])}
    wanted = [name for name in root.field.args if name in root.required or name in _ALSO]
    made = {} if made is None else made
    prepare = PREPARED.get(root.name, _nothing)
    if prepare not in made:
        made[prepare] = await prepare(own)
    more = made[prepare]
    missing = [name for name in wanted if name not in named and name not in more]
    assert not missing, f"say in given.py what {root.name} is asked with: {missing}"
    return {name: named[name](own) for name in wanted if name not in more} | more


BY_ARGUMENT: dict[str, Callable[[Own], Any]] = {
    "id": lambda own: own.connection,
    "connection": lambda own: own.connection,
    "order": lambda own: own.order,
    "ids": lambda own: [own.order],
    "run": lambda own: own.run,
    "table": lambda own: "payments",
    "number": lambda own: 1,
    "names": lambda own: ["item.unknown"],
    "keys": lambda own: ["1001"],
    "kind": lambda own: "HELD",
    "flow": lambda own: "ORDERS",
    "code": lambda own: "mapping.payment_missing",
    "storeKey": lambda own: "1001",
    "sku": lambda own: "SKU-0002",
    "filter": lambda own: {"ids": [own.order]},
    "name": lambda own: "#1001",
    "cutOver": lambda own: utc_now().isoformat(),
    "span": lambda own: {"since": (utc_now() - 6 * _DAY).isoformat(), "until": utc_now().isoformat()},
}
"""By an argument's name. `_ALSO` are given although they need not be: each names something of somebody's."""
_ALSO = frozenset({"connection", "order"})
_OF: dict[str, Callable[[Own], Any]] = {
    "order": lambda own: own.order,
    "run": lambda own: own.run,
    "reconciliation": lambda own: own.report,
    "reconciliationHeal": lambda own: own.report,
    "record": lambda own: own.order,
    "buyer": lambda own: own.order,
    "recordAdopt": lambda own: own.order,
    "recordUnlink": lambda own: own.order,
}

PUBLIC = frozenset({"hosts", "codes", "help", "retentions"})
"""What everybody who comes in is answered alike."""
WATCHED = {"runProgress": Scope.READ_STATUS}
"""The scope of each subscription: what opens a stream is asked for inside it. What is watched here has ended, and so it ends."""
ENDLESS = {"recordChanges": Scope.READ_RECORDS, "problemChanges": Scope.READ_STATUS}
"""The same of streams that go on and on, whoever watches."""
LOOKS = frozenset({"connectionTest", "tableImportCheck"})
"""Mutations that change nothing by what they promise."""


async def _nothing(own: Own) -> Given:
    return {}


def _pairs(values: Any) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]


async def _draft(own: Own) -> str:
    """Begins one with something in it, and answers with its revision."""
    begin = "mutation ($id: ID!) { mappingDraftBegin(connection: $id) { draft { revision } userErrors { code } } }"
    save = """mutation ($id: ID!, $at: ID!, $input: MappingDraftInput!) {
        mappingDraftSave(connection: $id, revision: $at, input: $input) { draft { revision } userErrors { message } } }"""
    begun = await own.did(begin, id=own.connection)
    table = {"name": "payments", "rows": _pairs({"*": "BANK", "Barter": "BANK"})}
    saved = await own.did(save, id=own.connection, at=begun["draft"]["revision"], input={"tables": [table]})
    return str(saved["draft"]["revision"])


async def _drafted(own: Own) -> Given:
    await _draft(own)
    return {}


async def _revision(own: Own) -> Given:
    return {"revision": await _draft(own)}


async def _saved(own: Own) -> Given:
    return {"revision": await _draft(own), "input": {"note": "Ours"}}


async def _checked(own: Own) -> Given:
    check = """mutation ($id: ID!, $input: TableImportInput!) {
        tableImportCheck(connection: $id, input: $input) { token userErrors { code } } }"""
    made = await own.did(check, id=own.connection, input=_CSV)
    return {"input": _CSV, "token": made["token"], "publish": True}


async def _feed(own: Own) -> Given:
    await own.did(
        """mutation ($id: ID!) { tableFeedSet(connection: $id, table: "payments") { address userErrors { code } } }""",
        id=own.connection,
    )
    return {}


async def _rate(own: Own) -> Given:
    enter = "mutation ($id: ID!, $input: [RateInput!]!) { ratesEnter(connection: $id, input: $input) { userErrors { code } } }"
    await own.did(enter, id=own.connection, input=[_RATE])
    return {}


async def _from_erp(own: Own) -> Given:
    await own.did(
        """mutation ($id: ID!) { rateSourceSet(connection: $id, input: { origin: HOST }) { userErrors { message } } }""",
        id=own.connection,
    )
    return {}


async def _stock(own: Own) -> Given:
    await own.did(
        """mutation ($id: ID!, $input: StockSettingsInput!) { stockSettingsSave(connection: $id, input: $input) {
        userErrors { message } } }""",
        id=own.connection,
        input=_STOCK,
    )
    return {}


async def _stock_run(own: Own) -> Given:
    return await _stock(own) | {"flow": "INVENTORY"}


async def _stock_plan(own: Own) -> Given:
    await _stock(own)
    plan = "mutation ($id: ID!) { stockPlan(connection: $id) { run { id } userErrors { code } } }"
    return {"run": (await own.did(plan, id=own.connection))["run"]["id"]}


async def _prices(own: Own) -> Given:
    await own.did(
        """mutation ($id: ID!) { priceSettingsSave(connection: $id, input: {}) { userErrors { message } } }""",
        id=own.connection,
    )
    return {}


async def _price_plan(own: Own) -> Given:
    await _prices(own)
    plan = "mutation ($id: ID!) { pricePlan(connection: $id) { run { id } userErrors { code } } }"
    return {"run": (await own.did(plan, id=own.connection))["run"]["id"]}


async def _price_asked(own: Own) -> Given:
    return await _price_plan(own) | {"winner": "ERP"}


async def _recipient(own: Own) -> Given:
    add = """mutation { alertRecipientAdd(channel: WEBHOOK, address: "https://told.example/hook", kinds: [HELD]) {
        recipient { id } userErrors { message } } }"""
    return {"recipient": (await own.did(add))["recipient"]["id"]}


async def _told_to(own: Own) -> Given:
    await _recipient(own)
    return {}


async def _told(own: Own) -> Given:
    await own.sql(
        "INSERT INTO notification (tenant_id, kind, phase, cause, recipient_id, channel, title, state, due_at)"
        " VALUES ($1, 'held', 'alarm', 'x', gen_random_uuid(), 'email', $2, 'done', now())",
        f"Of {own.tenant.joined.tenant.hex[:8]}",
    )
    return {}


async def _back_fill(own: Own) -> Given:
    start = """mutation ($id: ID!, $span: SpanInput!) { backfillStart(connection: $id, span: $span) {
        run { id } userErrors { message } } }"""
    made = await own.did(start, id=own.connection, span=BY_ARGUMENT["span"](own))
    await own.sql(
        "UPDATE run SET state = 'planned', concerns = '{before_go_live}' WHERE tenant_id = $1 AND kind = 'backfill'"
    )
    return {"run": made["run"]["id"]}


async def _not_live(own: Own) -> Given:
    await own.sql("UPDATE connection SET state = 'setup', go_live_at = NULL WHERE tenant_id = $1")
    return {}


async def _never_live(own: Own) -> Given:
    create = """mutation ($input: ConnectionCreateInput!) { connectionCreate(input: $input) {
        connection { id } userErrors { message } } }"""
    wish = {"host": "memory", "fields": _pairs(own.fields), "shop": own.shop, "name": "Third"}
    return {"id": (await own.did(create, input=wish))["connection"]["id"]}


async def _asked_for_erasure(own: Own) -> Given:
    await own.sql(
        "INSERT INTO privacy_request (tenant_id, id, shop_id, topic, done_at, result)"
        " SELECT $1, gen_random_uuid(), id, 'customers/redact', now(), '{\"records\": 2}' FROM shop WHERE tenant_id = $1"
    )
    return {}


async def _paused(own: Own) -> Given:
    pause = "mutation ($id: ID!) { connectionPause(id: $id) { userErrors { code } } }"
    await own.did(pause, id=own.connection)
    return {}


async def _stopped(own: Own) -> Given:
    """Two fields may need it of one organisation: what is stopped already is left so."""
    stop = "mutation ($id: ID!) { flowStop(connection: $id, flow: ORDERS) { userErrors { code } } }"
    (payload,) = (await own.api.ask(stop, token=own.tenant.session, id=own.connection)).values()
    assert {each["code"] for each in payload["userErrors"]} <= {"flow.stopped"}
    return {}


async def _practice(own: Own) -> Given:
    made = await own.did("mutation { practiceStart { connection { id } userErrors { message } } }")
    own.practised.append(made["connection"]["id"])
    return {}


async def _practised(own: Own) -> Given:
    await _practice(own)
    return {"connection": own.practised[-1], "on": True}


async def _booked(own: Own) -> Given:
    """A document that the ERP has without us."""
    line = {"key": "1", "item": "TEA", "quantity": "1", "net": "10.50", "kind": "item"}
    body = {"currency": "EUR", "customer": {"name": "A person"}, "lines": [line]}
    headers = {"Authorization": f"Bearer {own.fields['key']}"}
    async with httpx.AsyncClient(trust_env=False, headers=headers) as erp:
        made = await erp.post(f"{own.fields['address']}/v1/sales-orders", json=body)
    assert made.status_code < 300, made.text
    return {"hostNumber": made.json()["number"]}


async def _linked(own: Own) -> Given:
    await own.sql("UPDATE record SET sink_key = '77' WHERE tenant_id = $1 AND source_key = '1001'")
    return {}


async def _resolved(own: Own) -> Given:
    await own.sql(
        "INSERT INTO timeline (tenant_id, connection_id, record_id, kind, code, sentence) SELECT tenant_id, connection_id, id,"
        " 'held', 'item.unknown', 'Once.' FROM record WHERE tenant_id = $1 AND source_key = '1002'"
    )
    return {}


async def _colleague(own: Own) -> Given:
    return {"member": (await own.tenant.member(Role.VIEWER, name=own.tenant.joined.tenant.hex[:8])).id}


async def _raised(own: Own) -> Given:
    return await _colleague(own) | {"role": "OPERATOR"}


async def _acquainted(own: Own) -> Given:
    await _colleague(own)
    return {}


async def _decided(own: Own) -> Given:
    decide = """mutation { permissionsSet(role: VIEWER, permissions: [READ_STATUS, READ_RECORDS, READ_AUDIT]) {
        userErrors { code } } }"""
    await own.did(decide)
    return {}


async def _token(own: Own) -> Given:
    create = """mutation { apiTokenCreate(input: { name: "Ours", scopes: [READ_STATUS] }) {
        token { id } userErrors { code } } }"""
    return {"token": (await own.did(create))["token"]["id"]}


def _with(**more: Any) -> Callable[[Own], Awaitable[Given]]:
    """What depends on nothing; a function is asked with the organisation."""

    async def made(own: Own) -> Given:
        return {name: value(own) if callable(value) else value for name, value in more.items()}

    return made


PREPARED: dict[str, Callable[[Own], Awaitable[Given]]] = {
    "apiTokenCreate": _with(input={"name": "Ours", "scopes": ["READ_STATUS"]}),
    "apiTokenRevoke": _token,
    "auditActions": _stopped,
    "auditLog": _stopped,
    "memberRemove": _colleague,
    "memberRoleSet": _raised,
    "members": _acquainted,
    "permissions": _decided,
    "shopJoin": invited,
    "permissionsSet": _with(role="VIEWER", permissions=["READ_STATUS"]),
    "mappingDraft": _drafted,
    "mappingDiff": _drafted,
    "mappingPreview": _with(version="current"),
    "mappingRuleTry": _with(rule={"id": "r1", "target": "memo", "start": {"field": "order.name"}}),
    "notifications": _told,
    "alertSettings": _told_to,
    "rates": _rate,
    "rateSource": _from_erp,
    "tableFeeds": _feed,
    "whatIf": _with(run=lambda own: own.what_if),
    "recordChanges": _with(after=cursor("1", "0", str(UUID(int=0)))),
    "runProgress": _with(run=lambda own: own.what_if),
    "priceSettings": _prices,
    "connectionTest": _with(
        input=lambda own: {"host": "memory", "fields": _pairs(own.fields), "connection": own.connection}
    ),
    "connectionCreate": _with(
        input=lambda own: {"host": "memory", "fields": _pairs(own.fields), "shop": own.shop, "name": "Second"}
    ),
    "connectionUpdate": _with(input={"name": "Another"}),
    "connectionResume": _paused,
    "connectionRemove": _never_live,
    "connectionGoLive": _not_live,
    "cadencePreview": _with(cadence="hourly"),
    "reconciledDays": _with(since="2026-11-01", until="2026-11-30"),
    "privacyRequests": _asked_for_erasure,
    "flowChange": _with(input={"cadence": "hourly"}),
    "flowResume": _stopped,
    "mappingDraftSave": _saved,
    "mappingDraftDiscard": _revision,
    "mappingDraftPublish": _revision,
    "unmappedValueMap": _with(value="Barter", code="BANK"),
    "tableImportCheck": _with(input=_CSV),
    "tableImportConfirm": _checked,
    "tableFeedRemove": _feed,
    "ratesEnter": _with(input=[_RATE]),
    "rateSourceSet": _with(input={"origin": "HOST", "goodForDays": 3}),
    "ratesRead": _from_erp,
    "ratesImport": _with(csv="from,to,rate,date\nUSD,EUR,0.9,2026-11-05"),
    "whatIfStart": _drafted,
    "setup": _with(connection=lambda own: own.connection),
    "setupMap": _with(tables=[{"name": "payments", "rows": _pairs({"Barter": "SWAP"})}]),
    "setupFlows": _with(flows=[{"flow": "REFUNDS", "on": True}]),
    "practice": _practice,
    "practiceFaults": _practised,
    "eventReplay": _with(dryRun=False),
    "backfillApprove": _back_fill,
    "stockPlan": _stock,
    "stockPlanApprove": _stock_plan,
    "stockPush": _stock,
    "runStart": _stock_run,
    "stockSettingsSave": _with(input=_STOCK),
    "priceSettingsSave": _with(input={"everySeconds": 300}),
    "pricePlan": _prices,
    "pricePlanApprove": _price_plan,
    "priceAnswer": _price_asked,
    "alertSettingsSave": _with(input={"zone": "Europe/Vienna"}),
    "alertRecipientAdd": _with(channel="WEBHOOK", address="https://told.example/hook", kinds=["HELD"]),
    "alertRecipientRemove": _recipient,
    "alertTemplateSave": _with(subject="Ours", body="It waits."),
    "alertTest": _recipient,
    "recordAdopt": _booked,
    "recordUnlink": _linked,
    "resolvedProblems": _resolved,
}
