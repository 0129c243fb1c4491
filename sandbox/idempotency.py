"""Idempotency keys of one shop: a key with the same variables gets the first answer again, for 24 hours."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

Record = dict[str, Any]
KEPT_SECONDS = 24 * 3600.0
CONCURRENT = "IDEMPOTENCY_CONCURRENT_REQUEST"
MISMATCH = "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"
FAILED = "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"
WORDS = {
    CONCURRENT: "This request is currently in progress, please try again.",
    MISMATCH: "The same idempotency key cannot be used with different operation parameters.",
    FAILED: "The previous attempt with this idempotency key failed. Use a new key.",
}


@dataclass(kw_only=True)
class Attempt:
    at: float
    fingerprint: bytes
    # None: it failed, so its key is used up.
    answer: Record | None


@dataclass(kw_only=True)
class KeyBook:
    clock: Callable[[], float] = time.time
    _attempts: dict[str, Attempt] = field(default_factory=dict)
    _flying: dict[str, int] = field(default_factory=dict)

    def __getstate__(self) -> Record:
        """What flies when the process ends does not fly any more when it starts again."""
        return self.__dict__ | {"_flying": {}}

    def hold(self, keys: frozenset[str], request: int) -> frozenset[str]:
        """Mark keys as being worked on by a request; those another one works on already are left out."""
        return frozenset(key for key in keys if self._flying.setdefault(key, request) == request)

    def release(self, keys: frozenset[str]) -> None:
        for key in keys:
            self._flying.pop(key, None)

    def known(
        self, key: str, name: str, arguments: Mapping[str, Any], held: frozenset[str]
    ) -> Record | str | None:
        """The first answer, or the code of a refusal, or None for a key that is new."""
        if key in self._flying and key not in held:
            return CONCURRENT
        attempt = self._attempts.get(key)
        if attempt is None or self.clock() - attempt.at > KEPT_SECONDS:
            return None
        if attempt.fingerprint != _fingerprint(name, arguments):
            return MISMATCH
        return FAILED if attempt.answer is None else attempt.answer

    def note(self, key: str, name: str, arguments: Mapping[str, Any], answer: Record | None) -> None:
        """Remember an attempt; one that was refused or broke leaves nothing to give again."""
        fingerprint = _fingerprint(name, arguments)
        self._attempts[key] = Attempt(at=self.clock(), fingerprint=fingerprint, answer=answer)


def _fingerprint(name: str, arguments: Mapping[str, Any]) -> bytes:
    return name.encode() + b" " + orjson.dumps(arguments, option=orjson.OPT_SORT_KEYS)
