"""How NetSuite says no: its error document with a code, a path and the section of the HTTP standard it leans on."""

from __future__ import annotations

from typing import Any

_RFC = "https://www.rfc-editor.org/rfc/rfc9110.html#section-"
_TITLES = {
    400: ("Bad Request", "15.5.1"),
    401: ("Unauthorized", "15.5.2"),
    403: ("Forbidden", "15.5.4"),
    404: ("Not Found", "15.5.5"),
    405: ("Method Not Allowed", "15.5.6"),
    415: ("Unsupported Media Type", "15.5.16"),
    429: ("Too Many Requests", "15.5"),
    500: ("Internal Server Error", "15.6.1"),
    501: ("Not Implemented", "15.6.2"),
}


class Refused(Exception):
    """A call that is refused. `path`: where in the body; `param`: which part of the query string."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        path: str | None = None,
        param: str | None = None,
        header: str | None = None,
        title: str | None = None,
        told: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self._where = {"o:errorPath": path, "o:errorQueryParam": param, "o:errorHeader": header}
        self._title, self._told = title, told

    @property
    def body(self) -> dict[str, Any]:
        """`told`: the status that the document speaks of, where it is another than the answer's."""
        told = self._told or self.status
        title, section = _TITLES.get(told, _TITLES[400])
        where = {name: value for name, value in self._where.items() if value is not None}
        return {
            "type": f"{_RFC}{section}",
            "title": self._title or title,
            "status": told,
            "o:errorDetails": [{"detail": self.detail, **where, "o:errorCode": self.code}],
        }


def user_error(detail: str, *, path: str | None = None) -> Refused:
    """A rule of the account's own: what a person would have read on the form."""
    return Refused(400, "USER_ERROR", f"Error while accessing a resource. {detail}", path=path)


def invalid(path: str, value: object) -> Refused:
    """A reference to nothing, or a value of the wrong kind."""
    field = path.rpartition(".")[2]
    detail = (
        f"Error while accessing a resource. Invalid Field Value {value} for the following field: {field}."
    )
    return Refused(400, "INVALID_CONTENT", detail, path=path)


def unknown_field(path: str) -> Refused:
    detail = f"Error while accessing a resource. Unknown property '{path.rpartition('.')[2]}'."
    return Refused(400, "NONEXISTENT_FIELD", detail, path=path)


def missing(*fields: str) -> Refused:
    return user_error(f"Please enter value(s) for: {', '.join(fields)}")


def nowhere(type: str, id: str) -> Refused:
    detail = f"The record instance does not exist. Provide a valid record instance ID: {type} {id}."
    return Refused(404, "NONEXISTENT_ID", detail)


def forbidden(permission: str) -> Refused:
    detail = (
        f"Permission Violation: You need a higher level of the '{permission}' permission to access this page."
    )
    return Refused(403, "INSUFFICIENT_PERMISSION", detail)


def too_many(turn: int) -> Refused:
    """Beyond the account's concurrency: it is told in three ways that integrators have met."""
    detail = (
        "The request could not be processed because the maximum number of concurrent requests is reached."
    )
    code = "CONCURRENCY_LIMIT_EXCEEDED"
    match turn % 3:
        case 0:
            return Refused(429, code, detail)
        case 1:
            return Refused(429, code, detail, told=400)
        case _:
            return Refused(400, code, detail)


def login(detail: str, code: str = "INVALID_LOGIN") -> Refused:
    more = "For more details, see the Login Audit Trail in the NetSuite UI."
    return Refused(401, code, f"{detail} {more}")
