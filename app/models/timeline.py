"""The timeline: one line for everything that happened to a record, append-only, in words a merchant understands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import orjson

from app.models.database import Tx


@dataclass(frozen=True, kw_only=True)
class Line:
    at: datetime
    kind: str
    code: str | None
    sentence: str
    facts: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Note:
    """One line to be written. `facts` hold no personal data: they are shown and exported as they are."""

    kind: str
    sentence: str
    code: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


async def note(
    tx: Tx,
    *,
    tenant: UUID,
    connection: UUID | None,
    record: UUID | None,
    kind: str,
    sentence: str,
    code: str | None = None,
    facts: Mapping[str, str] | None = None,
    run: UUID | None = None,
) -> None:
    """Writes one line. `facts` hold no personal data: they are shown and exported as they are."""
    await tx.run(
        "INSERT INTO timeline (tenant_id, connection_id, record_id, run_id, kind, code, sentence, facts)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb)",
        tenant,
        connection,
        record,
        run,
        kind,
        code,
        sentence,
        orjson.dumps(dict(facts or {})).decode(),
    )


async def notes(tx: Tx, *, tenant: UUID, connection: UUID, record: UUID, written: Sequence[Note]) -> None:
    """Writes a run's lines in their order, in one statement."""
    if not written:
        return
    await tx.run(
        "INSERT INTO timeline (tenant_id, connection_id, record_id, kind, code, sentence, facts)"
        " SELECT $1, $2, $3, kind, code, sentence, facts::jsonb"
        " FROM unnest($4::text[], $5::text[], $6::text[], $7::text[]) WITH ORDINALITY AS n (kind, code, sentence, facts, place)"
        " ORDER BY place",
        tenant,
        connection,
        record,
        [each.kind for each in written],
        [each.code for each in written],
        [each.sentence for each in written],
        [orjson.dumps(dict(each.facts)).decode() for each in written],
    )


async def of_record(tx: Tx, *, tenant: UUID, record: UUID, after: int = 0, most: int = 200) -> list[Line]:
    """A page of a record's lines, oldest first."""
    rows = await tx.rows(
        "SELECT at, kind, code, sentence, facts FROM timeline WHERE tenant_id = $1 AND record_id = $2 AND id > $3"
        " ORDER BY id LIMIT $4",
        tenant,
        record,
        after,
        most,
    )
    return [
        Line(
            at=r["at"], kind=r["kind"], code=r["code"], sentence=r["sentence"], facts=orjson.loads(r["facts"])
        )
        for r in rows
    ]
