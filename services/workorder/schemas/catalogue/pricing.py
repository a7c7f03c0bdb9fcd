"""Bodies of prices with their explanations."""

from datetime import date
from uuid import UUID

from chassis.representation import Money, ResponseBody
from services.workorder.domain.catalogue.catalogue_entries import Basis
from services.workorder.domain.catalogue.price_list import Group
from services.workorder.domain.catalogue.price_steps import Entry, Rule
from services.workorder.domain.orders.line import LineKind, Origin, Payer
from services.workorder.domain.orders.order import OrderKind
from services.workorder.schemas.text import Trimmed


class Texts(ResponseBody):
    zh: str
    en: str


class StepSource(ResponseBody):
    """The entry a number comes from. An operation's own hours have no day."""

    entry: Entry
    id: UUID
    valid_from: date | None
    made_by: str


class StepRead(ResponseBody):
    """`amount` is what the step adds, exactly; those of all steps together are the price."""

    rule: Rule
    text: Texts
    inputs: dict[str, str]
    amount: Trimmed
    source: StepSource | None


class CarRead(ResponseBody):
    """What is known of the car; the year may be that of its VIN."""

    model: str | None
    year: int | None
    engine: str | None


class PricedItem(ResponseBody):
    """`list_price` is that of one unit by itself, `hours` are those of all units, `amount` is what they cost here."""

    operation: str
    name: str
    kind: LineKind
    part_number: str | None
    origin: Origin | None
    quantity: Trimmed
    hours: Trimmed | None
    list_price: Money
    amount: Money
    steps: list[StepRead]


class PriceExplanation(ResponseBody):
    """A menu has several items, an operation is the only one."""

    menu: str | None
    day: date
    kind: OrderKind
    payer: Payer
    basis: Basis
    car: CarRead
    quantity: Trimmed
    currency: str
    amount: Money
    items: list[PricedItem]


class PriceListEntry(ResponseBody):
    """`price` is that of one; where there is none, `unpriced` is why. `group_name` and `remark` are in the language
    asked for."""

    group: Group
    group_name: str
    code: str
    name: str
    part_number: str | None
    origin: Origin | None
    hours: Trimmed | None
    price: Money | None
    currency: str
    unpriced: str | None
    remark: str | None
