"""Bodies of the risk control's figures."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from chassis.representation import Money, ResponseBody
from services.workorder.domain.risk.estimates import Quantity
from services.workorder.domain.risk.risk import FlagKind
from services.workorder.domain.risk.risk_facts import Role
from services.workorder.domain.risk.risk_figures import Ground, Overrun, PersonFigures, Rate
from services.workorder.schemas.text import Trimmed


def _rounded(value: float | Fraction | None) -> Decimal | None:
    return None if value is None else Decimal(f"{float(value):.4f}")


class RateRead(ResponseBody):
    """`n` trials. With too few of them (`too_few`) nothing is told but that; without peers (`too_few_peers`) there is
    no rate. `rate` is pulled towards the peers', who show `expected`; `low` and `high` are its bounds where told."""

    n: int
    ground: Ground
    successes: int | None
    rate: Trimmed | None
    expected: Trimmed | None
    low: Trimmed | None
    high: Trimmed | None

    @classmethod
    def of(cls, rate: Rate) -> "RateRead":
        numbers = {name: _rounded(getattr(rate, name)) for name in ("rate", "expected", "low", "high")}
        return cls(n=rate.n, ground=rate.ground, successes=rate.successes, **numbers)


class MoneyOverrun(ResponseBody):
    """Settled orders: what was agreed, what it came to, and the difference; `ratio` is the typical final ÷ agreed."""

    n: int
    ground: Ground
    agreed: Money | None
    final: Money | None
    over: Money | None
    ratio: Trimmed | None
    low: Trimmed | None
    high: Trimmed | None


class TimeOverrun(ResponseBody):
    """Of the time to what was promised: `ratio` is the typical time taken ÷ promised."""

    n: int
    ground: Ground
    ratio: Trimmed | None
    low: Trimmed | None
    high: Trimmed | None


def _ratios(overrun: Overrun) -> dict[str, Decimal | None]:
    return {name: _rounded(getattr(overrun, name)) for name in ("ratio", "low", "high")}


class PersonRiskFigures(ResponseBody):
    """`orders`: received by an advisor, or had in hand by a finder. The estimates are an advisor's alone."""

    person: str
    role: Role
    orders: int
    proposed: int
    approved: int
    declined: int
    confirmed_flags: int
    rates: dict[FlagKind, RateRead]
    money: MoneyOverrun | None
    time: TimeOverrun | None

    @classmethod
    def of(cls, found: PersonFigures, confirmed: Mapping[tuple[str, str], int]) -> "PersonRiskFigures":
        money, time = (found.overruns.get(quantity) for quantity in (Quantity.MONEY, Quantity.TIME))
        return cls(
            person=found.person, role=found.role, orders=found.orders, proposed=found.proposed,
            approved=found.approved, declined=found.declined,
            confirmed_flags=confirmed.get((found.role, found.person), 0),
            rates={kind: RateRead.of(rate) for kind, rate in found.rates.items()},
            money=money and MoneyOverrun(
                n=money.n, ground=money.ground, agreed=money.estimated, final=money.final, over=money.over,
                **_ratios(money),
            ),
            time=time and TimeOverrun(n=time.n, ground=time.ground, **_ratios(time)),
        )  # fmt: skip


class RiskFigures(ResponseBody):
    """Of orders opened in the month, as far as is known now; by the thresholds in force."""

    month: str
    begin: date
    end: date
    currency: str
    policy_version: int
    people: list[PersonRiskFigures]
