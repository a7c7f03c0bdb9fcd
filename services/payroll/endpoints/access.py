"""Who sees pay: those who prepare and approve it see the whole store's, everybody else his own."""

from typing import Annotated

from fastapi import Depends

from chassis.auth import CurrentPrincipal, CurrentStore, Principal
from chassis.errors import Forbidden
from chassis.http import Clock, CurrentSession
from services.payroll.domain.four_eyes import Look
from services.payroll.domain.people.team_heads import PoolNotYours
from services.payroll.schemas.plans.plans import LookBody
from services.payroll.service.call import Call
from services.payroll.service.people.team_heads import teams_of

MANAGERS = ("administrator", "service_manager")
PAY_ROLES = (*MANAGERS, "payroll_clerk")
PAY_READERS = ("auditor", *PAY_ROLES)
HEADS = ("desk_supervisor", "workshop_manager", *PAY_ROLES)
"""Who may see teams, enter a figure by hand, and approve a month where its chain names him."""
IMPORT_ROLES = (*PAY_ROLES, "dms")
"""Who may bring people, attendance, items and figures in bulk."""
SIGNED_ROLES = (*MANAGERS, "dms")
"""Who may bring signatures of others and scores in bulk."""
STAFF = (
    *PAY_ROLES, "desk_supervisor", "workshop_manager", "service_advisor", "technician", "cashier", "parts_clerk",
    "accessory_seller", "customer_care", "auditor",
)  # fmt: skip
ANYONE = "*"


def sees_all_pay(principal: Principal) -> bool:
    return not principal.roles.isdisjoint(PAY_ROLES)


def pay_seen_by(principal: Principal) -> str | None:
    """None for the whole store, else the one employee whose pay the caller may see."""
    if sees_all_pay(principal):
        return None
    if principal.employee is None or principal.kind != "staff":
        raise Forbidden("Pay is seen by those who prepare it and by the person himself", slug="pay-not-yours")
    return principal.employee


def check_sees(principal: Principal, employee: str) -> None:
    seen = pay_seen_by(principal)
    if seen is not None and seen != employee:
        raise Forbidden("This is the pay of somebody else", slug="pay-not-yours")


async def teams_seen_by(call: Call, month: str) -> frozenset[str] | None:
    """None for all, else the teams whose pools the caller may see and adjust; refused when there is none."""
    if sees_all_pay(call.principal):
        return None
    if found := await teams_of(call, month):
        return found
    raise PoolNotYours(f"{month} 没有您负责的班组 / no team is yours in {month}")


async def _call(session: CurrentSession, store: CurrentStore, principal: CurrentPrincipal, now: Clock) -> Call:
    return Call(session, store, principal, now)


CurrentCall = Annotated[Call, Depends(_call)]


def look_of(body: LookBody, call: Call) -> Look:
    """Only an administrator may look at his own work, and says why: a shop begins with him alone."""
    alone = "administrator" in call.principal.roles
    return Look(call.principal.subject, body.note, body.alone_because, may_act_alone=alone)
