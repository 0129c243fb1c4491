"""Structured logs to stderr: events with fields, bound to shop, connection, flow and event; secrets and people masked.

Everything that any library logs goes through the same redaction.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from types import TracebackType
from typing import Any, TextIO, TypeAlias
from uuid import UUID

import structlog
from structlog.contextvars import bound_contextvars
from structlog.typing import EventDict, WrappedLogger

MASK = "[redacted]"

_SENSITIVE = re.compile(
    r"(?:^|_)(?:token|secret|passw(?:or)?d|passphrase|authorization|hmac|signature|cookie|credentials?|dsn|email|phone"
    r"|address[12]?|zip|postcode|customer|body|payload|raw)(?:_|$)"
    r"|^(?:key|api_key|seal_keys?|private_key|name|(?:first|last|full|display|user|company)_?name|user|login|company|city"
    r"|street|note|ip|client_addr)$"
)
"""A field with such a word in its name, or exactly such a name, is masked whatever it holds."""

_PATTERNS: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(r"\b(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[^/\s@]*@)?", re.IGNORECASE), r"\g<scheme>://"),
    (re.compile(r"(?<=[\w/=.-])\?[\w.%\[\]-]+=[^\s\"'<>]*"), f"?{MASK}"),
    (re.compile(r"\b(?:Bearer|Basic|Token)\s+[\w.~+/=-]{6,}", re.IGNORECASE), MASK),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"), MASK),
    (re.compile(r"\bshp[a-z]{2}_[A-Za-z0-9_-]+"), MASK),
    (
        re.compile(
            r"\b(?P<name>id_token|access_token|refresh_token|subject_token|client_secret|api_key|password|hmac)(?P<sep>[\"']?\s*[=:]\s*[\"']?)[^\s&\"',;)}]+",
            re.IGNORECASE,
        ),
        rf"\g<name>\g<sep>{MASK}",
    ),
    (re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), MASK),
    (re.compile(r"(?<![\w.:])\+\d[\d ()./-]{6,}\d"), MASK),
)

Plain: TypeAlias = "None | bool | int | float | str | list[Plain] | dict[str, Plain]"


def configure(level: str, terminal: bool, stream: TextIO | None = None) -> None:
    """Sets up logging of this process: JSON lines, or colours when `terminal`. `stream` is stderr unless given."""
    renderer: Any = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _errors,
                redact,
                renderer,
            ],
            foreign_pre_chain=[*_CHAIN, _access_line],
            pass_foreign_args=True,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    _quieten(level.upper())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_CHAIN,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def get(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a part, such as `inbox`. Its events are words with a dot: `inbox.stored`."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(f"stockbridge.{name}")
    return logger


@contextlib.contextmanager
def bound(
    *, shop: object = None, connection: object = None, flow: object = None, event: object = None
) -> Iterator[None]:
    """Everything logged inside, by tasks started inside too, says which shop, connection, flow and event."""
    about = {"shop": shop, "connection": connection, "flow": flow, "event_id": event}
    with bound_contextvars(**{key: str(value) for key, value in about.items() if value is not None}):
        yield


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The last processor before a line is written."""
    return {key: MASK if _sensitive(key) else _plain(value) for key, value in event.items()}


def scrub(text: str) -> str:
    """The text without tokens, addresses of people, and what a URL carries besides its path."""
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


@lru_cache(maxsize=2048)
def _sensitive(field: str) -> bool:
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", field).lower()
    return _SENSITIVE.search(re.sub(r"[^a-z0-9]+", "_", words)) is not None


def _plain(value: object) -> Plain:
    """Only what is known to be harmless in shape gets through; any other object shows its type alone."""
    match value:
        case None | bool() | int() | float():
            return value
        case Enum():
            return _plain(value.value)
        case str():
            return scrub(value)
        case Decimal() | UUID() | date() | timedelta():
            return str(value)
        case BaseException():
            return scrub(_name(value))
        case Mapping():
            return {str(key): MASK if _sensitive(str(key)) else _plain(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(each) for each in value]
        case bytes() | bytearray() | memoryview():
            return f"{len(value)} bytes"
        case _:
            return f"<{type(value).__name__}>"


def _errors(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """An exception becomes its type, its code and where it was raised: never its message, never a local variable."""
    info = event.pop("exc_info", None)
    error = info if isinstance(info, BaseException) else info[1] if isinstance(info, tuple) else None
    if error is None and info:
        error = sys.exc_info()[1]
    event.pop("stack_info", None)
    if error is not None:
        event["error"] = _name(error)
        event["traceback"] = _frames(error.__traceback__)
        causes = list(_causes(error))
        if causes:
            event["because"] = [_name(cause) for cause in causes]
            event["because_at"] = _frames(causes[-1].__traceback__)[-3:]
    return event


def _name(error: BaseException) -> str:
    """The type, with the code where it has one: ours, PostgreSQL's or the system's. Messages of others hold values."""
    code = next((found for each in _CODES if (found := getattr(error, each, None)) is not None), None)
    says = f": {error}" if type(error) in _ABOUT_CODE else ""
    return type(error).__name__ + (f" {code}" if code is not None else "") + says


_CODES = ("code", "sqlstate", "errno")
_ABOUT_CODE = (TypeError, AttributeError, NameError, ImportError, ModuleNotFoundError, NotImplementedError)
"""Errors whose message is about our code and never about a value."""


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen = {id(error)}
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _frames(trace: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)[-12:]]


def _access_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """uvicorn's access line without the caller's address and without the query."""
    said = event.pop("positional_args", None)
    if event.get("logger") != "uvicorn.access" or not isinstance(said, tuple) or len(said) < 5:
        return event
    _address, method, path, _version, status = said[:5]
    return {
        **event,
        "event": "http.answered",
        "method": method,
        "path": str(path).partition("?")[0],
        "status": status,
    }


def _quieten(level: str) -> None:
    """Libraries speak from warnings up, as below that they print arguments; the web server tells its start and stop."""
    for each in ("arq", "asyncio", "asyncpg", "httpcore", "httpx", "redis", "tortoise", "strawberry"):
        logging.getLogger(each).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    for each in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        server = logging.getLogger(each)
        server.handlers[:] = []
        server.propagate = True
        server.setLevel(level)


_CHAIN: Sequence[Any] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
