"""How many webhooks one web process takes, against the classic design; and whether what it acknowledged is stored.

All rounds are interleaved in one run and each figure is the median of its rounds, so trust the ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

import run
from bench.bodies import Signed, signed_orders
from bench.children import end_when_told
from bench.contenders import Ours, Peer
from bench.ground import PROFILE, Ground, ground
from bench.load import Load, generator, press
from bench.open_loop import Sender, latencies, percentile
from bench.report import Value, machine, progress, rounded, tell
from bench.stored import Stored, killed

RATE = 300
_BODIES = 64
_SHOPS = 10
_WARM_UP = 1.0
_STEADY_SECONDS = 6.0


class Contender(Protocol):
    name: str

    def running(self) -> AbstractContextManager[str]: ...


@dataclass(frozen=True, kw_only=True)
class Course:
    """One run of the bench: who is measured, with what, for how long."""

    ground: Ground
    orders: Sequence[Signed]
    seconds: float
    rounds: int
    loads: dict[str, list[Load]] = field(default_factory=dict)
    steady: dict[str, list[list[float]]] = field(default_factory=dict)

    def contenders(self) -> list[Contender]:
        return [
            Ours(self.ground),
            Peer(self.ground, "everysec"),
            Peer(self.ground, "always"),
            Ours(self.ground, processes=2),
            Peer(self.ground, "everysec", processes=2),
            Peer(self.ground, "always", processes=2),
        ]

    def go(self) -> None:
        for number in range(self.rounds):
            for contender in self.contenders():
                self._round(number, contender)

    def _round(self, number: int, contender: Contender) -> None:
        with contender.running() as url:
            load = press(
                url,
                self.orders,
                self.ground.shops,
                by=generator(),
                prefix=f"r{number}-",
                home=self.ground.home,
                warm_up=_WARM_UP,
                seconds=self.seconds,
            )
            self.loads.setdefault(contender.name, []).append(load)
            progress(f"round {number + 1}: {contender.name} {load.rps:.0f}/s, {load.refused} refused")
            if contender.name in {"ours", "peer"}:
                sender = Sender(url, self.orders, self.ground.shops, prefix=f"s{number}-")
                took = asyncio.run(latencies(sender, rate=RATE, seconds=_STEADY_SECONDS, warm_up=1.0))
                self.steady.setdefault(contender.name, []).append(took)

    def rps(self, name: str) -> float:
        return statistics.median(load.rps for load in self.loads[name])

    def ratio(self, over: str, under: str) -> float:
        """The median of the rounds' own ratios: neighbours in time met the same machine."""
        pairs = zip(self.loads[over], self.loads[under], strict=True)
        return rounded(statistics.median(mine.rps / theirs.rps for mine, theirs in pairs))

    def at_rate(self, name: str, part: float) -> float:
        return rounded(statistics.median(percentile(took, part) for took in self.steady[name]))

    def kill_postgres(self) -> Stored:
        with Ours(self.ground).running() as url:
            return asyncio.run(killed(self.ground, url, self.orders))


def main() -> None:
    options = _options()
    end_when_told()
    run.set_up(node_modules=True, page=False)
    began = time.monotonic()
    with ground(shops_installed=_SHOPS) as made:
        orders = signed_orders(_BODIES, secret=made.secret, seed=options.seed)
        course = Course(ground=made, orders=orders, seconds=options.seconds, rounds=options.rounds)
        course.go()
        stored = course.kill_postgres()
    result = figures(course, stored) | {
        "rounds": options.rounds,
        "seed": options.seed,
        "profile": PROFILE,
        "machine": machine(),
        "seconds": rounded(time.monotonic() - began),
    }
    tell(result, title="Webhook intake", as_json=options.json)
    if stored.acknowledged != stored.stored or not stored.after_last_kill:
        raise SystemExit(1)


def figures(course: Course, stored: Stored) -> dict[str, Value]:
    return {
        "ours_rps": rounded(course.rps("ours")),
        "peer_rps": rounded(course.rps("peer")),
        "peer_durable_rps": rounded(course.rps("peer_durable")),
        "ratio": course.ratio("ours", "peer"),
        "ratio_durable": course.ratio("ours", "peer_durable"),
        "ours_2_rps": rounded(course.rps("ours_2")),
        "peer_2_rps": rounded(course.rps("peer_2")),
        "peer_durable_2_rps": rounded(course.rps("peer_durable_2")),
        "ratio_2": course.ratio("ours_2", "peer_2"),
        "ratio_durable_2": course.ratio("ours_2", "peer_durable_2"),
        "p50_ms_at_300": course.at_rate("ours", 0.5),
        "p99_ms_at_300": course.at_rate("ours", 0.99),
        "peer_p50_ms_at_300": course.at_rate("peer", 0.5),
        "peer_p99_ms_at_300": course.at_rate("peer", 0.99),
        "refused": {name: _sum(load.refused for load in loads) for name, loads in course.loads.items()},
        "acknowledged": stored.acknowledged,
        "stored": stored.stored,
        "postgres_kills": stored.kills,
        "refused_while_killed": stored.refused,
        "generator": f"{generator()}, closed loop; own asyncio client at fixed rates",
    }


def _sum(numbers: Iterable[int]) -> int:
    return sum(numbers)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="stockbridge bench ingest", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--seed", type=int, default=7, help="for the bodies")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement")
    return parser.parse_args()


if __name__ == "__main__":
    main()
