"""Bodies of the rules of targeted inspection, of the checks they put on orders, and of their hit rates."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from chassis.representation import ExactDecimal, RequestBody, ResponseBody
from services.workorder.domain.inspections.check_rule import CheckState, Conditions
from services.workorder.domain.inspections.inspection import Result
from services.workorder.domain.orders.order import OrderKind
from services.workorder.schemas.inspections.inspections import Bilingual, TemplateItem
from services.workorder.schemas.text import Line, Told

Year = Annotated[int, Field(ge=1980, le=2100)]
Months = Annotated[int, Field(ge=0, le=1200)]
Kilometres = Annotated[int, Field(ge=0, le=99_999_999)]
Region = Annotated[str, StringConstraints(pattern=r"^[^\W\d_]{1,3}$")]
"""How a plate begins: the province, or the province and the city."""


class ConditionsBody(RequestBody):
    """All that are given have to hold, none means every car; what is not known of a car meets no condition on it.

    `year_*` is the model year by the VIN's tenth character, `age_months_*` full months since it was bought, both ends
    included; `km_from` is included and `km_below` is not; `regions` are beginnings of plates (苏, 苏B).
    """

    models: Annotated[tuple[Line, ...], Field(max_length=200)] = ()
    kinds: Annotated[tuple[OrderKind, ...], Field(max_length=6)] = ()
    regions: Annotated[tuple[Region, ...], Field(max_length=100)] = ()
    year_from: Year | None = None
    year_to: Year | None = None
    age_months_from: Months | None = None
    age_months_to: Months | None = None
    km_from: Kilometres | None = None
    km_below: Kilometres | None = None

    @model_validator(mode="after")
    def _ranges_hold_something(self) -> Self:
        for low, high in (
            (self.year_from, self.year_to),
            (self.age_months_from, self.age_months_to),
            (self.km_from, None if self.km_below is None else self.km_below - 1),
        ):
            if low is not None and high is not None and low > high:
                raise ValueError("a range begins before it ends")
        if self.km_below == 0:
            raise ValueError("no car has gone less than nothing")
        return self

    def conditions(self) -> Conditions:
        told = dict(self)
        return Conditions(**{**told, **{name: frozenset(told[name]) for name in ("models", "kinds", "regions")}})


class CheckRuleCreate(RequestBody):
    """`item` is asked in the inspection of an order whose car meets the conditions, and `why` is told with it. Where
    the template asks an item of that code, the template's is meant. Without `valid_from` it holds from today."""

    item: TemplateItem
    why: Bilingual
    conditions: ConditionsBody = ConditionsBody()
    valid_from: date | None = None
    valid_to: date | None = None


class CheckRuleUpdate(RequestBody):
    """What is left out stays as it is; `valid_to` of null has no end. Checks that it has put stay as they are."""

    item: TemplateItem | None = None
    why: Bilingual | None = None
    conditions: ConditionsBody | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class HitRateRead(ResponseBody):
    """Of `due` checks that a rule put on orders `checked` were made and `hits` were yellow or red; `low` and `high`
    are Wilson's interval of their rate (95%), and 0 to 1 where nothing was checked."""

    due: int
    checked: int
    hits: int
    rate: ExactDecimal | None
    low: ExactDecimal
    high: ExactDecimal


class PatternNumbers(ResponseBody):
    """Of `n` cars of the model in the mileage band on which the item was looked at it was yellow or red on `found`.

    `lift` is the rate by the rate on all other cars, null where it was found on none of them; `lift_at_least` is its
    lower bound. `p_value` is Fisher's, `q_value` the false discovery rate at which it is still a discovery.
    """

    model: str
    from_km: int
    below_km: int | None
    item_code: str
    n: int
    found: int
    n_elsewhere: int
    found_elsewhere: int
    rate: ExactDecimal
    rate_elsewhere: ExactDecimal
    lift: ExactDecimal | None
    lift_at_least: ExactDecimal
    p_value: ExactDecimal
    q_value: ExactDecimal


class PatternEvidence(ResponseBody):
    """What a rule was accepted on: the numbers of a mining of `orders` orders since a day, by whom and when."""

    mining_id: UUID
    since: date
    orders: int
    accepted_by: str
    accepted_at: datetime
    numbers: PatternNumbers


class CheckRuleRead(ResponseBody):
    id: UUID
    item: TemplateItem
    why: Bilingual
    conditions: ConditionsBody
    valid_from: date
    valid_to: date | None
    made_by: str
    evidence: PatternEvidence | None
    hit_rate: HitRateRead
    version: int
    created_at: datetime
    updated_at: datetime


class RuleHitRate(ResponseBody):
    """Of orders opened in the period."""

    rule_id: UUID
    from_: Annotated[date | None, Field(serialization_alias="from")]
    to: date | None
    hit_rate: HitRateRead


class CheckFacts(ResponseBody):
    """What was known of the car when the rule met it."""

    kind: OrderKind
    model: str | None
    model_year: int | None
    age_months: int | None
    odometer_km: int | None
    plate: str | None
    day: date


class OrderCheckRead(ResponseBody):
    """A check as its rule was then. `result` is the answer of the inspection's item, once there is one."""

    id: UUID
    order_id: UUID
    rule_id: UUID
    rule_version: int
    item: TemplateItem
    why: Bilingual
    facts: CheckFacts
    state: CheckState
    result: Result | None
    inspection_id: UUID | None
    inspection_item_id: UUID | None
    waived_reason: str | None
    waived_by: str | None
    waived_at: datetime | None
    version: int
    created_at: datetime


class OrderChecksRead(ResponseBody):
    order_id: UUID
    items: list[OrderCheckRead]


class OpenCheckRead(ResponseBody):
    id: UUID
    code: str
    name: str


class WaiveCheckBody(RequestBody):
    reason: Told
