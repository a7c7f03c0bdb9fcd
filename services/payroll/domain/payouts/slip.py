"""A person's slip (一.1: 收入 = 基本工资 + 奖金): the month's base pay, and items that are added or deducted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from services.payroll.domain.calculation.given import number_order
from services.payroll.domain.errors import PayrollRefusal
from services.payroll.domain.exact import in_cents, money
from services.payroll.domain.month import Month
from services.payroll.domain.uniform import uniform


class Basis(StrEnum):
    """What a rate is paid for: the month as a whole, the calendar days of it, or each day that was attended."""

    MONTH = "month"
    CALENDAR_DAYS = "calendar_days"
    ATTENDANCE_DAYS = "attendance_days"


BASE_PAY_BASIS = Basis.CALENDAR_DAYS
"""Who joins or leaves within the month is paid base pay × his calendar days ÷ those of the month."""


class AttendanceMissing(PayrollRefusal):
    status = 409
    slug = "attendance-missing"
    title = "Somebody is paid by the day, and his days are not told"

    def __init__(self, missing: Sequence[str]) -> None:
        told = ", ".join(missing)
        super().__init__(f"没有出勤天数 / no attendance days: {told}")
        self.errors = [{"pointer": "", "code": "attendance-missing", "detail": each} for each in missing]


class SlipsNotKept(PayrollRefusal):
    status = 409
    slug = "slips-not-kept"
    title = "The month was locked without base pay and items"


@dataclass(frozen=True, slots=True)
class Presence:
    """How many of the month's calendar days a person was employed, and on how many he attended (None: not told)."""

    days: int
    of_days: int
    attended: Decimal | None = None


def presence_in(month: Month, hired_on: date | None, left_on: date | None, attended: Decimal | None = None) -> Presence:
    """The day of joining and that of leaving are days of employment; who began on no known day was always there."""
    first, last = month.first_day, month.last_day
    begun, ended = max(hired_on or first, first), min(left_on or last, last)
    return Presence(max((ended - begun).days + 1, 0), last.day, attended)


@dataclass(frozen=True, slots=True)
class Item:
    """An allowance or a fixed amount, for an employee or for everybody of a post; `rate` is above zero.

    A correction names the closed month that it belongs to (`of_month`).
    """

    id: str
    version: int
    employee: str | None
    post: str | None
    name_zh: str
    name_en: str
    basis: Basis
    rate: Decimal
    deducted: bool
    reason: str
    recorded_by: str
    of_month: str | None = None


@dataclass(frozen=True, slots=True)
class Employed:
    """A person as of the month's last day; `base_pay` is a whole month's."""

    number: str
    post: str
    team: str | None
    base_pay: Decimal | None
    presence: Presence


@dataclass(frozen=True, slots=True)
class Part:
    """One amount of a slip, below zero when it is deducted: rate × days ÷ of_days, or × days, or the rate itself."""

    basis: Basis
    rate: Decimal
    days: str | None
    of_days: int | None
    amount: Decimal
    item: Item | None = None

    def as_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {
            "basis": str(self.basis), "rate": f"{self.rate:.2f}", "days": self.days, "of_days": self.of_days,
            "amount": f"{self.amount:.2f}",
        }  # fmt: skip
        if self.item is None:
            return told
        names = ("id", "version", "name_zh", "name_en", "reason", "recorded_by", "of_month")
        return {**told, **{name: getattr(self.item, name) for name in names}}


@dataclass(frozen=True, slots=True)
class Slip:
    """What a person gets of a month besides his bonus."""

    employee: str
    post: str
    team: str | None
    base_pay: Part | None
    items: tuple[Part, ...]

    @property
    def amount(self) -> Decimal:
        parts = self.items if self.base_pay is None else (self.base_pay, *self.items)
        return sum((part.amount for part in parts), Decimal("0.00"))

    @property
    def pays(self) -> bool:
        return self.base_pay is not None or bool(self.items)

    def as_json(self) -> dict[str, Any]:
        return {
            "post": self.post,
            "team": self.team,
            "base_pay": None if self.base_pay is None else self.base_pay.as_json(),
            "items": [part.as_json() for part in self.items],
        }


NO_SLIP: dict[str, Any] = {"post": None, "team": None, "base_pay": None, "items": []}
"""Of somebody who is paid a line and of whom no terms are known."""


def part_of(basis: Basis, rate: Decimal, presence: Presence, item: Item | None = None) -> Part:
    """Rounded half-up to the cent; a deduction has the minus sign."""
    sign = -1 if item is not None and item.deducted else 1
    exact = Fraction(rate) * sign
    if basis is Basis.MONTH:
        return Part(basis, rate, None, None, money(in_cents(exact)), item)
    if basis is Basis.CALENDAR_DAYS:
        amount = money(in_cents(exact * presence.days / presence.of_days))
        return Part(basis, rate, str(presence.days), presence.of_days, amount, item)
    assert presence.attended is not None, "asked for before"
    amount = money(in_cents(exact * Fraction(presence.attended)))
    return Part(basis, rate, f"{presence.attended.normalize():f}", None, amount, item)


def items_for(person: Employed, items: Iterable[Item]) -> list[Item]:
    """Those of a post are for who was employed in the month; an employee's own reach him after he has left, too.

    A post of the shop's own is one however it is typed.
    """
    post = uniform(person.post) if person.presence.days > 0 else ""
    return [
        each for each in items
        if each.employee == person.number or (each.post is not None and uniform(each.post) == post)
    ]  # fmt: skip


def slip_for(person: Employed, items: Sequence[Item]) -> Slip:
    presence = person.presence
    paid = person.base_pay is not None and presence.days > 0
    base = part_of(BASE_PAY_BASIS, person.base_pay, presence) if paid and person.base_pay is not None else None
    own = items_for(person, items)
    return Slip(
        person.number, person.post, person.team, base,
        tuple(part_of(each.basis, each.rate, presence, each) for each in own),
    )  # fmt: skip


def slips_for(people: Sequence[Employed], items: Sequence[Item], also: frozenset[str] = frozenset()) -> list[Slip]:
    """In the order of employee numbers: of everybody who was employed in the month, has an item, or is in `also`."""
    missing = [
        f"{person.number} ({item.name_zh})"
        for person in people
        for item in items_for(person, items)
        if item.basis is Basis.ATTENDANCE_DAYS and person.presence.attended is None
    ]
    if missing:
        raise AttendanceMissing(missing)
    slips = [slip_for(person, items) for person in sorted(people, key=lambda person: number_order(person.number))]
    present = {person.number for person in people if person.presence.days > 0}
    return [slip for slip in slips if slip.pays or slip.employee in present | also]
