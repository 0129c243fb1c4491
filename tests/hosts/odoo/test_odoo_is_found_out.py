"""Which Odoo answers, which company is meant, and what a connection is told where either is wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from app.errors import AccessLost, Misconfigured, Retry, StockbridgeError
from app.hosts.odoo.spec import ODOO
from app.ports import Answer
from tests.hosts.odoo.rig import office


def told(value: object, status: int = 200) -> Answer:
    return Answer(status=status, headers={}, body=json.dumps(value).encode())


@pytest.mark.parametrize(("dialect", "version"), [("json2", "19.0"), ("jsonrpc", "17.0")])
async def test_the_version_decides_how_it_is_asked(dialect: str, version: str) -> None:
    odoo = office(dialect)
    health = await odoo.host.check()
    assert (health.account, health.version) == ("Beispiel Handel GmbH", version)
    paths = {request.url.partition("odoo.test")[2] for request in odoo.http.asked}
    assert any(path.startswith("/json/2/") for path in paths) is (dialect == "json2")
    assert ("/jsonrpc" in paths) is (dialect == "jsonrpc")


async def test_the_key_stands_in_a_header_or_a_body_and_never_in_an_address() -> None:
    for dialect in ("json2", "jsonrpc"):
        odoo = office(dialect)
        await odoo.host.check()
        key = odoo.http.simulator.credentials["key"]
        assert not any(key in request.url for request in odoo.http.asked)


@pytest.mark.parametrize(("text", "code"), [("13.0", "host.too_old"), ("saas~12.3", "host.too_old")])
async def test_an_odoo_that_is_too_old_says_so(text: str, code: str) -> None:
    odoo = office("jsonrpc")
    odoo.http.instead["/jsonrpc"] = [told({"result": {"server_version": text}})]
    with pytest.raises(Misconfigured) as raised:
        await odoo.host.check()
    assert raised.value.code == code


async def test_what_is_no_odoo_is_told_as_a_wrong_address() -> None:
    odoo = office()
    page = Answer(status=404, headers={}, body=b"<html></html>")
    odoo.http.instead["/web/version"] = [page]
    odoo.http.instead["/jsonrpc"] = [page]
    with pytest.raises(Misconfigured) as raised:
        await odoo.host.check()
    assert raised.value.code == "address.wrong"


async def test_a_server_that_is_not_well_is_asked_again() -> None:
    odoo = office()
    odoo.http.instead["/web/version"] = [Answer(status=502, headers={}, body=b"<html></html>")]
    with pytest.raises(Retry):
        await odoo.host.check()
    await odoo.host.check()


async def test_one_of_several_companies_has_to_be_named() -> None:
    odoo = office(company="")
    odoo.tables.create("res.company", {"name": "Zweite GmbH", "currency_id": 1})
    with pytest.raises(Misconfigured) as raised:
        await odoo.host.check()
    assert (raised.value.code, "Zweite GmbH" in raised.value.sentence) == ("company.unclear", True)
    other = office(company="Nobody")
    with pytest.raises(Misconfigured):
        await other.host.check()


async def test_a_wrong_database_and_a_plan_without_the_api_each_say_so() -> None:
    for status, code in ((404, "address.not_found"), (403, "access.forbidden")):
        odoo = office()
        odoo.http.instead["search_read"] = [Answer(status=status, headers={}, body=b"<html></html>")]
        with pytest.raises(Misconfigured) as raised:
            await odoo.host.check()
        assert raised.value.code == code
    for dialect in ("json2", "jsonrpc"):
        with pytest.raises(Misconfigured) as raised:
            await office(dialect, database="nope").host.check()
        assert raised.value.code == "address.not_found"
    with pytest.raises(AccessLost):
        await office("jsonrpc", login="somebody").host.check()


async def test_an_older_odoo_needs_the_users_login() -> None:
    with pytest.raises(Misconfigured) as raised:
        await office("jsonrpc", login="").host.check()
    assert raised.value.code == "form.incomplete"


@pytest.mark.parametrize("field", ["key", "database"])
@pytest.mark.parametrize("typed", ["hid\nden", "hid\rden", "hid\tden", "hid\u200bden"])
def test_a_key_with_a_sign_that_none_has_is_refused_before_anything_is_sent(field: str, typed: str) -> None:
    with pytest.raises(Misconfigured, match="copy it once more") as raised:
        office(**{field: typed})
    assert raised.value.code == "form.malformed"
    assert typed not in str(raised.value)
    office(**{field: " kept~.Q-8_ \n"})


@pytest.mark.parametrize("field", ["key", "database"])
async def test_a_key_in_a_header_is_ascii_and_a_password_of_an_older_odoo_need_not_be(field: str) -> None:
    for dialect in ("json2", "jsonrpc"):
        odoo = office(dialect, **{field: "hiddén"})
        with pytest.raises(StockbridgeError) as raised:
            await odoo.host.check()
        assert (raised.value.code == "form.malformed") == (dialect == "json2")


def test_a_keys_end_is_told_and_a_day_that_is_none_is_not() -> None:
    (lapse,) = ODOO.lapses({"key_until": " 2027-02-20 "})
    assert (lapse.label, lapse.at) == ("the API key", datetime(2027, 2, 20, tzinfo=UTC))
    assert ODOO.lapses({"key_until": "soon"}) == ()
    assert ODOO.lapses({}) == ()
