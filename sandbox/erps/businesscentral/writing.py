"""What a body may say: known fields of the right kind and length, and none that can only be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.erps.businesscentral.books import Books, Row
from sandbox.erps.businesscentral.filters import instant
from sandbox.erps.businesscentral.reading import etag
from sandbox.erps.businesscentral.refusals import Refused, bad, dialog
from sandbox.erps.businesscentral.schema import EMPTY, Entity, Field

Body = dict[str, Any]
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
OPTIONS: Mapping[str, frozenset[str]] = {
    "lineType": frozenset({"Comment", "Account", "Item", "Resource", "Fixed Asset", "Charge"}),
    "type": frozenset({"Company", "Person", "Inventory", "Service", "Non-Inventory"}),
    "accountType": frozenset({"G/L Account", "Customer", "Bank Account"}),
    "balanceAccountType": frozenset({"G/L Account", "Customer", "Bank Account"}),
    "blocked": frozenset({"_x0020_", " ", "Ship", "Invoice", "All"}),
}


def taken(entity: Entity, body: object) -> tuple[Row, dict[str, list[Body]]]:
    """The fields that are to be written, as they are kept, and the rows of parts that come with them."""
    if not isinstance(body, dict):
        raise bad("Invalid Request Body")
    values: Row = {}
    parts: dict[str, list[Body]] = {}
    for name, value in body.items():
        if name.startswith("@odata."):
            continue
        if name in entity.parts and entity.parts[name].many:
            if not isinstance(value, list):
                raise bad(f"The property '{name}' takes a list.")
            parts[name] = value
            continue
        field = entity.fields.get(name)
        if field is None or field.hidden:
            raise bad(
                f"The property '{name}' does not exist on type 'Microsoft.NAV.{entity.name}'. Make sure to only use property "
                "names that are defined by the type."
            )
        if field.fixed:
            raise bad(f"Control '{name}' is read-only.", "BadRequest_InvalidOperation")
        values[name] = kept(field, value)
    return values, parts


def kept(field: Field, value: Any) -> Any:
    """A value as its field keeps it."""
    if value is None:
        raise bad(f"Field '{field.name}' must not be blank or empty.", "BadRequest_RequiredParamNotProvided")
    return _KEPT[field.kind](field, value)


def claimed(row: Row, header: str | None) -> None:
    """Whoever changes a row must say which version of it they saw, or that they don't mind."""
    if not header:
        raise bad(
            "Could not validate the client concurrency token required by the service. Please provide a valid token in the "
            "client request.",
            "BadRequest_InvalidToken",
        )
    if header.strip() not in {"*", etag(row)}:
        raise Refused(409, "Request_EntityChanged", "Another user has already changed the record.")


def pointed(books: Books, values: Row, id: str, code: str, set: str, key: str, sentence: str) -> Row | None:
    """What an id and a code, both or one of them, point at; both must say the same. Both are filled in."""
    told_id, told_code = values.get(id, ""), values.get(code, "")
    blank = told_id in {"", EMPTY["guid"]}
    if blank and not told_code:
        if id in values or code in values:
            values[id], values[code] = EMPTY["guid"], ""
        return None
    found = books.get(set, told_id) if not blank else books.one(set, f'"{key}" = ?', told_code)
    if found is None or (told_code and found[key] != told_code):
        raise dialog(sentence.format(id if not blank else code))
    values[id], values[code] = found["id"], found[key]
    return found


def _text(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise _not(field, value, "Edm.String")
    text = value.strip().upper() if field.kind == "code" else value
    if len(text) > field.most:
        raise Refused(
            400,
            "Application_StringExceededLength",
            f"The length of the string is {len(text)}, but it must be less than or equal to {field.most} characters. "
            f"Value: {text}",
        )
    return text


def _option(field: Field, value: Any) -> str:
    known = OPTIONS.get(field.name, frozenset())
    if not isinstance(value, str) or value not in known:
        raise Refused(
            400,
            "Application_EvaluateException",
            f'The value "{value}" cannot be evaluated into type Option.',
        )
    return "" if value in {" ", "_x0020_"} else value


def _decimal(field: Field, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _not(field, value, "Edm.Decimal")
    return Decimal(value)


def _whole(field: Field, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _not(field, value, "Edm.Int32")
    return value


def _truth(field: Field, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _not(field, value, "Edm.Boolean")
    return value


def _id(field: Field, value: Any) -> str:
    if not isinstance(value, str) or not _GUID.fullmatch(value):
        raise Refused(
            400,
            "Application_InvalidGUID",
            "Invalid format of GUID string. The correct format of the GUID string is: CDEF7890-ABCD-0123-1234-567890ABCDEF "
            "where 0-9, A-F symbolizes hexadecimal digits.",
        )
    return value.lower()


def _day(field: Field, value: Any) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except (ValueError, TypeError) as cause:
        raise bad("Unable to convert value to Date") from cause


def _moment(field: Field, value: Any) -> str:
    return instant(str(value))


def _not(field: Field, value: Any, kind: str) -> Refused:
    return bad(
        f"Cannot convert the literal '{str(value)[:40]}' to the expected type '{kind}' ({field.name})."
    )


_KEPT: Mapping[str, Callable[[Field, Any], Any]] = {
    "text": _text, "code": _text, "option": _option, "decimal": _decimal, "int": _whole, "bool": _truth, "guid": _id,
    "date": _day, "time": _moment,
}  # fmt: skip
