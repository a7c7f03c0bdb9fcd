"""Targets: single ones, their versions of before, whom they bind, and whose a subject can be."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import RowMapping, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.models import Target


async def target_for_update(session: AsyncSession, target: UUID) -> Target | None:
    return await session.scalar(select(Target).where(Target.id == target).with_for_update())


async def signed_before(session: AsyncSession, ids: Sequence[UUID]) -> Mapping[UUID, RowMapping]:
    """Of targets, the version of before that was signed last."""
    rows = (await session.execute(_SIGNED_BEFORE, {"ids": list(ids)})).mappings()
    return {row["target_id"]: row for row in rows}


_SIGNED_BEFORE = text("""
    SELECT DISTINCT ON (target_id) target_id, version, CAST(state ->> 'value' AS numeric) AS value,
           coalesce(CAST(state ->> 'weight' AS numeric), 1) AS weight, CAST(state ->> 'signed_on' AS date) AS signed_on,
           state ->> 'signed_by' AS signed_by
    FROM target_history
    WHERE target_id = ANY (:ids) AND state ->> 'signed_by' IS NOT NULL AND state ->> 'signed_on' IS NOT NULL
    ORDER BY target_id, version DESC
""")


async def keep_targets(session: AsyncSession, store: UUID, ids: Sequence[UUID]) -> None:
    await session.execute(_KEEP_TARGETS, {"store": store, "ids": list(ids)})


_KEEP_TARGETS = text("""
    INSERT INTO target_history (store_id, target_id, version, state)
    SELECT store_id, id, version, to_jsonb(t) - 'store_id' - 'import_id' FROM target t
    WHERE store_id = :store AND id = ANY (:ids)
""")


async def members_of(session: AsyncSession, numbers: Collection[str], days: tuple[date, date]) -> Sequence[RowMapping]:
    """In which teams and posts each of them was employed on some of the days, from the first to the last."""
    asked = {"numbers": list(numbers), "first": days[0], "last": days[1]}
    return (await session.execute(_MEMBERS, asked)).mappings().all()


_MEMBERS = text("""
    SELECT DISTINCT e.number, t.team, t.post
    FROM employee e
    JOIN LATERAL (
        SELECT team, post, valid_from, lead(valid_from) OVER (ORDER BY valid_from) AS next_from
        FROM employee_terms WHERE store_id = e.store_id AND employee = e.number
    ) t ON t.team IS NOT NULL
    WHERE e.number = ANY (:numbers)
      AND greatest(t.valid_from, e.hired_on, :first) <= least(t.next_from - 1, e.left_on, :last)
    ORDER BY e.number, t.team, t.post
""")


async def scopes_of(session: AsyncSession, subjects: Collection[str]) -> Mapping[str, Collection[str]]:
    """What each of them is here: a person (his number), a team (its name), both; what is neither is left out."""
    found: dict[str, list[str]] = {}
    for row in await session.execute(_SCOPES, {"subjects": list(subjects)}):
        found.setdefault(row.subject, []).append(row.scope)
    return found


_SCOPES = text("""
    SELECT number AS subject, 'person' AS scope FROM employee WHERE number = ANY (:subjects)
    UNION ALL SELECT name, 'team' FROM team WHERE name = ANY (:subjects)
""")
