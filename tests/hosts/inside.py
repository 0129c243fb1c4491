"""A simulated ERP inside the test's own process: an adapter's requests go straight into it, without a port."""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx

from app.ports import Answer, Request
from sandbox.erps.serving import Simulator


@dataclass(kw_only=True)
class Inside:
    """Implements `Http`. `asked`: what was sent, by path; `instead`: answers that stand in for the next ones of a path's end."""

    simulator: Simulator
    asked: list[Request] = field(default_factory=list)
    instead: dict[str, list[Answer]] = field(default_factory=dict)

    async def send(self, request: Request) -> Answer:
        self.asked.append(request)
        for ending, answers in self.instead.items():
            if answers and (request.url.endswith(ending) or ending.encode() in (request.body or b"")):
                return answers.pop(0)
        transport = httpx.ASGITransport(app=self.simulator.app)
        async with httpx.AsyncClient(transport=transport) as client:
            headers = dict(request.headers)
            answer = await client.request(request.method, request.url, headers=headers, content=request.body)
        assert len(answer.content) <= request.most_bytes, f"the door would have cut off {request.url}"
        return Answer(
            status=answer.status_code,
            headers={name.lower(): value for name, value in answer.headers.items()},
            body=answer.content,
        )
