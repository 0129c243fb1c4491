"""What keeps SKUs of the store from being stocked: one walk over them, held against what the ERP has told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.models import stock_links, stock_readings
from app.models.database import Database
from app.models.stock_links import SkuGroup
from app.sync.stock.scene import Scene

_SLICE = 1000
_SLICES_A_PAGE = 20


class SkuTrouble(StrEnum):
    """CASE: it differs from another of the store, or from the ERP's item, in case alone. MISSING: the ERP never told of it."""

    BLANK = "blank"
    DUPLICATE = "duplicate"
    CASE = "case"
    UNTRACKED = "untracked"
    MISSING = "missing"


@dataclass(frozen=True, kw_only=True)
class SkuProblem:
    """`items` of the store share the SKU. `lacks`: the ERP's names nobody has told of, a bundle's components among them."""

    kind: SkuTrouble
    sku: str
    items: int
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SkuProblems:
    """A page. `after` asks for the next one, None: that was all; a page may be short, or empty, before the end."""

    found: Sequence[SkuProblem]
    after: str | None


async def problems(database: Database, scene: Scene, *, after: str | None, most: int) -> SkuProblems:
    """By SKU. Looks at so many SKUs at most, so that a page costs the same in a store where all is well."""
    found: list[SkuProblem] = []
    for _ in range(_SLICES_A_PAGE):
        async with database.tenant(scene.tenant) as tx:
            groups = await stock_links.groups(
                tx, tenant=scene.tenant, shop=scene.shop, after=after, most=_SLICE
            )
        missing, cased = await _untold(database, scene, groups)
        for group in groups:
            after = group.search
            problem = _problem(group, _parts(scene, group), missing, cased)
            if problem is not None:
                found.append(problem)
            if len(found) == most:
                return SkuProblems(found=found, after=after)
        if len(groups) < _SLICE:
            return SkuProblems(found=found, after=None)
    return SkuProblems(found=found, after=after)


def _parts(scene: Scene, group: SkuGroup) -> Sequence[str]:
    return [component.item for component in scene.settings.components(group.sku, scene.tables)]


async def _untold(
    database: Database, scene: Scene, groups: Sequence[SkuGroup]
) -> tuple[Collection[str], Collection[str]]:
    """Names the ERP has not told of, and those of them that it knows in another case (lower-cased)."""
    wanted = {item for group in groups if group.search for item in _parts(scene, group)}
    async with database.tenant(scene.tenant) as tx:
        told = await stock_readings.told(
            tx, tenant=scene.tenant, connection=scene.connection, items=list(wanted)
        )
        missing = wanted - told
        cased = (
            await stock_readings.told_in_other_case(
                tx, tenant=scene.tenant, connection=scene.connection, items=list(missing)
            )
            if missing
            else set()
        )
    return missing, cased


def _problem(
    group: SkuGroup, parts: Sequence[str], missing: Collection[str], cased: Collection[str]
) -> SkuProblem | None:
    lacks = tuple(item for item in parts if item in missing)
    kind = _kind(group, lacks, cased)
    if kind is None:
        return None
    told_of = kind in {SkuTrouble.MISSING, SkuTrouble.CASE} and group.items == 1
    return SkuProblem(kind=kind, sku=group.sku.strip(), items=group.items, lacks=lacks if told_of else ())


def _kind(group: SkuGroup, lacks: Sequence[str], cased: Collection[str]) -> SkuTrouble | None:
    if not group.search:
        return SkuTrouble.BLANK
    if group.items > 1:
        return SkuTrouble.CASE if group.cased else SkuTrouble.DUPLICATE
    if group.untracked:
        return SkuTrouble.UNTRACKED
    if not lacks:
        return None
    return SkuTrouble.CASE if all(item.lower() in cased for item in lacks) else SkuTrouble.MISSING
