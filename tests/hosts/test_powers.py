"""What an ERP declares before it is opened agrees with what it lacks once it is: the page and the API show the one."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import replace

import pytest

from app.hosts.rest.spec import REST
from app.ports import DOCUMENT, METHOD, PRICE_LEVEL, Flow, HostSpec, Missing, Terms
from app.registry import HOSTS
from app.sync.sides import borne
from sandbox.erps.rest.__main__ import DOCUMENT as CONNECTION
from tests.hosts.rest.test_document import smallest
from tests.hosts.rig import NoHttp, StateInMemory

POWERS: Mapping[Flow, str] = {
    Flow.ORDERS: "orders",
    Flow.REFUNDS: "refunds",
    Flow.CUSTOMERS: "customers",
    Flow.PRODUCTS: "items",
    Flow.PRICES: "prices",
    Flow.INVENTORY: "inventory",
    Flow.FULFILLMENTS: "shipments",
}


PARTICULAR = {"rest": {"document": CONNECTION.read_text()}}
"""Fields that no address stands for, of ERPs that are nothing without them."""


def filled_in(spec: HostSpec) -> dict[str, str]:
    plain = {field.name: "http://127.0.0.1:1" for field in spec.form if field.required}
    return plain | PARTICULAR.get(spec.key, {})


@pytest.mark.parametrize("spec", HOSTS.values(), ids=HOSTS.keys())
def test_what_is_declared_missing_is_what_the_opened_erp_lacks_in_the_same_words(spec: HostSpec) -> None:
    filled = filled_in(spec)
    host = spec.open(filled, NoHttp(), StateInMemory())
    powers = {flow: getattr(host, name) for flow, name in POWERS.items()}
    lacks = {flow: power.sentence for flow, power in powers.items() if isinstance(power, Missing)}
    assert lacks == dict(spec.missing)


def test_a_connection_whose_document_leaves_flows_out_declares_just_that() -> None:
    form = {"address": "http://127.0.0.1:1", "document": json.dumps(smallest())}
    host, declared = REST.open(form, NoHttp(), StateInMemory()), REST.borne(form)
    powers = {flow: getattr(host, name) for flow, name in POWERS.items()}
    lacks = {flow: power.sentence for flow, power in powers.items() if isinstance(power, Missing)}
    assert lacks == dict(declared.missing)
    assert set(lacks) == set(Flow) - {Flow.ORDERS}
    assert isinstance(host.rates, Missing)
    assert (declared.debtors, declared.no_rates) == (False, host.rates.sentence)


async def test_what_a_long_form_declares_is_worked_out_beside_the_loop() -> None:
    """Understanding a whole connection document takes a second, in which nothing else of the process may stand still."""
    threads: list[int] = []

    def terms(credentials: Mapping[str, str]) -> Terms:
        threads.append(threading.get_ident())
        assert REST.terms is not None
        return REST.terms(credentials)

    form = {"address": "http://127.0.0.1:1", "document": CONNECTION.read_text()}
    declared = await borne(replace(REST, terms=terms), form)
    assert declared.concurrency == 8
    assert threads
    assert threading.get_ident() not in threads


@pytest.mark.parametrize("spec", HOSTS.values(), ids=HOSTS.keys())
def test_who_says_it_tells_what_its_customers_owe_does(spec: HostSpec) -> None:
    filled = filled_in(spec)
    host = spec.open(filled, NoHttp(), StateInMemory())
    assert spec.debtors is not isinstance(host.debtors, Missing)


@pytest.mark.parametrize("name", [PRICE_LEVEL.name, METHOD, DOCUMENT])
@pytest.mark.parametrize("spec", HOSTS.values(), ids=HOSTS.keys())
def test_an_erp_takes_what_rules_say_of_money_and_prices_or_says_why_not(spec: HostSpec, name: str) -> None:
    lacks = {each.name: each.sentence for each in spec.lacks}
    assert (name in spec.targets_by_name) is not (name in lacks)
    assert all(sentence.endswith(".") for sentence in lacks.values())


@pytest.mark.parametrize("spec", HOSTS.values(), ids=HOSTS.keys())
def test_who_says_it_tells_exchange_rates_does_and_who_does_not_says_why(spec: HostSpec) -> None:
    filled = filled_in(spec)
    rates = spec.open(filled, NoHttp(), StateInMemory()).rates
    assert spec.no_rates == (rates.sentence if isinstance(rates, Missing) else None)


def test_every_flow_has_a_power_of_its_own() -> None:
    assert set(POWERS) == set(Flow)
