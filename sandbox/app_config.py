"""What the simulated Shopify knows of the app: its credentials, its address and its webhook subscriptions."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sandbox.subscriptions import Subscription, from_toml

DEFAULT_SCOPES = (
    "read_orders,write_orders,read_payment_terms,read_products,write_products,read_inventory,write_inventory,"
    "read_locations,read_markets,read_customers,write_customers,read_returns,read_fulfillments,"
    "read_merchant_managed_fulfillment_orders,write_merchant_managed_fulfillment_orders"
)
HeaderFamily = Literal["x", "events", "alternate"]


@dataclass(kw_only=True)
class AppConfig:
    client_id: str = "sandbox-client-id"
    client_secret: str = "sandbox-client-secret-0123456789"
    # While a secret is being rotated deliveries may still be signed with the previous one.
    previous_secret: str | None = None
    sign_with_previous: bool = False
    url: str | None = None
    app_id: int = 777
    # Granted to a shop that does not say otherwise.
    scopes: str = DEFAULT_SCOPES
    api_version: str = "2026-10"
    header_family: HeaderFamily = "x"
    subscriptions: list[Subscription] = field(default_factory=list)

    def declare(self, path: Path) -> None:
        """Take over what the app's own configuration file says."""
        declared = from_toml(path)
        self.subscriptions, self.api_version = declared.subscriptions, declared.api_version
        self.scopes = declared.scopes or self.scopes

    @property
    def gid(self) -> str:
        return f"gid://shopify/App/{self.app_id}"

    @property
    def signing_secret(self) -> str:
        return (
            self.previous_secret if self.sign_with_previous and self.previous_secret else self.client_secret
        )

    def signature(self, body: bytes) -> str:
        digest = hmac.new(self.signing_secret.encode(), body, hashlib.sha256).digest()
        return base64.b64encode(digest).decode()

    def knows_secret(self, client_id: str, secret: str) -> bool:
        accepted = [self.client_secret, self.previous_secret or self.client_secret]
        return client_id == self.client_id and any(hmac.compare_digest(secret, known) for known in accepted)

    def address(self, uri: str) -> str | None:
        """Where a subscription's deliveries go; None while no one said where the app lives."""
        if uri.startswith(("http://", "https://")):
            return uri
        return self.url.rstrip("/") + uri if self.url else None

    def reserved(self, namespace: str) -> str:
        """`$app:erp` is spelt out as the app's own namespace."""
        if namespace == "$app":
            return f"app--{self.app_id}"
        return namespace.replace("$app:", f"app--{self.app_id}--", 1)
