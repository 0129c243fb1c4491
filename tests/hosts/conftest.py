"""The ERPs under the contract suite: one line each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import pytest

from app.domain.document import SalesDocument
from app.hosts.businesscentral.spec import BUSINESS_CENTRAL
from app.hosts.netsuite.spec import NETSUITE
from app.hosts.odoo.spec import ODOO
from app.hosts.rest.spec import REST
from app.outbound import Outbound
from app.ports import Fence, Host, Sink
from tests.hosts.memory.rig import running, with_items
from tests.hosts.rig import HostUnderTest, door, opened, orders
from tests.hosts.simulated import Words, simulated
from tests.hosts.tryton.rig import TrytonUnderTest, on_sqlite

Start = Callable[[pytest.FixtureRequest], AbstractContextManager[HostUnderTest]]


def memory(fence: Fence) -> Start:
    @contextmanager
    def start(request: pytest.FixtureRequest) -> Iterator[HostUnderTest]:
        homes: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
        with running(homes.mktemp("erp") / "erp.sqlite", fence=fence) as under:
            asyncio.run(with_items(under))
            yield under

    return start


def tryton(request: pytest.FixtureRequest) -> AbstractContextManager[HostUnderTest]:
    return nullcontext(request.getfixturevalue("tryton_on_sqlite"))


@pytest.fixture(scope="package")
def tryton_on_sqlite() -> Iterator[TrytonUnderTest]:
    """One server for all files of this folder that a process of the run has in a row; it ends with the last of them."""
    with on_sqlite() as under:
        yield under


@pytest.fixture
async def http(under: HostUnderTest) -> AsyncIterator[Outbound]:
    async with door(under) as opened_door:
        yield opened_door


@pytest.fixture
def sink(under: HostUnderTest, http: Outbound) -> Sink[SalesDocument]:
    return orders(opened(under, http))


@pytest.fixture
def host(under: HostUnderTest, http: Outbound) -> Host:
    return opened(under, http)


ODOO_WORDS = Words(methods={"card": "CARD", "cash": "CSH1", "gift_card": "GIFT"})
ODOO_WRONG = {"key": "0" * 40}

HOSTS = [
    pytest.param(memory(Fence.UNIQUE), id="memory-unique"),
    pytest.param(memory(Fence.DRAFT), id="memory-draft"),
    pytest.param(memory(Fence.NONE), id="memory-none"),
    pytest.param(
        simulated(
            NETSUITE,
            wrong={"certificate_id": "no-such-certificate"},
            words=Words(methods={"gift_card": "Gift card"}, location="1"),
            lacks={"dinar": "NetSuite keeps no or two decimals of a currency"},
        ),
        id="netsuite",
    ),
    pytest.param(simulated(ODOO, wrong=ODOO_WRONG, words=ODOO_WORDS, dialect="json2"), id="odoo-json2"),
    pytest.param(simulated(ODOO, wrong=ODOO_WRONG, words=ODOO_WORDS, dialect="jsonrpc"), id="odoo-jsonrpc"),
    pytest.param(
        simulated(
            BUSINESS_CENTRAL,
            wrong={"client_secret": "no-such-secret"},
            words=Words(methods={"card": "CARD", "cash": "CASH", "gift_card": "GIFT"}),
            lacks={
                "two_taxes": "a line of Business Central has one tax code",
                "invoicing what has not left": "Business Central's API ships what it invoices",
            },
        ),
        id="businesscentral",
    ),
    pytest.param(
        simulated(
            REST, wrong={"secret": "no-such-secret"}, fence=Fence.UNIQUE, priced=("TEA", "4.125", "EUR")
        ),
        id="rest",
    ),
    # Alone, its first start prepares a database.
    pytest.param(tryton, id="tryton", marks=pytest.mark.tryton),
]


QUICK_ON_TRYTON = {
    "test_every_example_becomes_one_document_that_totals_what_was_charged": (
        *("two_taxes", "dinar", "tip_duty_and_gift_card", "partly_paid"),
    ),
    "test_only_what_is_to_be_invoiced_and_paid_in_full_is_invoiced": (
        "plain",
        "unpaid_to_be_invoiced",
    ),
    "test_a_refund_becomes_one_credit_over_what_went_back": ("deposit", "dinar"),
}
"""Of the examples of a test; a real Tryton takes seconds for each, so the others are for long runs."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tryton_on_sqlite" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.tryton)
        about = getattr(item, "callspec", None)
        quick = QUICK_ON_TRYTON.get(getattr(item, "originalname", ""))
        if quick and about and about.id.startswith("tryton-") and about.params["name"] not in quick:
            item.add_marker(pytest.mark.long)


@pytest.fixture(scope="package", params=HOSTS)
def under(request: pytest.FixtureRequest) -> Iterator[HostUnderTest]:
    """Every ERP in turn, its server running."""
    with request.param(request) as host:
        yield host
