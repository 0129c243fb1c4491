"""The door to PostgreSQL: Tortoise's pool, one tenant per transaction, and the checks that security is really on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, cast
from uuid import UUID

import asyncpg
from tortoise import Tortoise
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper

from app.errors import Bug, Misconfigured
from app.models.addresses import place
from app.models.kept import Kept

if TYPE_CHECKING:
    from tortoise.context import TortoiseContext

Value: TypeAlias = object
Row: TypeAlias = asyncpg.Record

ENTITIES = "app.models.entities"
AWAY = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
)
"""What a database raises that is away, busy or just coming back: it says nothing about what was asked of it."""

GONE = (asyncpg.ForeignKeyViolationError,)
"""What a database raises when the row that another was to hang on has gone meanwhile."""

_tenant: ContextVar[UUID | None] = ContextVar("tenant", default=None)


@dataclass(frozen=True)
class Tx:
    """One open transaction. `orm` goes to `using_db`; the rest is plain SQL on the same connection.

    `kept` is the process's, whichever transaction asks.
    """

    connection: asyncpg.Connection
    client: AsyncpgDBClient
    kept: Kept = field(default_factory=Kept, kw_only=True)

    @property
    def orm(self) -> AsyncpgDBClient:
        """Tortoise's view of this connection, made when a model is asked for."""
        wrapper = TransactionWrapper(self.client)
        wrapper._connection = self.connection
        return wrapper

    async def rows(self, sql: str, *values: Value) -> list[Row]:
        return await self.connection.fetch(sql, *values)

    async def row(self, sql: str, *values: Value) -> Row | None:
        return await self.connection.fetchrow(sql, *values)

    async def value(self, sql: str, *values: Value) -> object:
        return cast(object, await self.connection.fetchval(sql, *values))

    async def run(self, sql: str, *values: Value) -> int:
        """Executes and answers with the number of rows it touched."""
        tag = await self.connection.execute(sql, *values)
        count = tag.rsplit(" ", 1)[-1]
        return int(count) if count.isdigit() else 0


@dataclass(frozen=True, kw_only=True)
class Moving:
    """A transaction that steps from tenant to tenant, by its own word each time."""

    tx: Tx
    home: UUID

    async def into(self, tenant: UUID) -> Tx:
        """From here on only this tenant's rows are there."""
        await self.tx.value("SELECT set_config('app.tenant', $1, true)", str(tenant))
        return self.tx

    async def ended(self) -> None:
        """What the task has done at the end of a transaction of its tenant's, before that tenant may be no more."""
        tx = await self.into(self.home)
        if (ended := ending.get()) is not None:
            await ended(tx)


ending: ContextVar[Callable[[Tx], Awaitable[None]] | None] = ContextVar("ending", default=None)
"""What a task has done at the end of each of a tenant's transactions, as a part of it."""


@contextmanager
def aside() -> Iterator[None]:
    """For transactions that are no part of what the task is about."""
    token = ending.set(None)
    try:
        yield
    finally:
        ending.reset(token)


class Database:
    """Opened by `wiring`; everyone else is given it. No transaction may stay open across a network call."""

    def __init__(self, context: TortoiseContext, client: AsyncpgDBClient) -> None:
        self._context = context
        self._client = client
        self._pool = cast(asyncpg.Pool, client._pool)
        self.kept = Kept()

    @classmethod
    async def open(cls, url: str, *, size: int = 20) -> Database:
        """Connects as the app role. Raises Misconfigured when row-level security would not hold for this user."""
        context = await Tortoise.init(
            config={
                "connections": {
                    "default": {"engine": "tortoise.backends.asyncpg", "credentials": credentials(url, size)}
                },
                "apps": {
                    "models": {"models": [ENTITIES], "default_connection": "default", "migrations": None}
                },
                "use_tz": True,
                "timezone": "UTC",
            },
            # Requests run in other tasks than the one that opened the database.
            _enable_global_fallback=True,
        )
        client = cast(AsyncpgDBClient, context.connections.get("default"))
        await client.create_connection(with_db=True)
        database = cls(context, client)
        async with database.across() as tx:
            await _refuse_powerful_user(tx)
        return database

    async def close(self) -> None:
        await self._context.close_connections()

    @asynccontextmanager
    async def tenant(self, tenant: UUID) -> AsyncIterator[Tx]:
        """A transaction that sees one tenant's rows only; commits on clean exit. Inside another tenant's scope: Bug."""
        outer = _tenant.get()
        if outer is not None:
            raise Bug("tenant.nested", f"A transaction of tenant {outer} is still open in this task.")
        token = _tenant.set(tenant)
        try:
            # The id is a UUID, so it can stand in the text and all of it is one round trip.
            async with self._transaction(
                f"BEGIN; SELECT set_config('app.tenant', '{UUID(int=tenant.int)}', true)"
            ) as tx:
                yield tx
                if (ended := ending.get()) is not None:
                    await ended(tx)
        finally:
            _tenant.reset(token)

    @asynccontextmanager
    async def moving(self, home: UUID) -> AsyncIterator[Moving]:
        """One transaction for what goes from one tenant, `home`, to another: it stands in one at a time and sees its
        rows alone."""
        if _tenant.get() is not None:
            raise Bug("tenant.nested", "A transaction of another tenant is still open in this task.")
        token = _tenant.set(home)
        try:
            async with self._transaction("BEGIN") as tx:
                yield Moving(tx=tx, home=home)
        finally:
            _tenant.reset(token)

    @asynccontextmanager
    async def across(self) -> AsyncIterator[Tx]:
        """A transaction with no tenant set: sees no tenant's rows; for the functions that cross tenants."""
        async with self._transaction("BEGIN") as tx:
            yield tx

    @asynccontextmanager
    async def _transaction(self, begin: str) -> AsyncIterator[Tx]:
        """Whatever leaves the block half-done is rolled back, at the latest when the pool takes the connection back."""
        async with self._pool.acquire() as connection:
            await connection.execute(begin)
            try:
                yield Tx(connection=cast(asyncpg.Connection, connection), client=self._client, kept=self.kept)
            except BaseException:
                # A lost connection is the error that is already under way; it took its transaction with it.
                with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    await connection.execute("ROLLBACK")
                raise
            await connection.execute("COMMIT")


def credentials(url: str, size: int) -> dict[str, object]:
    """Tortoise's credentials for a PostgreSQL address."""
    return {
        **place(url),
        "minsize": 1,
        "maxsize": size,
        "command_timeout": 60,
        "reset": _reset,
    }


async def _reset(connection: asyncpg.Connection) -> None:
    """All we ever set is set for a transaction only, so a connection that comes back outside one is as new.

    One whose end was cancelled is rolled back: else the next transaction would be a part of it and never commit.
    """
    if connection.is_in_transaction():
        await connection.reset()


async def _refuse_powerful_user(tx: Tx) -> None:
    row = await tx.row(
        "SELECT rolsuper OR rolbypassrls AS beyond, EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n"
        " ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relowner = r.oid) AS owns"
        " FROM pg_roles r WHERE rolname = current_user"
    )
    if row is None or row["beyond"] or row["owns"]:
        raise Misconfigured(
            "database.user_too_powerful",
            "The database user is a superuser, bypasses row-level security or owns tables, so tenants would not be kept"
            " apart. Give DATABASE_URL the app role that `stockbridge migrate` makes.",
        )
