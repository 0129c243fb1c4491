"""Reading what the load generators say."""

from __future__ import annotations

import pytest

from bench.children import BenchError
from bench.load import read_wrk

SAID = """Running 5s test @ http://127.0.0.1:3000
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     7.61ms    3.02ms  38.30ms   81.20%
  37435 requests in 5.00s, 4.93MB read
"""


def test_wrk_is_read_as_answers_over_seconds() -> None:
    load = read_wrk(SAID + "Requests/sec:   7487.00\n")
    assert (load.answers, load.refused, round(load.rps)) == (37435, 0, 7487)


def test_wrk_s_refusals_are_no_answers() -> None:
    more = "  Non-2xx or 3xx responses: 35\n  Socket errors: connect 0, read 3, write 0, timeout 2\n"
    load = read_wrk(SAID + more)
    assert (load.answers, load.refused) == (37400, 40)


def test_anything_else_is_no_result() -> None:
    with pytest.raises(BenchError):
        read_wrk("unable to connect to 127.0.0.1:3000")
