"""Bodies of teams: who is in them, who leads and who manages them."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from chassis.representation import Page, RequestBody, ResponseBody
from services.payroll.schemas.people.people import Word


class TeamRead(ResponseBody):
    """A team with the numbers of its members, its leader and its managers on the day asked for."""

    name: str
    members: list[str]
    leader: str | None
    managers: list[str]


class TeamsRead(Page[TeamRead]):
    on: date


class TeamHeadsWrite(RequestBody):
    """Employee numbers. Both may be empty: from that day on nobody leads the team, or nobody is told to manage it."""

    leader: Word | None = None
    managers: Annotated[list[Word], Field(max_length=20)]


class TeamHeadsState(ResponseBody):
    version: int
    valid_from: date
    leader: str | None
    managers: list[str]
    set_by: str
    set_at: datetime


class TeamHeadsRead(ResponseBody):
    """Every version in its order; on a day those hold that began last, and of several of one day the latest version."""

    team: str
    version: int
    heads: list[TeamHeadsState]
