"""Bodies of patterns found in the shop's own history, and of what is said of them."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from chassis.representation import ExactDecimal, Page, RequestBody, ResponseBody
from services.workorder.domain.inspections.discoveries import Control
from services.workorder.domain.inspections.mining import MiningState, PatternState
from services.workorder.domain.inspections.patterns import Pattern
from services.workorder.schemas.inspections.checks import Kilometres, PatternNumbers
from services.workorder.schemas.inspections.inspections import Bilingual, TemplateItem
from services.workorder.schemas.text import Code, Line, Told

_LEAST = Decimal("0.000000000001")


class PolicyRead(ResponseBody):
    """When a pattern is proposed: the share of false discoveries that is allowed on average and how it is held, the
    cars looked at in a cell and elsewhere and the lift that are needed at least, and how sure the bounds are."""

    false_discovery_rate: ExactDecimal
    control: Control
    minimum_visits: int
    minimum_lift: ExactDecimal
    confidence: ExactDecimal


def numbers_of(pattern: Pattern) -> PatternNumbers:
    cell = pattern.cell
    return PatternNumbers(
        model=cell.model, from_km=cell.band.from_km, below_km=cell.band.below_km, item_code=cell.finding,
        n=cell.visits, found=cell.found, n_elsewhere=cell.visits_elsewhere, found_elsewhere=cell.found_elsewhere,
        rate=four_places(float(pattern.rate)), rate_elsewhere=four_places(float(pattern.rate_elsewhere)),
        lift=None if pattern.lift is None else four_places(float(pattern.lift)),
        lift_at_least=four_places(pattern.lift_at_least), p_value=_chance(pattern.p_value),
        q_value=_chance(pattern.q_value),
    )  # fmt: skip


def four_places(value: float) -> Decimal:
    return Decimal(f"{value:.4f}")


def _chance(value: float) -> Decimal:
    """Never nothing at all."""
    return max(_LEAST, Decimal(f"{value:.12f}"))


class PatternRead(PatternNumbers):
    """`name` is that of the item, null when nothing asks it any more; `rule_id` the rule that it was accepted as."""

    name: Bilingual | None
    state: PatternState
    rule_id: UUID | None
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None


class MiningRead(ResponseBody):
    """It reads the orders opened since that day, at most 200,000 and 36 months of them; `cells` is how many models,
    mileage bands and items were compared."""

    id: UUID
    state: MiningState
    since: date
    orders: int
    orders_read: int
    cells: int | None
    policy: PolicyRead
    asked_by: str
    created_at: datetime
    finished_at: datetime | None


class PatternsRead(Page[PatternRead]):
    """The patterns of the newest mining that is done, surest first; `mining` is null before the first. `under_way` is
    one that is not done yet."""

    mining: MiningRead | None
    under_way: MiningRead | None


class _NamedPattern(RequestBody):
    """A pattern by the mining that told it and its place there."""

    mining_id: UUID
    model: Line
    from_km: Kilometres
    item_code: Code


class AcceptBody(_NamedPattern):
    """Without `why` the numbers are told. `item` is needed only where nothing asks the item any more."""

    why: Bilingual | None = None
    item: TemplateItem | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class DismissBody(_NamedPattern):
    reason: Told


class PatternDecisionRead(ResponseBody):
    mining_id: UUID
    model: str
    from_km: int
    item_code: str
    n: int
    rule_id: UUID | None
    reason: str | None
    decided_by: str
    decided_at: datetime
