"""A shop's tokens over time: renewed early by one, never an old pair over a newer, and never lost with an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.errors import AccessLost, Retry, StockbridgeError, Unclear
from app.shopify.tokens import Patience, ShopTokens, TokenPair
from tests.shopify.fakes import NOW, SHOP, Clock, Vault, pair

QUICK = Patience(look=timedelta(milliseconds=2), between=timedelta(0), wait=timedelta(seconds=2))


class Renewing:
    """Gives the next pair, or fails as told; `asked` are the refresh tokens it was given."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.asked = clock, list[str]()
        self.failures: list[StockbridgeError] = []
        self.while_asked: Callable[[], Any] = lambda: None

    async def renew(self, shop: str, pair_: TokenPair) -> TokenPair:
        self.asked.append(pair_.refresh_token)
        await asyncio.sleep(0)
        self.while_asked()
        if self.failures:
            raise self.failures.pop(0)
        return pair(int(pair_.refresh_token.split("-")[1]) + 1, at=self.clock())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vault() -> Vault:
    made = Vault()
    made.put(pair(1))
    return made


@pytest.fixture
def renewing(clock: Clock) -> Renewing:
    return Renewing(clock)


def provider(vault: Vault, renewing: Renewing, clock: Clock) -> ShopTokens:
    return ShopTokens(shop=SHOP, vault=vault, renewal=renewing, patience=QUICK, now=clock)


@pytest.fixture
def tokens(vault: Vault, renewing: Renewing, clock: Clock) -> ShopTokens:
    return provider(vault, renewing, clock)


LOST = Unclear("shopify.token_unanswered", "No answer.")
GONE = AccessLost("shopify.grant_refused", "Refused.")


async def test_a_fresh_token_is_used_as_it_is(tokens: ShopTokens, renewing: Renewing) -> None:
    assert await tokens.token() == "access-1"
    assert renewing.asked == []


async def test_it_is_renewed_minutes_before_its_end(
    tokens: ShopTokens, renewing: Renewing, clock: Clock, vault: Vault
) -> None:
    clock.pass_by(minutes=54)
    assert await tokens.token() == "access-1"
    clock.pass_by(minutes=1)
    assert await tokens.token() == "access-2"
    assert renewing.asked == ["refresh-1"]
    assert vault.stored
    assert (vault.stored.version, vault.stored.pair.refresh_token) == (2, "refresh-2")
    assert vault.holder is None


async def test_many_callers_at_once_renew_once(tokens: ShopTokens, renewing: Renewing, clock: Clock) -> None:
    clock.pass_by(hours=2)
    assert set(await asyncio.gather(*(tokens.token() for _ in range(20)))) == {"access-2"}
    assert len(renewing.asked) == 1


async def test_many_processes_at_once_renew_once(vault: Vault, renewing: Renewing, clock: Clock) -> None:
    clock.pass_by(hours=2)
    processes = [provider(vault, renewing, clock) for _ in range(10)]
    assert set(await asyncio.gather(*(p.token() for p in processes))) == {"access-2"}
    assert len(renewing.asked) == 1


async def test_while_another_renews_a_token_that_still_works_is_used(
    tokens: ShopTokens, renewing: Renewing, clock: Clock, vault: Vault
) -> None:
    clock.pass_by(minutes=57)
    vault.holder = uuid4()
    assert await tokens.token() == "access-1"
    assert renewing.asked == []


async def test_a_holder_that_never_ends_makes_others_come_later(
    tokens: ShopTokens, clock: Clock, vault: Vault
) -> None:
    clock.pass_by(hours=2)
    vault.holder = uuid4()
    waiting = asyncio.create_task(tokens.token())
    await asyncio.sleep(0.02)
    clock.pass_by(seconds=3)
    with pytest.raises(Retry, match=r"shopify\.renewal_slow"):
        await waiting


async def test_after_a_lost_answer_the_old_refresh_token_is_tried_again(
    tokens: ShopTokens, renewing: Renewing, clock: Clock
) -> None:
    clock.pass_by(hours=2)
    renewing.failures = [LOST, Retry("shopify.unanswered", "No answer.")]
    assert await tokens.token() == "access-2"
    assert renewing.asked == ["refresh-1"] * 3


async def test_when_no_answer_comes_an_early_renewal_waits_and_the_old_token_serves(
    tokens: ShopTokens, renewing: Renewing, clock: Clock
) -> None:
    clock.pass_by(minutes=57)
    renewing.failures = [LOST] * 3
    assert await tokens.token() == "access-1"
    assert await tokens.token() == "access-1"
    assert len(renewing.asked) == 3
    clock.pass_by(seconds=31)
    assert await tokens.token() == "access-2"


async def test_when_no_answer_comes_and_nothing_works_the_caller_comes_later(
    tokens: ShopTokens, renewing: Renewing, clock: Clock, vault: Vault
) -> None:
    clock.pass_by(hours=2)
    renewing.failures = [LOST] * 3
    with pytest.raises(Retry, match=r"shopify\.renewal_failed"):
        await tokens.token()
    assert (vault.lost_versions, vault.holder) == ([], None)
    assert await tokens.token() == "access-2"


async def test_a_pair_stored_meanwhile_is_never_covered_by_an_older_one(
    tokens: ShopTokens, clock: Clock, vault: Vault
) -> None:
    clock.pass_by(hours=2)
    vault.before_store = lambda: vault.put(pair(9, at=clock()))
    assert await tokens.token() == "access-9"
    assert vault.stored
    assert vault.stored.pair.refresh_token == "refresh-9"


async def test_a_refusal_because_another_renewed_meanwhile_is_no_loss(
    tokens: ShopTokens, renewing: Renewing, clock: Clock, vault: Vault
) -> None:
    clock.pass_by(hours=2)
    renewing.failures = [GONE]
    renewing.while_asked = lambda: vault.put(pair(5, at=clock()))
    assert await tokens.token() == "access-5"
    assert vault.lost_versions == []


async def test_a_refused_grant_is_the_end_of_this_pair(
    tokens: ShopTokens, renewing: Renewing, clock: Clock, vault: Vault
) -> None:
    clock.pass_by(hours=2)
    renewing.failures = [GONE]
    with pytest.raises(AccessLost, match=r"shopify\.grant_refused"):
        await tokens.token()
    assert (vault.lost_versions, vault.stored) == ([1], None)
    with pytest.raises(AccessLost, match=r"shopify\.signed_out"):
        await tokens.token()
    assert renewing.asked == ["refresh-1"]


async def test_a_new_sign_in_serves_at_once(
    tokens: ShopTokens, renewing: Renewing, clock: Clock, vault: Vault
) -> None:
    vault.stored = None
    with pytest.raises(AccessLost):
        await tokens.token()
    vault.put(pair(3, at=clock()))
    assert await tokens.token() == "access-3"
    assert renewing.asked == []


async def test_a_token_that_shopify_refused_is_never_given_again(
    tokens: ShopTokens, renewing: Renewing
) -> None:
    assert await tokens.token() == "access-1"
    await tokens.refused("access-1")
    assert await tokens.token() == "access-2"
    assert renewing.asked == ["refresh-1"]


async def test_a_refused_token_that_another_process_replaced_costs_no_renewal(
    tokens: ShopTokens, renewing: Renewing, clock: Clock, vault: Vault
) -> None:
    assert await tokens.token() == "access-1"
    vault.put(pair(4, at=clock()))
    await tokens.refused("access-1")
    assert await tokens.token() == "access-4"
    assert renewing.asked == []


async def test_a_cancelled_renewal_gives_the_lease_back(
    tokens: ShopTokens, renewing: Renewing, clock: Clock, vault: Vault
) -> None:
    clock.pass_by(hours=2)
    task: asyncio.Task[str] = asyncio.create_task(tokens.token())
    renewing.while_asked = lambda: task.cancel() and None
    renewing.failures = [LOST]
    with pytest.raises(asyncio.CancelledError):
        await task
    assert vault.holder is None
    renewing.while_asked = lambda: None
    assert await tokens.token() == "access-2"


async def test_an_idle_shop_is_kept_alive(tokens: ShopTokens, vault: Vault) -> None:
    await tokens.keep_alive()
    assert vault.stored
    assert vault.stored.pair.refresh_token == "refresh-2"


def test_a_pair_never_shows_its_secrets() -> None:
    assert "access-1" not in repr(pair(1, at=NOW))
    assert "refresh-1" not in repr(pair(1, at=NOW))
