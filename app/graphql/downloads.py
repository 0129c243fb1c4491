"""The door for reports as files: whoever may ask the API for them may save them, page by page as they are read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from app.errors import Refused, Retry, StockbridgeError
from app.graphql.answers import away, told
from app.graphql.caller import Scope
from app.graphql.context import Context
from app.graphql.door import Api, context_of, refused
from app.graphql.ids import Kind, uuid_of
from app.graphql.reconciled_days import check_span
from app.models import reconciliations
from app.models.connections import Connection
from app.models.database import AWAY
from app.operations import report_files
from app.operations.report_files import Sheet

PATH = "/downloads/{report}.csv"
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_STATUS = {
    "api.role_missing": 403,
    "api.scope_missing": 403,
    "connection.unknown": 404,
    "reconciliation.unknown": 404,
    "report.unknown": 404,
}


def routes(api: Api) -> list[Route]:
    async def download(request: Request) -> Response:
        try:
            caller = await api.known(request.headers.get("authorization"))
        except (Refused, Retry) as refusal:
            return refused(refusal)
        context = context_of(api, caller)
        report = str(request.path_params["report"])
        try:
            await context.need(Scope.READ_RECORDS, f"downloads.{report}"[:60])
            sheet = await _sheet(context, report, request.query_params)
        except StockbridgeError as error:
            return _refused(error)
        except AWAY as cause:
            return refused(away(cause))
        named = {"Content-Disposition": f'attachment; filename="{sheet.name}.csv"'}
        return StreamingResponse(
            sheet.lines(), media_type="text/csv; charset=utf-8", headers=_HEADERS | named
        )

    return [Route(PATH, download, methods=["GET"])]


async def _sheet(context: Context, report: str, asked: Mapping[str, str]) -> Sheet:
    """Raises Refused for a report, a connection or a range that is not there."""
    found, core = await context.connection(asked.get("connection", "")), context.core
    match report:
        case "days":
            since, until = _day(asked.get("since")), _day(asked.get("until"))
            check_span(since, until)
            return report_files.days(core, found, since=since, until=until)
        case "findings":
            chosen = await _report(context, found, asked.get("id", ""))
            return report_files.findings(core, found, report=chosen)
        case "products":
            return report_files.products(core, found)
        case "skus":
            return report_files.skus(core, found)
    raise Refused("report.unknown", "There is no such report.")


async def _report(context: Context, connection: Connection, id: str) -> UUID:
    chosen = uuid_of(Kind.RECONCILIATION, id)
    if chosen is not None:
        async with context.core.database.tenant(context.tenant) as tx:
            row = await reconciliations.one(tx, tenant=context.tenant, report=chosen)
        if row is not None and row.connection == connection.id:
            return chosen
    raise Refused("reconciliation.unknown", "There is no such reconciliation.")


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError as cause:
        raise Refused("report.span", "A day is written as 2026-11-30.") from cause


def _refused(error: StockbridgeError) -> Response:
    body = {"errors": [{"message": error.sentence, "extensions": dict(told(error))}]}
    return JSONResponse(body, status_code=_STATUS.get(error.code, 422), headers=_HEADERS)
