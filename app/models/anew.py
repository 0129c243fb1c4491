"""Held and left out records that are made due again in bulk, because what they wait for may be there now."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.models.database import Tx, Value


@dataclass(frozen=True, kw_only=True)
class Pending:
    """`select` finds the ids of those that are not due: $1 is the tenant, $2 the connection, `values` come from $3 on.

    It has `{lock}` where the records themselves are read, and `{most}` at its end. `replay`: the mapping version that decides
    about them; None leaves what each has.
    """

    select: str
    values: tuple[Value, ...]
    replay: int | None = None


def those(where: str, *values: Value, order: str = "id", replay: int | None = None) -> Pending:
    """Records of the connection that say so of themselves."""
    select = (
        f"SELECT id FROM record WHERE tenant_id = $1 AND connection_id = $2 AND {where} AND wanted = done"  # noqa: S608  literals
        f" ORDER BY {order} {{most}} {{lock}}"
    )
    return Pending(select=select, values=values, replay=replay)


async def due(tx: Tx, *, tenant: UUID, connection: UUID, waiting: Pending, most: int) -> int:
    """Makes some of them due, `most` at the most; answers with how many.

    What another transaction has locked is passed over: `some` tells whether it is still to be done. Each is found by its key: a
    plan made for a table that seemed empty would join all with all.
    """
    at = len(waiting.values) + 3
    chosen = waiting.select.format(most=f"LIMIT ${at}", lock="FOR UPDATE SKIP LOCKED")
    replay = "" if waiting.replay is None else f", replay = ${at + 1}"
    return await tx.run(
        f"WITH chosen AS MATERIALIZED ({chosen}) UPDATE record SET wanted = wanted + 1, due_at = now(){replay}"  # noqa: S608  literals
        " WHERE tenant_id = $1 AND id = ANY (ARRAY (SELECT id FROM chosen))",
        tenant,
        connection,
        *waiting.values,
        most,
        *(() if waiting.replay is None else (waiting.replay,)),
    )


async def some(tx: Tx, *, tenant: UUID, connection: UUID, waiting: Pending) -> bool:
    """Whether any of them is not due yet, as far as is committed."""
    found = waiting.select.format(most="LIMIT 1", lock="")
    return bool(await tx.value(f"SELECT EXISTS ({found})", tenant, connection, *waiting.values))
