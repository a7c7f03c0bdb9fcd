"""Writing responses in sets: one COPY and a fixed number of statements, for one answer as for five thousand."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import copy_rows


class IncomingResponse(NamedTuple):
    row: int
    questionnaire_id: UUID
    questionnaire_version_id: UUID
    questionnaire: str
    questionnaire_version: int
    order_number: str
    submitted_at: datetime
    submitted_on: date
    channel: str
    agent: str | None
    answers: str
    comment: str | None
    csi: Decimal | None
    nps: int | None
    content_hash: str


class Written(NamedTuple):
    row: int
    outcome: Literal["created", "updated", "unchanged", "duplicate"]
    id: UUID


async def lock_responses(session: AsyncSession, store_id: UUID) -> None:
    """Answers and order events of a store come one after the other, or a pair that crosses would never meet."""
    await session.execute(_LOCK, {"key": f"survey.responses:{store_id}"})


async def write(
    session: AsyncSession, store_id: UUID, source: str, import_id: UUID | None, rows: Sequence[IncomingResponse]
) -> list[Written]:
    """The natural key is questionnaire and order. `lock_responses` comes first."""
    if not rows:
        return []
    await session.execute(_INCOMING)
    await copy_rows(session, "incoming_response", IncomingResponse._fields, rows)
    given: dict[str, Any] = {"store": store_id, "source": source, "import_id": import_id}
    for statement in (_DECIDE, _KEEP_FORMER, _UPDATE, _INSERT, _MARK_SEEN):
        await session.execute(statement, given)
    decided = await session.execute(text("SELECT row, outcome, id FROM decided_response"))
    return [Written(*row) for row in decided]


_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
_INCOMING = text("""
    CREATE TEMPORARY TABLE incoming_response (
        row int, questionnaire_id uuid, questionnaire_version_id uuid, questionnaire text, questionnaire_version int,
        order_number text, submitted_at timestamptz, submitted_on date, channel text, agent text, answers jsonb,
        comment text, csi numeric, nps smallint, content_hash text
    ) ON COMMIT DROP
""")
_DECIDE = text("""
    CREATE TEMPORARY TABLE decided_response ON COMMIT DROP AS
    SELECT i.*, coalesce(r.id, uuidv7()) AS id,
           CASE WHEN r.id IS NULL THEN 'created'
                WHEN r.import_id = CAST(:import_id AS uuid) THEN 'duplicate'
                WHEN r.content_hash = i.content_hash THEN 'unchanged'
                ELSE 'updated' END AS outcome
    FROM incoming_response i
    LEFT JOIN response r ON r.store_id = :store AND r.questionnaire_id = i.questionnaire_id
                        AND r.order_number = i.order_number
""")
_KEEP_FORMER = text("""
    INSERT INTO response_history (store_id, response_id, version, state)
    SELECT r.store_id, r.id, r.version, to_jsonb(r)
    FROM response r JOIN decided_response d USING (id)
    WHERE r.store_id = :store AND d.outcome = 'updated'
""")
_UPDATE = text("""
    UPDATE response r
    SET questionnaire_version_id = d.questionnaire_version_id, questionnaire_version = d.questionnaire_version,
        source = :source, submitted_at = d.submitted_at, submitted_on = d.submitted_on, channel = d.channel,
        agent = d.agent, answers = d.answers, comment = d.comment, csi = d.csi, nps = d.nps,
        content_hash = d.content_hash, import_id = CAST(:import_id AS uuid), version = r.version + 1, updated_at = now()
    FROM decided_response d
    WHERE r.store_id = :store AND r.id = d.id AND d.outcome = 'updated'
""")
_INSERT = text("""
    INSERT INTO response (
        id, store_id, questionnaire_id, questionnaire_version_id, questionnaire, questionnaire_version, source,
        order_number, submitted_at, submitted_on, channel, agent, answers, comment, csi, nps, content_hash, import_id,
        order_known, order_id, order_kind, advisor, customer_number)
    SELECT d.id, :store, d.questionnaire_id, d.questionnaire_version_id, d.questionnaire, d.questionnaire_version,
           :source, d.order_number, d.submitted_at, d.submitted_on, d.channel, d.agent, d.answers, d.comment, d.csi,
           d.nps, d.content_hash, CAST(:import_id AS uuid),
           o.number IS NOT NULL, o.order_id, o.kind, o.advisor, o.customer_number
    FROM decided_response d
    LEFT JOIN order_copy o ON o.store_id = :store AND o.number = d.order_number
    WHERE d.outcome = 'created'
""")
_MARK_SEEN = text("""
    UPDATE response r SET import_id = CAST(:import_id AS uuid)
    FROM decided_response d
    WHERE r.store_id = :store AND r.id = d.id AND d.outcome = 'unchanged' AND CAST(:import_id AS uuid) IS NOT NULL
""")
