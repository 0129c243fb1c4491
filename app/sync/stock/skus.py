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
    """CASE: it differs from another of the store, or from the ERP's item, in case alone. MISSING: the ERP never told of it.

    SEVERAL: several of the ERP's items have it, so that nobody knows whose quantity is meant.
    """

    BLANK = "blank"
    DUPLICATE = "duplicate"
    CASE = "case"
    UNTRACKED = "untracked"
    MISSING = "missing"
    SEVERAL = "several"


@dataclass(frozen=True, kw_only=True)
class SkuProblem:
    """`items` of the store share the SKU. `lacks`: the ERP's names nobody has told of, or that several of its items

    have, a bundle's components among them.
    """

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
        known = await _known(database, scene, groups)
        for group in groups:
            after = group.search
            problem = _problem(group, _parts(scene, group), known)
            if problem is not None:
                found.append(problem)
            if len(found) == most:
                return SkuProblems(found=found, after=after)
        if len(groups) < _SLICE:
            return SkuProblems(found=found, after=None)
    return SkuProblems(found=found, after=after)


def _parts(scene: Scene, group: SkuGroup) -> Sequence[str]:
    return [component.item for component in scene.settings.components(group.sku, scene.tables)]


@dataclass(frozen=True, kw_only=True)
class _Known:
    """The ERP's names: those that it has not told of, those of them that it knows in another case, and those of several."""

    missing: Collection[str]
    cased: Collection[str]
    several: Collection[str]


async def _known(database: Database, scene: Scene, groups: Sequence[SkuGroup]) -> _Known:
    wanted = {item for group in groups if group.search for item in _parts(scene, group)}
    about = {"tenant": scene.tenant, "connection": scene.connection}
    async with database.tenant(scene.tenant) as tx:
        told = await stock_readings.told(tx, **about, items=list(wanted))
        several = await stock_readings.told_of_several(tx, **about, items=list(told))
        missing = wanted - told
        cased = (
            await stock_readings.told_in_other_case(tx, **about, items=list(missing)) if missing else set()
        )
    return _Known(missing=missing, cased=cased, several=several)


def _problem(group: SkuGroup, parts: Sequence[str], known: _Known) -> SkuProblem | None:
    missing = tuple(item for item in parts if item in known.missing)
    several = tuple(item for item in parts if item in known.several)
    kind = _kind(group, missing, several, known.cased)
    if kind is None:
        return None
    told_of = kind in {SkuTrouble.MISSING, SkuTrouble.CASE} and group.items == 1
    lacks = several if kind is SkuTrouble.SEVERAL else missing if told_of else ()
    return SkuProblem(kind=kind, sku=group.sku.strip(), items=group.items, lacks=lacks)


def _kind(
    group: SkuGroup, missing: Sequence[str], several: Sequence[str], cased: Collection[str]
) -> SkuTrouble | None:
    if not group.search:
        return SkuTrouble.BLANK
    if group.items > 1:
        return SkuTrouble.CASE if group.cased else SkuTrouble.DUPLICATE
    if group.untracked:
        return SkuTrouble.UNTRACKED
    if several:
        return SkuTrouble.SEVERAL
    if not missing:
        return None
    return SkuTrouble.CASE if all(item.lower() in cased for item in missing) else SkuTrouble.MISSING
