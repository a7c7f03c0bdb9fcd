"""Who may adjust a team's shares (一.6): its leader (班组长), and the managers whose team it is."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from services.payroll.domain.errors import PayrollRefusal


class TeamHeadsUnknown(PayrollRefusal):
    slug = "team-heads-unknown"
    title = "A team is led and managed by employees of the store"

    def __init__(self, missing: Mapping[str, str]) -> None:
        """By pointer the number that nobody has."""
        super().__init__(f"没有员工 / no employee: {', '.join(missing.values())}")
        self.errors = [
            {"pointer": pointer, "code": "employee-unknown", "detail": f"没有员工 / no employee {number}"}
            for pointer, number in missing.items()
        ]


class PoolNotYours(PayrollRefusal):
    status = 403
    slug = "pool-not-yours"
    title = "A team's pools are seen and adjusted by its leader, its managers and those who prepare pay"


@dataclass(frozen=True, slots=True)
class Heads:
    leader: str | None
    managers: frozenset[str]


def check_heads(leader: str | None, managers: Collection[str], known: Collection[str]) -> None:
    named = {"/leader": leader} | {f"/managers/{at}": number for at, number in enumerate(managers)}
    missing = {pointer: number for pointer, number in named.items() if number is not None and number not in known}
    if missing:
        raise TeamHeadsUnknown(missing)


def teams_in_hand(
    employee: str | None, heads: Mapping[str, Heads], workshop: Collection[str], *, is_workshop_manager: bool
) -> frozenset[str]:
    """The teams that a person leads or manages.

    Until a store has told of a manager each workshop manager manages every team of the `workshop`: a shop begins so.
    """
    own = {team for team, head in heads.items() if employee is not None and employee in {head.leader, *head.managers}}
    if is_workshop_manager and not any(head.managers for head in heads.values()):
        own |= set(workshop)
    return frozenset(own)
