"""The simulated Shopify never runs beside production, whichever word asks for it."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from app.cli.root import main
from app.cli.sandbox import refuse_beside_production
from app.errors import Refused

PRODUCTION = [
    {"DATABASE_URL": "postgresql://db.example.com/x"},
    {"DATABASE_OWNER_URL": "postgresql://db.example.com/x"},
    {"REDIS_URL": "rediss://cache.example.com"},
    {"SHOPIFY_ADDRESS": "https://{shop}"},
    {"SHOPIFY_ADDRESS": "https://proxy.example.com/{shop}"},
]


@pytest.mark.parametrize("environment", PRODUCTION)
def test_production_settings_are_refused(environment: dict[str, str]) -> None:
    with pytest.raises(Refused) as raised:
        refuse_beside_production(environment)
    assert raised.value.code == "sandbox.production"


@pytest.mark.parametrize("environment", [{}, {"SHOPIFY_ADDRESS": "http://127.0.0.1:4000/shops/{shop}"}])
def test_a_developers_machine_is_not(environment: dict[str, str]) -> None:
    refuse_beside_production(environment)


@pytest.mark.parametrize("words", [["sandbox", "--port", "0"], ["up", "--demo"]])
def test_the_words_refuse_with_a_sentence(words: list[str]) -> None:
    ended = CliRunner().invoke(main, words, env={"DATABASE_URL": "postgresql://db.example.com/x"})
    assert ended.exit_code == 2
    assert "DATABASE_URL is set. [sandbox.production]" in ended.output


def test_a_flow_that_is_not_built_is_refused() -> None:
    ended = CliRunner().invoke(main, ["demo", "--once", "--flows", "orders,telepathy"])
    assert ended.exit_code == 2
    assert "telepathy. [demo.flow_unknown]" in ended.output
