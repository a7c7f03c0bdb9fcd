"""Heads of teams: set from a day on, and which teams are in whose hand in a month."""

from collections.abc import Sequence
from datetime import date

from chassis.errors import NotFound
from chassis.feed import publish
from chassis.representation import check_version
from services.payroll.domain.month import Month
from services.payroll.domain.people.team_heads import Heads, check_heads, teams_in_hand
from services.payroll.domain.vocabulary import WORKSHOP_POSTS
from services.payroll.events import team_changed
from services.payroll.models import TeamHeads
from services.payroll.repository.people import team_heads
from services.payroll.service.call import Call


async def read_heads(call: Call, team: str, *, lock: bool = False) -> Sequence[TeamHeads]:
    if not await team_heads.has_team(call.session, team, lock=lock):
        raise NotFound(f"There is no team {team}")
    return await team_heads.heads_of(call.session, team)


async def put_heads(
    call: Call, team: str, valid_from: date, heads: tuple[str | None, Sequence[str]], expected: int
) -> Sequence[TeamHeads]:
    """From a day on, until others begin. A day in the past is a correction: what was before stays as a version."""
    versions = await read_heads(call, team, lock=True)
    check_version(len(versions), expected)
    leader, managers = heads
    named = {*managers} if leader is None else {leader, *managers}
    check_heads(leader, managers, await team_heads.known_numbers(call.session, named))
    row = TeamHeads(
        store_id=call.store.id, team=team, version=len(versions) + 1, valid_from=valid_from, leader=leader,
        managers=sorted(set(managers)), set_by=call.person,
    )  # fmt: skip
    call.session.add(row)
    await call.session.flush()
    await call.session.refresh(row)
    told = {name: getattr(row, name) for name in ("team", "valid_from", "leader", "managers", "set_by")}
    await publish(call.session, call.store.id, team_changed(told, row.version))
    return [*versions, row]


async def teams_of(call: Call, month: str) -> frozenset[str]:
    """The teams that the caller leads or manages on the month's last day."""
    query, _ = team_heads.teams_listed(Month.parse(month).last_day)
    rows = (await call.session.execute(query)).mappings().all()
    return teams_in_hand(
        call.principal.employee if call.principal.kind == "staff" else None,
        {row["name"]: Heads(row["leader"], frozenset(row["managers"])) for row in rows},
        [row["name"] for row in rows if not set(row["posts"]).isdisjoint(WORKSHOP_POSTS)],
        is_workshop_manager="workshop_manager" in call.principal.roles,
    )
