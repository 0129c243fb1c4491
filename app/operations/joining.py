"""Several shops in one organisation: its owner makes a code, and the owner of another shop brings that in with it."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from app.crypto import SecretHash, Vault
from app.errors import Refused, Throttled
from app.models import connection_lists, members, shop_codes, shop_moves, shops
from app.models.callers import audited
from app.models.database import AWAY, Database, Moving, aside
from app.models.shop_codes import Code
from app.models.shop_moves import Leaving
from app.wiring import Core

LIVES = timedelta(minutes=15)
MOST_TRIES = 10
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUPS, _GROUP = 4, 5
_TYPED = str.maketrans("OILU", "011V")
_LONGEST = 100


@dataclass(frozen=True, kw_only=True)
class Made:
    """`code` can be shown to nobody again."""

    code: str = field(repr=False)
    ends: datetime


@dataclass(frozen=True, kw_only=True)
class Joined:
    """Where the shop is now. `organisation` is what that is called."""

    tenant: UUID
    domain: str
    organisation: str


async def make(core: Core, *, tenant: UUID, by: str) -> Made:
    """A code that lets one shop join within a quarter of an hour. It ends the one before."""
    code = _new()
    async with core.database.tenant(tenant) as tx:
        await members.lock(tx, tenant=tenant)
        made, ends = await shop_codes.replace(
            tx, tenant=tenant, digest=_digest(code), made_by=by, lives=LIVES
        )
        facts = {"expires": ends.isoformat(timespec="seconds")}
        await audited(tx, tenant=tenant, actor=by, action="shop.join_code", subject=str(made), facts=facts)
    return Made(code=code, ends=ends)


async def join(core: Core, *, tenant: UUID, shop: UUID, code: str, by: str) -> Joined:
    """Moves a shop without connections, as it stands, into the organisation that made the code: all of it or nothing.

    Whoever asks twice with the same code for the same shop is told twice that it is done. Raises Refused for a code or
    a shop that will not do, and Throttled after too many tries.
    """
    digest = _digest(code)
    await _tried(core.database, tenant=tenant, shop=shop, by=by)
    home = await shop_codes.tenant_of(core.database, digest)
    if home is None:
        raise _unknown_code()
    async with core.database.moving(tenant) as moving:
        found = await shop_moves.leaving(await moving.into(tenant), tenant=tenant, shop=shop)
        if found is None:
            raise _unknown_shop()
        # The shop before its organisations, as everybody takes them: the other way round they would wait for each other.
        for each in sorted({tenant, home}):
            await shop_moves.lock(await moving.into(each), tenant=each)
        joined = await _moved(moving, core.vault, home, found, digest, by)
    # What was sent to it before is its own at once; should this be cut off, upkeep looks for it.
    with aside(), suppress(*AWAY):
        await core.rows.adopt_unowned(joined.tenant, joined.domain)
    return joined


async def _tried(database: Database, *, tenant: UUID, shop: UUID, by: str) -> None:
    """Notes the try before anything is said about its code: however many come at once, no more than MOST_TRIES count."""
    with aside():
        async with database.tenant(tenant) as tx:
            await members.lock(tx, tenant=tenant)
            if await shops.read(tx, tenant=tenant, shop=shop) is None:
                raise _unknown_shop()
            if await shop_codes.tries(tx, tenant=tenant, within=LIVES) >= MOST_TRIES:
                raise Throttled(
                    "shop_join.too_many", "Too many codes were tried. Wait a quarter of an hour.", after=LIVES
                )
            await audited(tx, tenant=tenant, actor=by, action=shop_codes.TRIED, subject=str(shop))


async def _moved(moving: Moving, vault: Vault, home: UUID, shop: Leaving, digest: bytes, by: str) -> Joined:
    tx = await moving.into(home)
    code = await shop_codes.hold(tx, tenant=home, digest=digest)
    if code is None:
        raise _unknown_code()
    if code.used_by != shop.domain or home != moving.home:
        _check(code, shop, own=home == moving.home)
        await moving.ended()
        requests = await shop_moves.take_out(await moving.into(moving.home), shop)
        tx = await moving.into(home)
        sealed = _sealed_anew(vault, shop, home)
        new = await shop_moves.bring_in(tx, shop, tenant=home, sealed=sealed, requests=requests)
        await shop_codes.used(tx, tenant=home, code=code.id, by=shop.domain)
        facts = {"domain": shop.domain, "code": str(code.id)}
        await audited(tx, tenant=home, actor=by, action="shop.join", subject=str(new), facts=facts)
    name = await connection_lists.organisation(tx, tenant=home)
    return Joined(tenant=home, domain=shop.domain, organisation=name)


def _check(code: Code, shop: Leaving, *, own: bool) -> None:
    """Raises Refused with what stands against it. Who hears of a code has all of it: nobody is told more by a guess."""
    if code.used_by is not None:
        raise Refused(
            "shop_join.used", "A shop has joined with this code already. Each shop needs a code of its own."
        )
    if code.ended:
        raise Refused(
            "shop_join.ended", "This code has ended. Make another one in the organisation to be joined."
        )
    if own:
        raise Refused(
            "shop_join.own",
            "This code is of the shop's own organisation. Enter it where the other shop's page is open.",
        )
    if shop.state == "uninstalled":
        raise Refused(
            "shop_join.uninstalled", "The app was uninstalled from this shop. Install it again first."
        )
    if shop.connections:
        raise Refused(
            "shop_join.connected",
            "Only a shop without connections can join. Remove those that were never live; a shop that was live stays on its own.",
        )


def _sealed_anew(vault: Vault, shop: Leaving, home: UUID) -> bytes | None:
    """What is sealed for one organisation opens in no other."""
    if shop.sealed is None:
        return None
    opened = vault.open(shop.sealed, tenant=shop.tenant, purpose=shops.TOKENS)
    return vault.seal(opened, tenant=home, purpose=shops.TOKENS)


def _new() -> str:
    """100 bits in letters that are not taken for one another, in groups that are copied without losing the place."""
    letters = [secrets.choice(_LETTERS) for _ in range(_GROUPS * _GROUP)]
    return "-".join("".join(letters[at : at + _GROUP]) for at in range(0, len(letters), _GROUP))


def _digest(code: str) -> bytes:
    """Of the letters alone, as they are meant, however they were typed."""
    typed = code[:_LONGEST].upper().translate(_TYPED)
    return SecretHash.of("".join(letter for letter in typed if letter in _LETTERS)).digest


def _unknown_code() -> Refused:
    return Refused(
        "shop_join.unknown",
        "There is no such code. Was it copied in whole? A newer code ends the one before.",
    )


def _unknown_shop() -> Refused:
    return Refused("shop.unknown", "There is no such shop.")
