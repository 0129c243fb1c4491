"""A worker in a process of its own, as in production: `python -m tests.jobs.process ADDRESS SECONDS_PER_DRAIN`."""

from __future__ import annotations

import os
import sys
from uuid import UUID

import uvloop

from app import logs
from app.job_queue import JobQueue, connect
from app.jobs.context import WorkerContext
from app.jobs.worker import run_worker
from tests.jobs.crew import QUICK, CountingWork, MemoryLeases


class TalkingWork(CountingWork):
    """Says on stdout what it does."""

    async def drain(self, tenant: UUID, shop: UUID) -> bool:
        print("started", flush=True)
        more = await super().drain(tenant, shop)
        print("finished", flush=True)
        return more


async def main(url: str, lasts: float) -> None:
    queue = JobQueue(connect(url), shards=4)
    context = WorkerContext(
        name=f"process-{os.getpid()}",
        work=TalkingWork(lasts=lasts),
        leases=MemoryLeases(4),
        queue=queue,
        redis_url=url,
        timing=QUICK,
        shards=4,
        slots=8,
    )
    await run_worker(context)
    await queue.aclose()
    print("ended", flush=True)


if __name__ == "__main__":
    logs.configure("warning", False)
    uvloop.run(main(sys.argv[1], float(sys.argv[2])))
