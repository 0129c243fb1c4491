"""Our note on Shopify's order: the ERP's number and state, in a metafield of our own that the order page shows.

One line of text, since the merchant reads it as it stands. `compareDigest` null says "only where there is none yet",
so that a write that commits late never covers a newer one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.ids import StoreKey
from app.errors import Reason, Retry, Verdict
from app.ports import Lane, Mark
from app.shopify.answers import UserError, accept, user_errors
from app.shopify.client import Client
from app.shopify.gids import gid, key_of

NAMESPACE, KEY = "$app:erp", "document"
_TYPE = "single_line_text_field"
_LONGEST = 250
_ROUNDS = 4
_STALE = frozenset({"INVALID_COMPARE_DIGEST", "STALE_OBJECT"})
_DEFINITION: Mapping[str, Any] = {
    "namespace": NAMESPACE,
    "key": KEY,
    "name": "ERP document",
    "description": "Number and state of this order's document in the ERP, kept by Stockbridge.",
    "ownerType": "ORDER",
    "type": _TYPE,
    "pin": True,
    "access": {"admin": "MERCHANT_READ"},
}


class OrderMarks:
    """Writes up to 25 marks in one call. The first note of an order needs nothing else; a later one is read first."""

    size = 25

    def __init__(self, client: Client) -> None:
        self._client = client

    async def write(self, marks: Sequence[Mark]) -> Mapping[StoreKey, Reason]:
        """Answers with the refused ones: a call is all or nothing, so these are left out and the rest is sent again."""
        left = {mark.key: sentence(mark) for mark in marks}
        digests: dict[StoreKey, str] = {}
        refused: dict[StoreKey, Reason] = {}
        for _ in range(_ROUNDS):
            if not left:
                return refused
            errors = await self._set(left, digests)
            if not errors:
                return refused
            for key, error in _bad(errors, list(left)).items():
                refused[key] = _reason(error)
                del left[key]
            if any(error.code in _STALE for error in errors):
                digests = await self._read(left)
        if left:
            raise Retry(
                "shopify.marks_stale", "The notes on the orders kept changing while they were written."
            )
        return refused

    async def ensure_definition(self) -> None:
        """Names the metafield and pins it to the order page; that it exists already is fine."""
        data = await self._client.run("mark_define", {"definition": _DEFINITION}, Lane.INTERACTIVE)
        payload = data["metafieldDefinitionCreate"]
        if any(error.code != "TAKEN" for error in user_errors(payload or {})) or payload is None:
            accept(payload)

    async def _set(
        self, values: Mapping[StoreKey, str], digests: Mapping[StoreKey, str]
    ) -> tuple[UserError, ...]:
        asked = [
            {
                "ownerId": gid("Order", key),
                "namespace": NAMESPACE,
                "key": KEY,
                "type": _TYPE,
                "value": value,
                "compareDigest": digests.get(key),
            }
            for key, value in values.items()
        ]
        data = await self._client.run("marks_set", {"metafields": asked}, Lane.ORDERS)
        return user_errors(data["metafieldsSet"] or {})

    async def _read(self, left: dict[StoreKey, str]) -> dict[StoreKey, str]:
        """The digests of what is there; an order that already says the same is done and leaves `left`."""
        data = await self._client.run("marks_read", {"ids": [gid("Order", key) for key in left]}, Lane.ORDERS)
        digests: dict[StoreKey, str] = {}
        for node in filter(None, data["nodes"]):
            there, key = node.get("metafield"), key_of(node["id"])
            if there and there["value"] == left.get(key):
                del left[key]
            elif there:
                digests[key] = there["compareDigest"]
        return digests


def sentence(mark: Mark) -> str:
    """What the merchant reads: `SO1001 · settled`, or `held · Map the payment method. [mapping.payment_missing]`"""
    parts = (part for part in (mark.number, mark.state, mark.sentence) if part)
    text = " · ".join(" ".join(part.split()) for part in parts)
    code = f" [{mark.code}]" if mark.code else ""
    room = _LONGEST - len(code)
    return (text if len(text) <= room else text[: room - 1] + "…") + code


def _bad(errors: Sequence[UserError], keys: Sequence[StoreKey]) -> dict[StoreKey, UserError]:
    """The orders that Shopify refuses for themselves; an error without a place in the list is everyone's."""
    own = [error for error in errors if error.code not in _STALE]
    named = {keys[error.index]: error for error in own if error.index is not None and error.index < len(keys)}
    unplaced = [error for error in own if error.index is None]
    return {**dict.fromkeys(keys, unplaced[0]), **named} if unplaced else named


def _reason(error: UserError) -> Reason:
    return Reason(
        code="shopify.mark_refused",
        sentence=f"Shopify refused the note on the order: {error.message}",
        verdict=Verdict.RETRY_SAFE,
        facts={"code": error.code},
    )
