"""How strong this machine's processor is, and how much slower it must go to be the one that views are measured on.

Four times slower says nothing by itself: it is a phone on one machine and nothing that is sold on another. So the processor is
weighed first, and slowed to one strength, as Lighthouse asks those to do who compare reports ("Benchmarking CPU Power" and
"Calibrating the CPU slowdown" of its documentation on throttling). The weight is told on Lighthouse's scale: 1,500 to 2,000 is
a strong desktop, 125 to 800 a phone of the middle class.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from playwright.async_api import Browser

MEASURED_ON = 400.0
"""The strength views are measured on: a strong desktop, four times slower."""
_TIMES = 5

_WEIGH = """() => {
  const half = 250;
  const each = (work) => {
    const until = performance.now() + half;
    let done = 0;
    for (; performance.now() < until; done++) work();
    return done / (half / 1000) / 10;
  };
  const letters = () => {
    let word = "";
    for (let at = 0; at < 10000; at++) word += "a";
    if (word.length !== 10000) throw new Error("a word was not built");
  };
  const from = Array.from({ length: 100000 }, (_, at) => at);
  const into = new Array(100000).fill(0);
  const copied = () => {
    for (let at = 0; at < from.length; at++) into[at] = from[at];
  };
  return (each(letters) + each(copied)) / 2;
}"""


async def strength(browser: Browser) -> float:
    """Of a tab of its own, on Lighthouse's scale: the median of some weighings after one that warms up."""
    page = await browser.new_page()
    try:
        weighed = [float(await page.evaluate(_WEIGH)) for _ in range(_TIMES + 1)]
    finally:
        await page.close()
    return statistics.median(weighed[1:])


def slowdown(strengths: Sequence[float]) -> float:
    """How many times slower a processor must go to be as strong as `MEASURED_ON`; 1 for one that is weaker already."""
    return max(1.0, round(statistics.median(strengths) / MEASURED_ON, 2))
