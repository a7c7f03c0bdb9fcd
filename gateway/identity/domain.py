"""Who may come in and who may let others in: roles, names, login limits, and the rules of administration."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

STAFF_ROLES: Final = frozenset(
    {
        "administrator",
        "service_manager",
        "desk_supervisor",
        "workshop_manager",
        "service_advisor",
        "technician",
        "cashier",
        "parts_clerk",
        "accessory_seller",
        "customer_care",
        "payroll_clerk",
        "auditor",
    }
)
PLATFORM_ROLES: Final = frozenset({"administrator", "auditor"})
CLIENT_ROLES: Final = frozenset({"dms", "auditor"})
ADMINISTRATOR: Final = "administrator"

PASSWORD_LENGTHS: Final = (10, 200)
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


class IdentityRefusal(Exception):  # noqa: N818 - it is what the reader of the answer meets
    """Why an account, a client or a store is not made or changed as asked."""

    status = 409
    slug = "identity-refused"
    title = "That cannot be done to this account, client or store"
    errors: Sequence[Mapping[str, str]] = ()


class NameTaken(IdentityRefusal):
    slug = "name-taken"
    title = "There is one of that name already"


class EmployeeTaken(IdentityRefusal):
    slug = "employee-taken"
    title = "Another account is that employee already"


class LastAdministrator(IdentityRefusal):
    slug = "last-administrator"
    title = "Nobody would be left to administer the platform"


class NotYours(IdentityRefusal):
    status = 403
    slug = "administration-forbidden"
    title = "That account is not yours to administer"


class FieldRefused(IdentityRefusal):
    status = 422
    slug = "invalid"
    title = "Some of the fields are wrong"

    def __init__(self, pointer: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.errors = ({"pointer": pointer, "code": code, "detail": detail},)


@dataclass(frozen=True)
class Administrator:
    """Who administers: everything on the platform, or the stores in which he is administrator."""

    platform: bool
    stores: frozenset[UUID]


@dataclass(frozen=True)
class Standing:
    """What an account is to administration: its platform roles, and its roles by store."""

    platform_roles: frozenset[str]
    memberships: Mapping[UUID, frozenset[str]]


def username_of(text: str) -> str:
    """The form in which names are compared and kept: width and case of letters make no difference."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def check_roles(roles: Collection[str], allowed: frozenset[str], pointer: str) -> None:
    if unknown := sorted(set(roles) - allowed):
        raise FieldRefused(pointer, "unknown-role", f"{', '.join(unknown)}: not among {', '.join(sorted(allowed))}")


def check_password(password: str) -> None:
    """Length is all that is asked: rules of composition make passwords worse."""
    shortest, longest = PASSWORD_LENGTHS
    if not shortest <= len(password) <= longest:
        raise FieldRefused("/password", "password-length", f"a password has {shortest} to {longest} characters")


def check_store(code: str, time_zone: str, currency: str) -> None:
    if not _CODE.fullmatch(code):
        raise FieldRefused("/code", "code-invalid", "a store's code is 1 to 32 letters, digits, - and _")
    if not _CURRENCY.fullmatch(currency):
        raise FieldRefused("/currency", "currency-invalid", "a currency is three capital letters, such as CNY")
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise FieldRefused("/time_zone", "time-zone-unknown", f"{time_zone}: not an IANA time zone") from error


def require_platform(administrator: Administrator) -> None:
    if not administrator.platform:
        raise NotYours("This is for administrators of the platform")


def require_rule_over(administrator: Administrator, stores: Collection[UUID]) -> None:
    """Memberships are given, changed and taken by who administers the store they are in."""
    if not administrator.platform and not set(stores) <= administrator.stores:
        raise NotYours("A membership is given by an administrator of its store")


def require_full_rule(administrator: Administrator, standing: Standing) -> None:
    """To reset a password or disable an account is to hold all that the account holds: its every store, no platform."""
    if administrator.platform:
        return
    if standing.platform_roles or not standing.memberships or not set(standing.memberships) <= administrator.stores:
        raise NotYours("The account also belongs where you are not administrator")


def may_see(administrator: Administrator, standing: Standing) -> bool:
    return administrator.platform or bool(set(standing.memberships) & administrator.stores)


@dataclass(frozen=True)
class AttemptLimit:
    """So many failed attempts within a window; the next is answered when the window has passed."""

    attempts: int
    window: timedelta


ATTEMPT_LIMITS: Final[Mapping[str, AttemptLimit]] = {
    "account": AttemptLimit(10, timedelta(minutes=15)),
    "address": AttemptLimit(100, timedelta(minutes=15)),
}


def seconds_to_wait(limit: AttemptLimit, attempts: int, window_began: datetime, now: datetime) -> int:
    """How long an attempt, counted already, has to wait; 0 when it may be made."""
    if attempts <= limit.attempts:
        return 0
    return max(1, int((window_began + limit.window - now).total_seconds()) + 1)
