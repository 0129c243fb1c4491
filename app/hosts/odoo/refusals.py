"""What Odoo's refusals mean for us, by the name of its exception; JSON-RPC sends them as 200, JSON-2 with a status."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from app.errors import AccessLost, Misconfigured, Rejected, Retry, StockbridgeError, Unclear
from app.outbound import failure_of, read_as
from app.ports import Answer, Json

_LONGEST_SENTENCE = 300
GROUPS = "Sales: all documents, Inventory: user, Invoicing: billing, Contact creation"
_SOON = timedelta(seconds=2)
_BUSY = frozenset({"odoo.exceptions.LockError", "odoo.exceptions.ConcurrencyError", "odoo.sql_db.PoolError"})
_DATABASE, _THERE_IS_NONE = "psycopg", "does not exist"
_BUSY_THERE = frozenset(
    {
        "SerializationFailure",
        "DeadlockDetected",
        "LockNotAvailable",
        "TransactionRollback",
        "TransactionRollbackError",
    }
)
_BAD_VALUE = frozenset(
    {
        "DataError",
        "IntegrityError",
        "CharacterNotInRepertoire",
        "CheckViolation",
        "DatetimeFieldOverflow",
        "ForeignKeyViolation",
        "InvalidDatetimeFormat",
        "InvalidTextRepresentation",
        "NotNullViolation",
        "NumericValueOutOfRange",
        "StringDataRightTruncation",
        "UniqueViolation",
        "UntranslatableCharacter",
    }
)
"""Of these its database undid the whole request as well, and would again."""
_NO_KEY = (
    "werkzeug.exceptions.Unauthorized",
    "odoo.exceptions.AccessDenied",
    "odoo.http.SessionExpiredException",
)
_SAID = ("odoo.exceptions.UserError", "odoo.exceptions.ValidationError", "odoo.exceptions.RedirectWarning")


class Trouble(msgspec.Struct):
    """An error as either way of asking tells it. Its `debug` holds a traceback and is never read."""

    name: str
    message: str = ""


def refusal_of(answer: Answer, *, writes: bool) -> StockbridgeError | None:
    """Of a JSON-2 answer; None for one that is a success."""
    if 200 <= answer.status < 300:
        return None
    if answer.status in (429, 503) or 300 <= answer.status < 400:
        return failure_of(answer, writes=writes)
    try:
        trouble = read_as(Trouble, answer)
    except Retry:
        return _page(answer, writes=writes)
    return trouble_of(trouble, writes=writes, status=answer.status)


def rpc_refusal_of(error: Json, *, writes: bool) -> StockbridgeError:
    """Of the `error` in a JSON-RPC answer: its code is another in each version, so the name decides."""
    data = error.get("data") if isinstance(error, dict) else None
    try:
        return trouble_of(msgspec.convert(data, Trouble), writes=writes, status=200)
    except (msgspec.ValidationError, RecursionError):
        return _unknown(writes=writes, status=200)


def trouble_of(trouble: Trouble, *, writes: bool, status: int) -> StockbridgeError:
    name, said = trouble.name, _short(trouble.message)
    facts = {"status": str(status), "error": name[:100]}
    if name in _NO_KEY:
        return AccessLost("access.refused", "Odoo refused the key.", facts=facts)
    if name == "odoo.exceptions.AccessError":
        return Misconfigured(
            "access.forbidden", f"Odoo's user lacks a right: {said}", facts={**facts, "groups": GROUPS}
        )
    if name == "odoo.exceptions.MissingError":
        return Rejected("document.removed_in_erp", "A record was removed in Odoo meanwhile.", facts=facts)
    if name in _SAID:
        return Rejected("host.refused", f"Odoo refused it: {said}", facts=facts)
    if name in _BUSY:
        return _busy(facts)
    if name.startswith(_DATABASE) and (error := _of_the_database(trouble, facts)):
        return error
    if name == "werkzeug.exceptions.NotFound":
        return Misconfigured(
            "host.module_missing", "Odoo lacks a model or a method; a module is missing.", facts=facts
        )
    if name == "werkzeug.exceptions.Forbidden":
        return _no_plan(facts)
    return _unknown(writes=writes, status=status, name=name)


def _of_the_database(trouble: Trouble, facts: dict[str, str]) -> StockbridgeError | None:
    """By the class of its error. What it says holds the values that it is about, so that it goes no further than here."""
    kind = trouble.name.rpartition(".")[2]
    if kind in _BUSY_THERE or (kind == "OperationalError" and _THERE_IS_NONE not in trouble.message):
        return _busy(facts)
    if kind == "OperationalError" and 'database "' in trouble.message:
        return _no_database(facts)
    if kind in _BAD_VALUE:
        return Rejected("host.refused", f"Odoo's database does not take a value: {kind}.", facts=facts)
    return None


def _busy(facts: dict[str, str]) -> Retry:
    """Its database undid the whole request, which Odoo itself had tried several times."""
    return Retry("host.busy", "Odoo was busy with the same records.", after=_SOON, facts=facts)


def _no_database(facts: dict[str, str]) -> Misconfigured:
    return Misconfigured(
        "address.not_found",
        "Odoo knows no such database, or its API is not open: check the database's name and the plan.",
        facts=facts,
    )


def _page(answer: Answer, *, writes: bool) -> StockbridgeError:
    facts = {"status": str(answer.status)}
    if answer.status == 404:
        return _no_database(facts)
    if answer.status == 403:
        return _no_plan(facts)
    return failure_of(answer, writes=writes) or _unknown(writes=writes, status=answer.status)


def _no_plan(facts: dict[str, str]) -> Misconfigured:
    return Misconfigured(
        "access.forbidden",
        "Odoo does not let this key in; on Odoo's own cloud the API is part of the plan “Custom” alone.",
        facts=facts,
    )


def _unknown(*, writes: bool, status: int, name: str = "") -> StockbridgeError:
    facts = {"status": str(status), **({"error": name[:100]} if name else {})}
    return (Unclear if writes else Retry)(
        "host.internal_error", "Odoo had a problem of its own.", facts=facts
    )


def asked_back() -> Rejected:
    """Of an answer that is a window for a person: nothing was done."""
    return Rejected(
        "host.asked_back",
        "Odoo opened a window with a question instead of doing it; do this step in Odoo, then retry.",
    )


def _short(message: str) -> str:
    said = " ".join(message.split())
    if len(said) > _LONGEST_SENTENCE:
        return said[:_LONGEST_SENTENCE] + "..."
    return said if said.endswith((".", "!", "?")) else said + "."


def malformed(label: str) -> Misconfigured:
    """Of a field of the form that goes into a header, or could nowhere be right."""
    sentence = f"“{label}” holds a line break or a sign that none has: copy it once more."
    return Misconfigured("form.malformed", sentence)
