"""Teams: who is in them on a day, who leads and who manages them."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, Text, column, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.models import Employee, Team, TeamHeads


def teams_listed(day: date) -> tuple[Select[Any], list[Any]]:
    """Every team ever named, with its heads, and the numbers and posts of those in it and employed on the day."""
    words = (column(name, ARRAY(Text)) for name in ("members", "posts", "managers"))
    rows = _TEAMS.bindparams(day=day).columns(column("name", Text), column("leader", Text), *words).subquery("teams")
    return select(rows), [rows.c.name]


_TEAMS = text("""
    WITH terms AS (
        SELECT DISTINCT ON (employee) employee, team, post FROM employee_terms
        WHERE valid_from <= :day ORDER BY employee, valid_from DESC
    ), present AS (
        SELECT t.team, array_agg(t.employee ORDER BY t.employee) AS members, array_agg(DISTINCT t.post) AS posts
        FROM terms t JOIN employee e ON e.number = t.employee
        WHERE :day BETWEEN coalesce(e.hired_on, :day) AND coalesce(e.left_on, :day) GROUP BY t.team
    ), heads AS (
        SELECT DISTINCT ON (team) * FROM team_heads
        WHERE valid_from <= :day ORDER BY team, valid_from DESC, version DESC
    )
    SELECT team.name, coalesce(p.members, '{}') AS members, coalesce(p.posts, '{}') AS posts, h.leader,
           coalesce(h.managers, '{}') AS managers
    FROM team LEFT JOIN present p ON p.team = team.name LEFT JOIN heads h ON h.team = team.name
""")


async def has_team(session: AsyncSession, name: str, *, lock: bool = False) -> bool:
    """Locked, so that nobody else sets its heads to the end of the transaction."""
    query = select(Team.name).where(Team.name == name)
    return await session.scalar(query.with_for_update() if lock else query) is not None


async def heads_of(session: AsyncSession, team: str) -> Sequence[TeamHeads]:
    """Every version, the oldest first."""
    return (await session.scalars(select(TeamHeads).where(TeamHeads.team == team).order_by(TeamHeads.version))).all()


async def known_numbers(session: AsyncSession, numbers: Collection[str]) -> set[str]:
    return set(await session.scalars(select(Employee.number).where(Employee.number.in_(numbers))))
