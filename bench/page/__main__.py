"""`stockbridge bench page`: each view, framed by the simulated admin, as a merchant on a slow line would see it.

Our side runs as in production: the document names Shopify's own scripts, which the stand-ins answer for.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import sys
import time
from collections.abc import Mapping

from app.embedded import temporary_home
from app.pages import Bundle
from bench.children import BenchError, end_when_told
from bench.page.judging import CLS, JS_BYTES, LCP_MS, Figures, Seen, medians, missed
from bench.page.measuring import BYTES_PER_SECOND, ROUND_TRIP_MS, SLOWER, seen
from bench.report import Value, machine, progress, rounded, tell
from tests.browser.admin import chromium, open_browser
from tests.browser.surroundings import surroundings
from tests.browser.views import furnished


def main() -> None:
    options = _options()
    end_when_told()
    if chromium() is None:
        raise SystemExit("bench page needs Chromium, and there is none on this machine.")
    began = time.monotonic()
    try:
        rounds = asyncio.run(_measured(options.rounds))
    except BenchError as error:
        raise SystemExit(str(error)) from error
    built = built_bytes(Bundle.found())
    views = medians(rounds)
    failed = missed(views, built_bytes=built)
    more = {"rounds": options.rounds, "seed": options.seed, "seconds": rounded(time.monotonic() - began)}
    tell(result(views, built, failed) | more, title="Page", as_json=options.json)
    sys.exit(1 if failed else 0)


def result(views: list[Figures], built: int, failed: list[str]) -> dict[str, Value]:
    return {
        "views": [each.shown() for each in views],
        "js_built_bytes": built,
        "most": {"lcp_ms": LCP_MS, "cls": CLS, "js_bytes": JS_BYTES},
        "missed": list[Value](failed),
        "line_mbit": BYTES_PER_SECOND * 8 / 1_000_000,
        "round_trip_ms": ROUND_TRIP_MS,
        "processor_slower": SLOWER,
        "machine": machine(),
    }


def built_bytes(bundle: Bundle) -> int:
    """The scripts that the document names, compressed as they are sent; 0 without a build."""
    named = [bundle.script, *bundle.parts] if bundle.script else []
    return sum(len(gzip.compress((bundle.folder / name).read_bytes())) for name in named)


async def _measured(rounds: int) -> list[Mapping[str, Seen]]:
    with temporary_home() as home:
        async with surroundings(home, scripts_of_shopify=True) as place, open_browser() as browser:
            views = await furnished(browser, place)
            found: list[Mapping[str, Seen]] = []
            for number in range(rounds):
                found.append({view.name: await seen(browser, place, view) for view in views})
                shown = {name: round(each.lcp_ms) for name, each in found[-1].items()}
                progress(f"round {number + 1}: {shown}")
            return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="stockbridge bench page", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--seed", type=int, default=7, help="named in the result; nothing here is left to chance"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
