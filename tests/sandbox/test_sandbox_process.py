"""The process: one JSON line says where it listens, it keeps its shops, and it stays away from production."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.patience import FAR

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "sandbox", "--port", "0"]


@contextmanager
def started(*options: str) -> Iterator[httpx.Client]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SHOPIFY_")}
    process = subprocess.Popen(
        [*COMMAND, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout is not None
    try:
        address = json.loads(process.stdout.readline())["address"]
        with httpx.Client(base_url=address, timeout=FAR) as client:
            yield client
    finally:
        process.terminate()
        process.wait(FAR)
        process.stdout.close()


def test_a_world_is_kept_between_two_starts(tmp_path: Path) -> None:
    options = ("--state-dir", str(tmp_path), "--app-toml", str(ROOT / "shopify.app.toml"))
    line = {"sku": "SKU-0001", "price": "5.00"}
    with started(*options) as client:
        app = client.get("/control").json()["app"]
        assert "orders/create" in {entry["topic"] for entry in app["subscriptions"]}
        client.post("/control/shops", json={"shop": "a.myshopify.com", "skus": 3, "installed": True})
        placed = client.post(
            "/control/shops/a.myshopify.com/orders", json={"orders": [{"lines": [line]}]}
        ).json()
    with started(*options) as client:
        known = client.get("/control/shops/a.myshopify.com/orders").json()
        assert known == placed
        client.post("/control/shops/a.myshopify.com/orders", json={"orders": [{"lines": [line]}]})
        names = [
            order["name"] for order in client.get("/control/shops/a.myshopify.com/orders").json()["orders"]
        ]
        assert names == ["#1001", "#1002"]


def test_stock_is_kept_and_a_world_of_an_earlier_version_is_not_read(tmp_path: Path) -> None:
    options = ("--state-dir", str(tmp_path))
    stock = "/control/shops/a.myshopify.com/stock"
    with started(*options) as client:
        client.post("/control/shops", json={"shop": "a.myshopify.com", "skus": 2, "installed": True})
        client.patch(stock, json={"levels": [{"sku": "SKU-0001", "available": 7}]})
    with started(*options) as client:
        assert [row["available"] for row in client.get(stock).json()["levels"]] == [7, 1000]
        assert client.get(stock + "/book").json()["total"] == 2
    (tmp_path / "sandbox.pickle").write_bytes(pickle.dumps({"shops": {"old": None}}))
    with started(*options) as client:
        assert client.get("/control").json()["shops"] == []


@pytest.mark.parametrize(
    ("settings", "refused"),
    [
        ({"SHOPIFY_API_SECRET": "a-real-secret"}, True),
        ({"SHOPIFY_API_SECRET": "a-real-secret", "SHOPIFY_ADDRESS": "https://{shop}"}, True),
        ({"SHOPIFY_API_SECRET": "s", "SHOPIFY_ADDRESS": "http://127.0.0.1:1/shops/{shop}"}, False),
        ({}, False),
    ],
)
def test_it_does_not_run_beside_production_settings(
    settings: dict[str, str], refused: bool, tmp_path: Path
) -> None:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("SHOPIFY_")
    } | settings
    # A schema that is not there ends the start right after the check.
    command = [*COMMAND, "--schema", str(tmp_path / "none.json.gz")]
    ended = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=FAR, check=False
    )
    assert ended.returncode == 1
    assert ("production" in ended.stderr) == refused
    assert ("schema is missing" in ended.stderr) != refused
