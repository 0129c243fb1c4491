"""API tokens: found by their hash alone, gone once revoked or expired, and only in their own organisation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from app.crypto import SecretHash
from app.models import api_tokens
from app.models.database import Database
from tests.models.world import join

DIGEST = SecretHash.of("sb_token").digest


async def _make(
    database: Database, tenant: UUID, *, expires: timedelta | None = None, digest: bytes = DIGEST
) -> UUID:
    token = uuid4()
    async with database.tenant(tenant) as tx:
        await api_tokens.create(
            tx,
            tenant=tenant,
            token=token,
            name="BI",
            digest=digest,
            scopes=["read_status", "read_records"],
            expires_at=datetime.now(UTC) + expires if expires else None,
        )
    return token


async def test_a_token_is_found_by_its_hash_and_listed_with_its_scopes(database: Database) -> None:
    one = await join(database)
    token = await _make(database, one.tenant, expires=timedelta(days=1))
    assert await api_tokens.owner(database, DIGEST) == (one.tenant, token)
    async with database.tenant(one.tenant) as tx:
        (listed,) = await api_tokens.listed(tx, tenant=one.tenant)
    assert (listed.id, listed.scopes, listed.revoked_at) == (token, ["read_status", "read_records"], None)
    assert listed.made_at.tzinfo is not None


async def test_a_revoked_or_expired_token_opens_nothing(database: Database) -> None:
    one = await join(database)
    token = await _make(database, one.tenant)
    await _make(database, one.tenant, expires=timedelta(seconds=-1), digest=b"expired")
    assert await api_tokens.owner(database, DIGEST) is not None
    async with database.tenant(one.tenant) as tx:
        assert await api_tokens.revoke(tx, tenant=one.tenant, token=token)
        assert not await api_tokens.revoke(tx, tenant=one.tenant, token=token)
    assert await api_tokens.owner(database, DIGEST) is None
    assert await api_tokens.owner(database, b"expired") is None


async def test_another_organisations_token_is_neither_seen_nor_revoked(database: Database) -> None:
    mine, theirs = await join(database), await join(database)
    token = await _make(database, theirs.tenant)
    async with database.tenant(mine.tenant) as tx:
        assert await api_tokens.listed(tx, tenant=theirs.tenant) == []
        assert not await api_tokens.revoke(tx, tenant=theirs.tenant, token=token)
    async with database.tenant(theirs.tenant) as tx:
        assert len(await api_tokens.listed(tx, tenant=theirs.tenant)) == 1
