"""`stockbridge bench api`: how long a page of 50 takes with a million records stored, first and deep in the list.

A web process as in production, asked over HTTP by a tool with an API token, one page after the other. First pages, deep
ones, searches and changes take turns, so that all of them meet the same machine.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import Mapping

import httpx

from bench.api.asking import Places, asked, questions
from bench.api.filling import Filled, filled
from bench.api.judging import failures
from bench.children import end_when_told
from bench.contenders import Ours
from bench.ground import PROFILE, Ground, ground
from bench.open_loop import percentile
from bench.report import Value, machine, progress, rounded, tell

_WARM_UP = 20
_PLACES = 200


def main() -> None:
    options = _options()
    end_when_told()
    began = time.monotonic()
    with ground(environment={"TOKEN_REQUESTS_PER_MINUTE": "10000000"}) as made:
        stored = asyncio.run(filled(made.environment, rows=options.rows))
        loaded = time.monotonic() - began
        took = _asked(made, stored, pages=options.pages, seed=options.seed)
    result: dict[str, Value] = {f"p95_{name}": rounded(percentile(each, 0.95)) for name, each in took.items()}
    result |= {f"p50_{name}": rounded(percentile(each, 0.5)) for name, each in took.items()}
    result |= {
        "rows": stored.rows,
        "pages": options.pages,
        "seed": options.seed,
        "profile": PROFILE,
        "machine": machine(),
        "load_seconds": rounded(loaded),
        "seconds": rounded(time.monotonic() - began),
    }
    tell(result, title="Pages of the API", as_json=options.json)
    failed = failures({name: percentile(each, 0.95) for name, each in took.items()})
    for sentence in failed:
        progress(f"FAILED: {sentence}")
    raise SystemExit(1 if failed else 0)


def _asked(made: Ground, stored: Filled, *, pages: int, seed: int) -> Mapping[str, list[float]]:
    """Milliseconds of each page, by the figure's name; the quickest first."""
    places = asyncio.run(Places.drawn(made.owner, stored, seed=seed, count=_PLACES))
    choices = questions(places, seed=seed)
    took: dict[str, list[float]] = {name: [] for name in choices}
    headers = {"Authorization": f"Bearer {stored.token}"}
    turn, luck = list(choices.items()), random.Random(seed)
    with (
        Ours(made).running() as url,
        httpx.Client(base_url=url, headers=headers, timeout=30, trust_env=False) as client,
    ):
        for number in range(_WARM_UP + pages):
            # In an order of chance: else the same kind would always pay for what the one before it left behind.
            luck.shuffle(turn)
            for name, choose in turn:
                milliseconds = asked(client, choose())
                if number >= _WARM_UP:
                    took[name].append(milliseconds)
    return {name: sorted(each) for name, each in took.items()}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="stockbridge bench api", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--rows", type=int, default=1_000_000, help="records that are stored")
    parser.add_argument("--pages", type=int, default=400, help="of each kind that are asked for")
    parser.add_argument("--seed", type=int, default=7, help="for the places in the lists")
    return parser.parse_args()


if __name__ == "__main__":
    main()
