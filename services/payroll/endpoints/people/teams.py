"""Teams over HTTP: who is in them, who leads and who manages them."""

from collections.abc import Sequence
from datetime import date

from fastapi import Response

from chassis.auth import allow
from chassis.http import Router
from chassis.representation import IfMatch, PageOf, paginate, set_etag
from services.payroll.endpoints.access import HEADS, PAY_ROLES, CurrentCall
from services.payroll.models import TeamHeads
from services.payroll.repository.people import team_heads as queries
from services.payroll.schemas.people.team_heads import (
    TeamHeadsRead,
    TeamHeadsState,
    TeamHeadsWrite,
    TeamRead,
    TeamsRead,
)
from services.payroll.service.people import team_heads

router = Router(tags=["employees"])


@router.get("/v1/teams", operation_id="list_teams", dependencies=[allow(*HEADS)])
async def list_teams(call: CurrentCall, wish: PageOf, on: date | None = None) -> TeamsRead:
    """Every team ever named, with its members and heads on a day (today when none is given)."""
    day = on or call.today
    rows, following = await paginate(call.session, *queries.teams_listed(day), wish)
    items = [TeamRead.model_validate(row) for row in rows]
    return TeamsRead(on=day, items=items, limit=wish.limit, next=following)


@router.get("/v1/teams/{team:path}/heads", operation_id="read_team_heads", dependencies=[allow(*HEADS)])
async def read_team_heads(team: str, call: CurrentCall, response: Response) -> TeamHeadsRead:
    """A team whose heads were never told is in version 0."""
    return _heads_read(team, await team_heads.read_heads(call, team), response)


@router.put("/v1/teams/{team:path}/heads/{valid_from}", operation_id="put_team_heads", dependencies=[allow(*PAY_ROLES)])
async def put_team_heads(
    team: str, valid_from: date, body: TeamHeadsWrite, expected: IfMatch, *, call: CurrentCall, response: Response
) -> TeamHeadsRead:
    """Who leads and who manages a team from that day on: they see its pools, and propose how these are shared."""
    heads = (body.leader, body.managers)
    return _heads_read(team, await team_heads.put_heads(call, team, valid_from, heads, expected), response)


def _heads_read(team: str, versions: Sequence[TeamHeads], response: Response) -> TeamHeadsRead:
    set_etag(response, len(versions))
    heads = [TeamHeadsState.model_validate(each) for each in versions]
    return TeamHeadsRead(team=team, version=len(versions), heads=heads)
