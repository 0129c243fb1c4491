"""Markets of regions: which countries, or parts of one, a shop sells to under which name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sandbox.gids import Minter
from sandbox.paging import page, refused
from sandbox.shop import Shop

if TYPE_CHECKING:
    from sandbox.resolve import Request
    from sandbox.world import World

Record = dict[str, Any]


def made(
    shop: Shop, minter: Minter, *, name: str, countries: Sequence[str] = (), parts: Sequence[str] = (),
    everywhere: bool = False, status: str = "ACTIVE",
) -> Record:  # fmt: skip
    """`parts` of countries by both their codes, such as US-CA; `everywhere`: all there are."""
    regions = [_country(code, minter) for code in countries] + [_part(code, minter) for code in parts]
    found: Record = {
        "__typename": "Market",
        "id": minter.gid("Market"),
        "name": name,
        "handle": name.lower().replace(" ", "-"),
        "status": status,
        "type": "REGION",
        "conditions": {
            "__typename": "MarketConditions",
            "conditionTypes": ["REGION"],
            "companyLocationsCondition": None,
            "locationsCondition": None,
            "regionsCondition": {
                "__typename": "RegionsCondition",
                "applicationLevel": "ALL" if everywhere else "SPECIFIED",
                "regions": regions,
            },
        },
    }
    shop.markets[found["id"]] = shop.objects[found["id"]] = found
    return found


def listed(
    request: Request,
    query: str | None = None,
    sortKey: str = "NAME",
    type: str | None = None,
    **arguments: Any,
) -> Record:
    if query or sortKey != "NAME":
        raise refused("markets(query:, sortKey:) is not simulated", "NOT_SIMULATED")
    chosen = [each for each in request.shop.markets.values() if type in {None, each["type"]}]
    chosen.sort(key=lambda each: (each["name"], each["id"]))
    return page(chosen, arguments, kind="Market", key=lambda each: f"{each['name']}|{each['id']}")


def by_hand(world: World, shop: Shop, wanted: Record) -> Record:
    """A market of a `name`, or what was called so, anew: `countries`, `parts`, `everywhere`, `status`; `gone` takes it away."""
    name = str(wanted["name"])
    for gid in [gid for gid, each in shop.markets.items() if each["name"] == name]:
        shop.objects.pop(gid)
        shop.markets.pop(gid)
    if not wanted.get("gone"):
        given = {key: wanted[key] for key in ("countries", "parts", "everywhere", "status") if key in wanted}
        made(shop, world.minter, name=name, **given)
    return {"markets": sorted(each["name"] for each in shop.markets.values())}


def _country(code: str, minter: Minter) -> Record:
    gid = minter.gid("MarketRegionCountry")
    return {"__typename": "MarketRegionCountry", "id": gid, "name": code, "code": code}


def _part(code: str, minter: Minter) -> Record:
    country, _, part = code.partition("-")
    return {
        "__typename": "MarketRegionSubdivision",
        "id": minter.gid("MarketRegionSubdivision"),
        "name": code,
        "code": part,
        "country": {"__typename": "MarketRegionSubdivisionCountry", "code": country, "name": country},
    }
