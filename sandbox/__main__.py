"""Starts the simulated Shopify: `python -m sandbox --port 0`. One JSON line on stdout says where it listens."""

from __future__ import annotations

import argparse
import gc
import json
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import uvicorn

from sandbox.app_config import AppConfig
from sandbox.schema import DEFAULT_FILE, Published
from sandbox.server import build_server, build_world


def main() -> None:
    options = _options().parse_args()
    _refuse_beside_production(os.environ, options.client_secret)
    app = AppConfig(client_id=options.client_id, client_secret=options.client_secret, url=options.app_url)
    if options.app_toml:
        app.declare(options.app_toml)
    world = build_world(app, seed=options.seed, retry_base=options.retry_base)
    served = build_server(world, Published(options.schema), options.state_dir)
    # The schema is large and lives as long as the process: keep the collector from walking it again and again.
    gc.freeze()
    # Callers keep idle connections for less than this, so that none is closed under a request.
    config = uvicorn.Config(
        served, log_level="warning", access_log=False, lifespan="on", timeout_keep_alive=75
    )
    server = uvicorn.Server(config)
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((options.host, options.port))
    listening.listen(512)
    print(json.dumps({"address": f"http://{options.host}:{listening.getsockname()[1]}"}), flush=True)
    server.run(sockets=[listening])


def _refuse_beside_production(environment: Mapping[str, str], secret: str) -> None:
    """Where a real app's secret is set and shops answer at their real addresses, there is nothing to simulate."""
    real = environment.get("SHOPIFY_API_SECRET", "") not in ("", secret)
    if real and "{shop}" in environment.get("SHOPIFY_ADDRESS", "https://{shop}").split("/")[2:3]:
        sys.exit("The simulated Shopify does not run beside production settings (SHOPIFY_API_SECRET is set).")


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="A simulated Shopify on the real schema."
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--schema", type=Path, default=DEFAULT_FILE)
    parser.add_argument("--state-dir", type=Path, help="keep the shops here between two starts")
    parser.add_argument("--seed", type=int, default=0, help="for the faults")
    parser.add_argument("--client-id", default=AppConfig.client_id)
    parser.add_argument("--client-secret", default=AppConfig.client_secret)
    parser.add_argument("--app-url", help="where the app listens")
    parser.add_argument(
        "--app-toml", type=Path, help="a shopify.app.toml to take the webhook subscriptions from"
    )
    parser.add_argument(
        "--retry-base", type=float, default=2.0, help="seconds before a webhook's first retry"
    )
    return parser


if __name__ == "__main__":
    main()
