"""What an answer of the Admin API means: pure, from a status and a body to data or to one of our errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec

from app.errors import AccessLost, Bug, Misconfigured, Rejected, Retry, StockbridgeError, Throttled, Unclear
from app.ports import Answer
from app.shopify.documents import Document

Data = dict[str, Any]
_BREATH = timedelta(seconds=1)
_SECURITY_REST = timedelta(seconds=60)

SCOPE_MISSING = "shopify.scope_missing"
"""The code of what the shop has not granted."""
_PERSONAL = frozenset(
    {
        "billingAddress",
        "customer",
        "defaultEmailAddress",
        "defaultPhoneNumber",
        "email",
        "firstName",
        "lastName",
        "note",
        "phone",
        "purchasingEntity",
        "shippingAddress",
    }
)
"""Where Shopify may deny an answer for a person's sake; denied anywhere else, a scope is missing."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a request cost, and the bucket after it."""

    requested: int
    actual: int
    available: int
    maximum: int
    rate: float


@dataclass(frozen=True, kw_only=True)
class Body:
    """A 200's body. `codes` are those of its errors, `sentences` their messages; Shopify may send data beside them.

    `only_denied_people`: every error denies a field that holds personal data.
    """

    data: Data | None
    codes: tuple[str, ...]
    sentences: tuple[str, ...]
    only_denied_people: bool
    cost: Cost | None

    @property
    def throttled(self) -> bool:
        return "THROTTLED" in self.codes


class _ErrorCode(msgspec.Struct):
    code: str = ""


class _Error(msgspec.Struct):
    message: str = ""
    path: list[str | int] = msgspec.field(default_factory=list)
    extensions: _ErrorCode = msgspec.field(default_factory=_ErrorCode)

    @property
    def denies_a_person(self) -> bool:
        return self.extensions.code == "ACCESS_DENIED" and not _PERSONAL.isdisjoint(self.path)


class _Bucket(msgspec.Struct, rename="camel"):
    maximum_available: float = 0
    currently_available: float = 0
    restore_rate: float = 0


class _Cost(msgspec.Struct, rename="camel"):
    requested_query_cost: float = 0
    actual_query_cost: float | None = None
    throttle_status: _Bucket = msgspec.field(default_factory=_Bucket)


class _Extensions(msgspec.Struct):
    cost: _Cost | None = None


class _Body(msgspec.Struct):
    data: Data | None = None
    errors: list[_Error] | str | None = None
    extensions: _Extensions = msgspec.field(default_factory=_Extensions)


def refuse_status(answer: Answer, document: Document) -> None:
    """Raises for every status that carries no GraphQL answer; 401 is the caller's, who can renew the token."""
    match answer.status:
        case 200 | 401:
            return
        case 429:
            raise Throttled("shopify.throttled", "Shopify asks to slow down.", after=_retry_after(answer))
        case 430:
            raise Throttled("shopify.throttled", "Shopify asks to slow down.", after=_SECURITY_REST)
        case 402:
            raise AccessLost("shopify.shop_frozen", "The shop is frozen: its Shopify bill is unpaid.")
        case 403:
            raise AccessLost("shopify.forbidden", "Shopify does not let the app into this shop.")
        case 404:
            raise AccessLost("shopify.shop_missing", "Shopify knows no shop of this name any more.")
        case 423:
            raise AccessLost("shopify.shop_locked", "Shopify has locked this shop.")
        case status if status >= 500:
            raise unanswered(document)
        case status:
            raise Bug("shopify.request_malformed", f"Shopify answered {status} to {document.name}.")


def token_refused() -> AccessLost:
    return AccessLost("shopify.token_refused", "Shopify no longer accepts the app's access to this shop.")


def unanswered(document: Document) -> StockbridgeError:
    """A lost answer: a query may simply be asked again, a mutation may have happened."""
    if document.writes:
        return Unclear("shopify.unanswered", "Shopify did not say whether the change was made.")
    return Retry("shopify.unanswered", "Shopify could not answer.")


def read(answer: Answer, document: Document) -> Body:
    try:
        body = msgspec.json.decode(answer.body, type=_Body)
    except msgspec.DecodeError as cause:
        raise unanswered(document) from cause
    errors = [_Error(message=body.errors)] if isinstance(body.errors, str) else body.errors or []
    return Body(
        data=body.data,
        codes=tuple(error.extensions.code for error in errors),
        sentences=tuple(error.message[:300] for error in errors),
        only_denied_people=all(error.denies_a_person for error in errors),
        cost=_cost(body.extensions.cost),
    )


def data_of(body: Body, document: Document) -> Data:
    """The data, nulls kept: a person's field that Shopify denies is null and means "not allowed", never "cleared"."""
    if body.data is not None and body.only_denied_people:
        return body.data
    raise _failure(body, document)


def _failure(body: Body, document: Document) -> StockbridgeError:
    codes = set(body.codes)
    if "THROTTLED" in codes:
        return Throttled("shopify.throttled", "Shopify asks to slow down.", after=wait_for(body.cost))
    if "SHOP_INACTIVE" in codes:
        return AccessLost("shopify.shop_frozen", "The shop is closed or frozen.")
    if "ACCESS_DENIED" in codes:
        return Misconfigured(
            SCOPE_MISSING,
            "The shop has not granted what this needs. Open the app in the Shopify admin and approve it.",
            facts={"document": document.name},
        )
    if codes & {"INTERNAL_SERVER_ERROR", "TIMEOUT"}:
        return unanswered(document)
    facts = {
        "document": document.name,
        "codes": ",".join(sorted(codes)),
        "said": "; ".join(body.sentences)[:500],
    }
    return Bug("shopify.document_refused", "Shopify refused a request that should be right.", facts=facts)


def wait_for(cost: Cost | None) -> timedelta:
    """How long until the bucket holds what was asked for; never under a second."""
    if cost is None or cost.rate <= 0:
        return _BREATH
    return max(_BREATH, timedelta(seconds=(cost.requested - cost.available) / cost.rate))


@dataclass(frozen=True, kw_only=True)
class UserError:
    """One of a mutation's `userErrors`. `index`: which element of the list we sent, where Shopify says it."""

    code: str
    message: str
    index: int | None


def user_errors(payload: Mapping[str, Any]) -> tuple[UserError, ...]:
    """What Shopify has against a mutation's input."""
    return tuple(
        UserError(
            code=error.get("code") or "",
            message=str(error.get("message") or "")[:300],
            index=_index(error),
        )
        for error in payload.get("userErrors") or ()
    )


def accept(payload: Mapping[str, Any] | None) -> None:
    """Raises Rejected with Shopify's own words unless the mutation went through."""
    errors: Sequence[UserError] = user_errors(payload or {})
    if payload is None or errors:
        said = "; ".join(error.message for error in errors) or "no reason given"
        codes = ",".join(sorted({error.code for error in errors if error.code}))
        raise Rejected("shopify.refused", f"Shopify refused the change: {said}", facts={"codes": codes})


def _index(error: Mapping[str, Any]) -> int | None:
    if isinstance(error.get("elementIndex"), int):
        return int(error["elementIndex"])
    return next((int(part) for part in error.get("field") or () if str(part).isdigit()), None)


def _cost(cost: _Cost | None) -> Cost | None:
    if cost is None:
        return None
    bucket = cost.throttle_status
    requested = round(cost.requested_query_cost)
    return Cost(
        requested=requested,
        actual=requested if cost.actual_query_cost is None else round(cost.actual_query_cost),
        available=int(bucket.currently_available),
        maximum=round(bucket.maximum_available),
        rate=bucket.restore_rate,
    )


def _retry_after(answer: Answer) -> timedelta:
    try:
        return max(_BREATH, timedelta(seconds=float(answer.headers.get("retry-after", ""))))
    except ValueError:
        return timedelta(seconds=2)
