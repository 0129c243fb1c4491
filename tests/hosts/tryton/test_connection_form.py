"""What the connection test says about servers that are no Tryton, an old one, or one without our modules."""

from __future__ import annotations

import json

import pytest

from app.errors import Misconfigured
from app.hosts.tryton.spec import TRYTON
from app.ports import Answer, Request
from tests.hosts.rig import NoHttp, StateInMemory

FORM = {
    "address": "https://erp.example.com/",
    "database": "books",
    "key": "k",
    "user": "hub",
    "password": "p",
}
WEB_PAGE = Answer(status=400, headers={}, body=b"<p>Unable to get RPC method</p>")


class Server:
    """Answers the version, and everything else with one answer."""

    def __init__(self, version: object, rest: Answer = WEB_PAGE) -> None:
        self._version = version
        self._rest = rest
        self.asked: list[str] = []

    async def send(self, request: Request) -> Answer:
        self.asked.append(request.url)
        if request.url == "https://erp.example.com/rpc/":
            return Answer(
                status=200, headers={}, body=json.dumps({"id": 0, "result": self._version}).encode()
            )
        return self._rest


@pytest.mark.parametrize(
    ("server", "code"),
    [
        (Server("7.0"), "host.too_old"),
        (Server("odd"), "host.too_old"),
        (Server(None), "address.wrong"),
        (Server("8.0"), "host.module_missing"),
        (Server("8.2", Answer(status=404, headers={}, body=b"")), "address.not_found"),
    ],
)
async def test_the_connection_test_says_what_is_wrong(server: Server, code: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        await TRYTON.open(FORM, server, StateInMemory()).check()
    assert refused.value.code == code


async def test_a_database_name_can_not_lead_anywhere_else() -> None:
    server = Server("8.0")
    host = TRYTON.open({**FORM, "database": "../admin?x="}, server, StateInMemory())
    with pytest.raises(Misconfigured):
        await host.check()
    assert server.asked[1].startswith("https://erp.example.com/..%2Fadmin%3Fx%3D/rest/model/web.shop?")


@pytest.mark.parametrize("missing", sorted(FORM))
def test_a_form_that_is_not_filled_in_is_refused_at_once(missing: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        TRYTON.open({**FORM, missing: " "}, NoHttp(), StateInMemory())
    assert refused.value.code == "form.incomplete"


def test_an_account_is_a_server_and_a_database() -> None:
    assert TRYTON.account(FORM) == "erp.example.com/books"
