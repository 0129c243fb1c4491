"""The real web application over PostgreSQL and Valkey, two organisations in it, and documents posted as a page would."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp

from app import probes
from app.crypto import SecretHash
from app.domain.access import Role
from app.graphql.door import PATH
from app.graphql.ids import Kind, gid
from app.main import application
from app.models import api_tokens, members
from app.models.members import PURPOSE
from app.pages import BUILT
from app.wiring import Core, open_core, open_inbox, utc_now
from tests.conftest import Addresses
from tests.graphql.counting import Counted
from tests.models.world import OWNER, Joined, join
from tests.patience import FAR
from tests.shopify.fakes import session_token
from tests.stores.world import settings


@dataclass(frozen=True, kw_only=True)
class Colleague:
    """A member by their global id, with what their page comes in with."""

    id: str
    staff: str
    session: str = field(repr=False)


@dataclass(kw_only=True)
class Tenant:
    """One organisation, and what its people and tools come in with."""

    joined: Joined
    core: Core

    @property
    def session(self) -> str:
        """Of the account's owner."""
        return self.session_of(OWNER)

    def session_of(self, staff: str) -> str:
        domain = self.joined.domain
        return session_token(iss=f"https://{domain}/admin", dest=f"https://{domain}", sub=staff)

    async def member(self, role: Role, staff: str | None = None, *, name: str | None = None) -> Colleague:
        """Somebody of the staff, whom Shopify was asked about just now."""
        number, joined = staff or str(uuid4().int)[:12], self.joined
        sealed = self.core.vault.seal(name.encode(), tenant=joined.tenant, purpose=PURPOSE) if name else None
        async with self.core.database.tenant(joined.tenant) as tx:
            told = await members.told(
                tx,
                tenant=joined.tenant,
                shop=joined.shop,
                staff=number,
                account_owner=False,
                sealed_name=sealed,
            )
            await members.set_role(tx, tenant=joined.tenant, member=told.member, role=role)
        return Colleague(id=gid(Kind.MEMBER, told.member), staff=number, session=self.session_of(number))

    async def token(self, *scopes: str, days: float = 1) -> str:
        made = f"sb_{uuid4().hex}"
        async with self.core.database.tenant(self.joined.tenant) as tx:
            await api_tokens.create(
                tx,
                tenant=self.joined.tenant,
                token=uuid4(),
                name="tool",
                digest=SecretHash.of(made).digest,
                scopes=scopes,
                expires_at=utc_now() + timedelta(days=days),
            )
        return made


@dataclass(kw_only=True)
class Api:
    """`owner` sees every table: it is the test's eye. `mine` asks where nothing else is said."""

    app: ASGIApp
    core: Core
    client: httpx.AsyncClient
    owner: asyncpg.Connection
    mine: Tenant
    theirs: Tenant
    counted: Counted = field(repr=False)

    async def post(self, document: str, *, token: str | None = None, **variables: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token or self.mine.session}"}
        return await self.client.post(PATH, json={"query": document, "variables": variables}, headers=headers)

    async def ask(self, document: str, *, token: str | None = None, **variables: Any) -> dict[str, Any]:
        """The data; a document that fails fails the test."""
        answer = await self.post(document, token=token, **variables)
        body = answer.json()
        assert answer.status_code == 200, body
        assert not body.get("errors"), body["errors"]
        return dict(body["data"])

    async def refused(self, document: str, *, token: str | None = None, **variables: Any) -> list[str]:
        """The codes of its errors."""
        body = (await self.post(document, token=token, **variables)).json()
        assert body.get("errors"), body
        return [error["extensions"]["code"] for error in body["errors"]]

    async def orders(
        self,
        count: int,
        *,
        of: Tenant | None = None,
        state: str = "settled",
        first: int = 1001,
        **columns: Any,
    ) -> list[UUID]:
        """Orders of an organisation, a minute apart, the first one first."""
        whose = (of or self.mine).joined
        rows = await self.owner.fetch(
            "INSERT INTO record (tenant_id, connection_id, shop_id, kind, source_key, reference, reference_search, state,"
            " sink_number, first_seen_at, placed_at, amount, currency, reason_code, reason_sentence, reason_verdict)"
            " SELECT $1, $2, $3, 'order', n::text, '#' || n, '#' || n, $4, $7 || n,"
            " now() - interval '1 day' + n * interval '1 minute', now() - interval '1 day', 10.50, 'EUR', $8, $9, $10"
            " FROM generate_series($5::int, $6::int) AS n ORDER BY n RETURNING id",
            whose.tenant,
            whose.connection,
            whose.shop,
            state,
            first,
            first + count - 1,
            columns.get("numbers", "SO"),
            columns.get("code"),
            columns.get("sentence"),
            columns.get("verdict"),
        )
        return [row["id"] for row in rows]


@asynccontextmanager
async def serving(
    addresses: Addresses,
    valkey_url: str,
    dressed: Callable[[Core], Core] = lambda core: core,
    *,
    endpoints: frozenset[str] = frozenset(),
    page: Path = BUILT,
) -> AsyncIterator[Api]:
    """The application; `dressed` may give it other sides to open, and `endpoints` are what it may reach."""
    made = settings(addresses, valkey_url, shopify_address="http://127.0.0.1:9/{shop}", endpoints=endpoints)
    async with open_core(made, database_size=6) as opened, open_inbox(opened) as inbox:
        counted = Counted(opened.database)
        core = dressed(replace(opened, database=counted))
        app = application(core, inbox, probes.metrics(CollectorRegistry()), page=page)
        owner = await asyncpg.connect(addresses.owner)
        mine, theirs = [Tenant(joined=await join(opened.database), core=opened) for _ in range(2)]
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(
            transport=transport, base_url="https://app.example", timeout=FAR
        ) as client:
            yield Api(
                app=app, core=core, client=client, owner=owner, mine=mine, theirs=theirs, counted=counted
            )
        await owner.close()


@pytest.fixture
async def api(addresses: Addresses, valkey_url: str) -> AsyncIterator[Api]:
    async with serving(addresses, valkey_url) as made:
        yield made
