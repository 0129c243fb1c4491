"""Access and refresh tokens of one shop, with the rotation rule and its grace.

A refresh hands out a new pair. The refresh token it replaced keeps working until the new one is first used,
at most 30 days after its own first use and never past its 90 days, so an answer lost on the way is no loss.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.staff import StaffUser

_DAY = 86400.0
REFRESH_LIFE = 90 * _DAY
GRACE = 30 * _DAY
ONLINE_LIFE = _DAY


@dataclass(kw_only=True)
class RefreshToken:
    value: str
    scope: str
    expires_at: float
    replaces: str | None = None
    first_used_at: float | None = None
    retired: bool = False


@dataclass(kw_only=True)
class AccessToken:
    value: str
    scope: str
    expires_at: float | None
    online: bool = False
    user: str | None = None


@dataclass(kw_only=True)
class TokenBook:
    access_life: float = 3600.0
    clock: Callable[[], float] = time.time
    access: dict[str, AccessToken] = field(default_factory=dict)
    refresh: dict[str, RefreshToken] = field(default_factory=dict)

    def issue(self, scope: str, *, expiring: bool) -> dict[str, object]:
        """A first token, as the exchange of an id token or of a code answers it."""
        if not expiring:
            return self._answer(self._access(scope, expiring=False), None)
        return self._answer(self._access(scope, expiring=True), self._refresh(scope, replaces=None))

    def issue_online(self, scope: str, user: StaffUser) -> dict[str, object]:
        """A token of one person's: it always runs out, is renewed by nothing, and comes with who they are."""
        token = self._access(scope, expiring=True, online=True, user=user.id)
        token.expires_at = self.clock() + ONLINE_LIFE
        return {
            "access_token": token.value,
            "scope": scope,
            "expires_in": int(ONLINE_LIFE) - 1,
            "associated_user_scope": scope,
            "associated_user": user.associated(),
        }

    def rotate(self, value: str) -> dict[str, object] | None:
        """The next pair for a refresh token, or None when that token is worth nothing any more."""
        used = self.refresh.get(value)
        if used is None or not self._usable(used):
            return None
        if used.first_used_at is None:
            used.first_used_at = self.clock()
            self._retire(used.replaces)
        return self._answer(
            self._access(used.scope, expiring=True), self._refresh(used.scope, replaces=value)
        )

    def check(self, value: str) -> AccessToken | None:
        token = self.access.get(value)
        if token is None or (token.expires_at is not None and token.expires_at <= self.clock()):
            return None
        return token

    def revoke_all(self) -> None:
        self.access.clear()
        self.refresh.clear()

    def expire_access(self) -> None:
        """Let every access token run out at once; refresh tokens stay."""
        self.access = {value: token for value, token in self.access.items() if token.expires_at is None}

    def _usable(self, token: RefreshToken) -> bool:
        at = self.clock()
        in_grace = token.first_used_at is None or at <= token.first_used_at + GRACE
        return not token.retired and at < token.expires_at and in_grace

    def _retire(self, value: str | None) -> None:
        """Using a token proves that its answer arrived, so what came before it is over."""
        while value and value in self.refresh:
            self.refresh[value].retired = True
            value = self.refresh[value].replaces

    def _access(
        self, scope: str, *, expiring: bool, online: bool = False, user: str | None = None
    ) -> AccessToken:
        token = AccessToken(
            value="shpat_" + secrets.token_hex(16),
            scope=scope,
            expires_at=self.clock() + self.access_life if expiring else None,
            online=online,
            user=user,
        )
        self.access[token.value] = token
        return token

    def _refresh(self, scope: str, *, replaces: str | None) -> RefreshToken:
        token = RefreshToken(
            value="shprt_" + secrets.token_hex(16),
            scope=scope,
            expires_at=self.clock() + REFRESH_LIFE,
            replaces=replaces,
        )
        self.refresh[token.value] = token
        return token

    def _answer(self, access: AccessToken, refresh: RefreshToken | None) -> dict[str, object]:
        answer: dict[str, object] = {"access_token": access.value, "scope": access.scope}
        if access.expires_at is not None:
            answer["expires_in"] = int(self.access_life)
        if refresh is not None:
            answer |= {"refresh_token": refresh.value, "refresh_token_expires_in": int(REFRESH_LIFE)}
        return answer
