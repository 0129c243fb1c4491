"""The words about flows, runs, replay and back-fill, as an operator says them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from tests.models.world import Joined
from tests.typed import said


async def test_a_flow_is_changed_and_stopped_and_the_log_knows(env: dict[str, str], joined: Joined) -> None:
    shop = ("--shop", joined.domain)
    wish = ("--owner", "either", "--cadence", "@every 60")
    (changed,) = (await said(env, "flow", "change", "orders", *shop, *wish)).lines
    assert (changed["owner"], changed["cadence"], changed["chosen"]) == ("either", "@every 60", True)
    (stopped,) = (await said(env, "flow", "stop", "orders", *shop)).lines
    assert stopped["stopped_at"]
    refused, log = await asyncio.gather(
        said(env, "flow", "run", "orders", *shop), said(env, "flow", "log", *shop)
    )
    assert (refused.code, "[flow.stopped]" in refused.err) == (2, True)
    assert [row["action"] for row in log.lines] == ["flow.stop", "flow.cadence", "flow.owner"]


async def test_a_range_too_old_is_refused_and_a_back_fill_is_listed_and_a_dry_replay_writes_nothing(
    env: dict[str, str], joined: Joined
) -> None:
    shop = ("--shop", joined.domain)
    old, dry = await asyncio.gather(
        said(env, "backfill", *shop, "--since", "2020-01-01", "--no-wait"),
        said(env, "replay", *shop, "--since", "2026-01-01", "--dry"),
    )
    assert (old.code, "read_all_orders" in old.err) == (2, True)
    assert (dry.code, dry.out) == (0, "")
    since = (datetime.now(UTC) - timedelta(days=3)).strftime("%Y-%m-%d")
    begun = await said(env, "backfill", *shop, "--since", since, "--no-wait")
    assert begun.code == 0, begun.err
    (listed,) = (await said(env, "runs", *shop)).lines
    assert (listed["kind"], listed["state"], listed["started_by"]) == ("backfill", "running", "command line")
