"""Keeps a world between two starts: the shops with their orders and tokens, in one file of the state folder."""

from __future__ import annotations

import asyncio
import pickle
import sys
from pathlib import Path

from sandbox.bulk_views import stopped
from sandbox.world import World

EVERY_SECONDS = 15.0
# Goes up whenever what is kept changes its shape; an older file is not read, the world begins anew.
SHAPE = 6


class Persistence:
    def __init__(self, world: World, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._world, self._file = world, folder / "sandbox.pickle"
        self._saved = world.mark()

    def restore(self) -> None:
        """Only ever reads what this process wrote itself."""
        if not self._file.exists():
            return
        kept = pickle.loads(self._file.read_bytes())
        if kept.get("shape") != SHAPE:
            print(f"{self._file} is from an earlier version: starting with an empty world.", file=sys.stderr)
            return
        self._world.shops, self._world.minter = kept["shops"], kept["minter"]
        self._world.plans = kept["plans"]
        for shop in self._world.shops.values():
            shop.bucket.refill()
            stopped(shop.bulk)
        self._saved = self._world.mark()

    def save(self) -> None:
        """In one piece or not at all; nothing is written while nothing changed."""
        mark = self._world.mark()
        if mark == self._saved:
            return
        kept = {
            "shape": SHAPE,
            "shops": self._world.shops,
            "minter": self._world.minter,
            "plans": self._world.plans,
        }
        draft = self._file.with_suffix(".draft")
        draft.write_bytes(pickle.dumps(kept))
        draft.replace(self._file)
        self._saved = mark

    async def keep(self) -> None:
        """Save now and then, until cancelled."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await self._world.run(self.save)
