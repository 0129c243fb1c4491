"""Microsoft Entra's end of it: a client's secret for a token that lasts about an hour."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.erps.businesscentral.company import CLIENT, SCOPE, SECRET, TENANT, Company


class NoToken(Exception):
    """The door's own way to say no."""

    def __init__(self, status: int, error: str, number: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.error, self.number, self.sentence = status, error, number, sentence

    @property
    def body(self) -> dict[str, Any]:
        now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%SZ}"
        trace = str(uuid.uuid4())
        told = f"AADSTS{self.number}: {self.sentence} Trace ID: {trace} Timestamp: {now}"
        return {
            "error": self.error,
            "error_description": told,
            "error_codes": [self.number],
            "timestamp": now,
            "trace_id": trace,
            "correlation_id": str(uuid.uuid4()),
        }


@dataclass(kw_only=True)
class Entra:
    company: Company
    tokens: dict[str, float] = field(default_factory=dict)

    def token(self, tenant: str, form: Mapping[str, str]) -> dict[str, Any]:
        if tenant.lower() != TENANT:
            raise NoToken(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
        if form.get("grant_type") != "client_credentials":
            raise NoToken(
                400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type."
            )
        if form.get("client_id") != CLIENT:
            raise NoToken(
                400,
                "unauthorized_client",
                700016,
                "Application was not found in the directory of the tenant.",
            )
        if not secrets.compare_digest(form.get("client_secret", "").encode(), SECRET.encode()):
            raise NoToken(401, "invalid_client", 7000215, "Invalid client secret provided.")
        if form.get("scope") != SCOPE:
            raise NoToken(400, "invalid_scope", 1002012, "The provided value for scope is not valid.")
        made = secrets.token_urlsafe(48)
        self.tokens[made] = time.monotonic() + self.company.token_seconds
        seconds = self.company.token_seconds
        return {
            "token_type": "Bearer",
            "expires_in": seconds,
            "ext_expires_in": seconds,
            "access_token": made,
        }

    def opens(self, header: str) -> bool:
        kind, _, token = header.partition(" ")
        return kind.lower() == "bearer" and self.tokens.get(token, 0.0) > time.monotonic()

    def forget(self) -> None:
        """Every token is one no more."""
        self.tokens.clear()
