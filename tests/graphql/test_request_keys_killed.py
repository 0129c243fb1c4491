"""A process that is killed in the middle of a change with a key: it is made once, or not yet, and the next call knows which."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from dataclasses import asdict
from uuid import uuid4

import pytest

from app.graphql.request_keys import HEADER
from tests.conftest import Addresses
from tests.graphql.conftest import Api
from tests.graphql.test_request_keys import ADD, HOOK, add, codes, made
from tests.patience import FAR

_OVER = "UPDATE request_key SET lease_until = now() - interval '1 second'"


@pytest.mark.long
@pytest.mark.parametrize(
    ("words", "times", "then"),
    [("INTO alert_recipient", 0, []), ("SET answer", 1, ["api.key_unfinished"])],
    ids=["before the change", "before its answer was kept"],
)
async def test_what_was_cut_off_is_made_once(
    api: Api, addresses: Addresses, valkey_url: str, words: str, times: int, then: list[str]
) -> None:
    key, token = str(uuid4()), await api.mine.token("admin")
    headers = {"Authorization": f"Bearer {token}", HEADER: key}
    told = {
        "words": words,
        "addresses": asdict(addresses),
        "valkey": valkey_url,
        "headers": headers,
        "body": {"query": ADD, "variables": {"address": HOOK}},
    }
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.graphql.dying", stdin=asyncio.subprocess.PIPE
    )
    await asyncio.wait_for(child.communicate(json.dumps(told).encode()), FAR)
    assert (child.returncode, await made(api)) == (-signal.SIGKILL, times)
    assert codes(await add(api, key, token=token)) == ["api.key_in_use"]
    await api.owner.execute(_OVER)
    assert codes(await add(api, key, token=token)) == then
    assert await made(api) == 1
