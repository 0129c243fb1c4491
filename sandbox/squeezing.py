"""A sale squeezed in between: a level marked so is sold from, or recounted, just before the next write of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox import sales
from sandbox.gids import number_of
from sandbox.movements import Movement

if TYPE_CHECKING:
    from sandbox.resolve import Request

Record = dict[str, Any]


def let_happen(request: Request, pairs: list[Record]) -> None:
    squeezed = request.shop.stock.squeezed
    if not squeezed:
        return
    for pair in pairs:
        place = number_of(pair["inventoryItemId"]), number_of(pair["locationId"])
        mark = squeezed.get(place)
        if mark is not None:
            mark["times"] -= 1
            if mark["times"] <= 0:
                del squeezed[place]
            _happen(request, place, int(mark["quantity"]), str(mark["by"]))


def _happen(request: Request, place: tuple[int, int], quantity: int, by: str) -> None:
    shop, world = request.shop, request.world
    item = shop.items.get(place[0])
    if item is None:
        return
    if by == "order":
        sales.sell(world, shop, item["variants"][0], place[1], quantity)
        return
    movement = Movement(world=world, shop=shop, by="merchant", reference="squeezed")
    movement.add(movement.level(*place), available=-quantity)
    movement.tell()
