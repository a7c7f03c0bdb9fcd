"""What payroll tells the others, and what it makes of what they tell: facts, and copies of what facts hang on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consumer import FeedEvent, Subscription
from chassis.feed import Event
from services.payroll.repository.facts import intake

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Shape:
    """How an event becomes a fact: which of its fields is the day, the money, the hours, the person, the team.

    What is named in `attributes` is kept beside; everything else of the event is not for payroll. Money `taken_back`
    counts against what came in: a fact of its own, below zero, on the day it went. What has no day counts in no month.
    """

    kind: str
    day: str
    amount: str = ""
    hours: str = ""
    person: str = ""
    team: str = ""
    attributes: tuple[str, ...] = ()
    taken_back: bool = False

    def fact(self, event: FeedEvent) -> dict[str, Any]:
        data = event.data
        return {
            "kind": self.kind,
            "subject": event.subject,
            "version": event.version,
            "source": event.type.partition(".")[0],
            "event_id": event.id,
            "order_number": _order_number(data),
            "person": data.get(self.person),
            "team": data.get(self.team),
            "occurred_on": data.get(self.day),
            "amount": self._amount(data),
            "hours": data.get(self.hours),
            "attributes": {name: data[name] for name in self.attributes if data.get(name) is not None},
        }

    def _amount(self, data: Data) -> str | None:
        told: str | None = data.get(self.amount)
        return str(-Decimal(told)) if self.taken_back and told is not None else told


def employee_changed(employee: Data, version: int) -> Event:
    """Who works where: pay and coefficient stay here."""
    names = ("number", "name", "post", "team", "hired_on", "left_on")
    return Event("payroll.employee.changed", employee["number"], version, {n: employee.get(n) for n in names})


def team_changed(heads: Data, version: int) -> Event:
    """Who leads and who manages a team from a day on."""
    names = ("team", "valid_from", "leader", "managers", "set_by")
    return Event("payroll.team.changed", heads["team"], version, {name: heads[name] for name in names})


TARGET_SIGNED = ("month", "scope", "subject", "metric", "value", "weight", "signed_on", "signed_by")


def target_signed(target: Data, version: int) -> Event:
    subject = "/".join(target[name] for name in ("month", "scope", "subject", "metric"))
    return Event("payroll.target.signed", subject, version, {name: target[name] for name in TARGET_SIGNED})


def run_completed(run: Data) -> Event:
    names = ("id", "month", "hash", "total", "plan_id", "completed_at")
    return Event("payroll.run.completed", str(run["id"]), 1, {name: run[name] for name in names})


def month_changed(month: Data, version: int) -> Event:
    """Where a month stands on its way to being paid; `root` is that of its statements once it is closed."""
    names = ("month", "state", "run_id", "revision", "root", "total")
    return Event("payroll.month.changed", month["month"], version, {name: month[name] for name in names})


def plan_changed(plan: Data, version: int) -> Event:
    """Where a plan stands in its life; the text is read at its address."""
    names = ("id", "name", "status", "hash", "effective_from", "created_by", "reviewed_by", "activated_by",
             "withdrawn_by", "posts", "ended_from", "ended_by")  # fmt: skip
    return Event("payroll.plan.changed", str(plan["id"]), version, {name: plan[name] for name in names})


def measure_changed(measure: Data, version: int) -> Event:
    """With its whole state: that it is approved, and in which version it counts, is part of it."""
    return Event("payroll.measure.changed", str(measure["id"]), version, dict(measure))


def parameter_changed(parameter: Data, version: int) -> Event:
    """A value of a plan's parameter beside its text, with its whole state; approved ones count."""
    return Event("payroll.parameter.changed", str(parameter["id"]), version, dict(parameter))


def pay_item_changed(item: Data, version: int) -> Event:
    """The newest version of an allowance or deduction, with who recorded it and why."""
    return Event("payroll.pay_item.changed", str(item["id"]), version, dict(item))


def account_map_changed(accounts: Data) -> Event:
    """A store's departments and accounts from a day on: each is one state, and never changes."""
    return Event("payroll.account_map.changed", str(accounts["valid_from"]), 1, dict(accounts))


def question_changed(question: Data, version: int) -> Event:
    """Where a question about a statement stands; what people said is read at its address."""
    return Event("payroll.question.changed", str(question["id"]), version, dict(question))


def question_late(what: str, question: Data, version: int) -> Event:
    """`overdue` or `escalated`: told once each time it was asked; the state is that of the same version."""
    return Event(f"payroll.question.{what}", str(question["id"]), version, dict(question))


def _order_number(data: Data) -> str | None:
    """Most events name the order by its number, some by a reference."""
    number: str | None = data.get("order_number")
    order = data.get("order")
    return number if number is not None or order is None else order["number"]


_COMPLAINT = Shape(
    "complaint", "occurred_on", person="employee", attributes=("number", "cause", "verified", "verified_on")
)
_SALE = Shape(
    "accessory_sale", "sold_on", amount="amount", person="seller",
    attributes=("number", "item", "list_price", "department", "given_away", "installed", "generic"),
)  # fmt: skip
MEASURED = Shape(
    "measure", "occurred_on", amount="amount", hours="hours", person="employee", team="team",
    attributes=("measure", "number", "document", "reason", "entered_by", "decided_by"),
)  # fmt: skip
"""What is entered here, by hand: no event brings it."""
SHAPES: Mapping[str, Shape] = {
    "workorder.payment.received": Shape("receipt", "paid_on", amount="amount", attributes=("method", "ordinal")),
    "workorder.payment.refunded": Shape(
        "receipt", "refunded_on", amount="amount", attributes=("method", "payment_id", "reason"), taken_back=True
    ),
    "workorder.package.drawn": Shape("receipt", "drawn_on", amount="amount", attributes=("package_number",)),
    "workorder.claim.paid": Shape("reimbursement", "paid_on", amount="amount", attributes=("ordinal",)),
    "workorder.insurer.approved": Shape(
        "insurer_approval", "approved_on", amount="approved_amount", attributes=("owner_share",)
    ),
    "workorder.labour.completed": Shape(
        "labour", "completed_on", hours="standard_hours", person="technician", team="team",
        attributes=("order_kind", "code", "name", "line_number", "accessory_installation"),
    ),
    "workorder.hours.deducted": Shape(
        "hours_deduction", "occurred_on", hours="hours", person="employee", attributes=("number", "reason")
    ),
    "workorder.accessory.sold": _SALE,
    "workorder.accessory.returned": replace(_SALE, day=""),
    "workorder.consumables.used": Shape(
        "consumable", "used_on", amount="amount", team="team", attributes=("item", "ordinal")
    ),
    "customer.complaint.opened": _COMPLAINT,
    "customer.complaint.verified": _COMPLAINT,
    "customer.complaint.rejected": _COMPLAINT,
    "customer.complaint.withdrawn": _COMPLAINT,
    "customer.complaint.closed": _COMPLAINT,
}  # fmt: skip


def _order(event: FeedEvent) -> dict[str, Any]:
    data = event.data
    return {
        "number": data["number"],
        "source": data["source"],
        "source_id": data["id"],
        "kind": data["kind"],
        "state": data["state"],
        "cancelled": data["cancelled"],
        "advisor": data["advisor"],
        "opened_on": data["opened_on"],
        "settled_on": data["settled_on"],
        "left_on": data["left_on"],
        "customer": (data["customer"] or {}).get("number"),
        "vin": (data["vehicle"] or {}).get("number"),
        "version": event.version,
    }


_ORDER_ATTRIBUTES = ("kind", "state", "cancelled", "advisor", "opened_on", "settled_on", "left_on", "customer", "vin")


def _order_fact(event: FeedEvent) -> dict[str, Any]:
    """The opened order counts as a car; its fact keeps the whole state, so that the history has every version."""
    order = _order(event)
    return {
        "kind": "order",
        "subject": order["number"],
        "version": event.version,
        "source": "workorder",
        "event_id": event.id,
        "order_number": order["number"],
        "person": order["advisor"],
        "team": None,
        "occurred_on": order["opened_on"],
        "amount": None,
        "hours": None,
        "attributes": {name: order[name] for name in _ORDER_ATTRIBUTES if order[name] is not None},
    }


def _upsell(event: FeedEvent) -> dict[str, Any]:
    data = event.data
    fields = (
        "number", "order_number", "stage", "finder", "advisor", "decision", "decided_by_method", "amount",
        "operation_name",
    )  # fmt: skip
    return {
        "subject": event.subject,
        "version": event.version,
        "upsell_source": data.get("source"),
        "line_numbers": data.get("line_numbers") or [],
        **{name: data.get(name) for name in fields},
    }


def _response(event: FeedEvent) -> dict[str, Any]:
    fields = ("order_number", "advisor", "questionnaire", "submitted_on", "csi")
    return {
        "subject": event.subject,
        "version": event.version,
        "answers": event.data.get("answers") or {},
        **{name: event.data.get(name) for name in fields},
    }


def _customer(event: FeedEvent) -> dict[str, Any]:
    data = event.data
    merged_into = (data.get("merged_into") or {}).get("number")
    return {
        "number": data["number"],
        "source_id": data["id"],
        "merged_into": merged_into,
        "survivor": merged_into or data["number"],
        "version": event.version,
    }


def _of(events: Iterable[FeedEvent], prefix: str, make: Callable[[FeedEvent], dict[str, Any]]) -> list[dict[str, Any]]:
    return [make(event) for event in events if event.type.startswith(prefix)]


async def take_workorder_events(session: AsyncSession, store: UUID, events: Sequence[FeedEvent]) -> None:
    await intake.store_orders(session, store, _of(events, "workorder.order.", _order))
    await intake.store_upsells(session, store, _of(events, "workorder.upsell.", _upsell))
    facts = _of(events, "workorder.order.", _order_fact)
    await intake.store_facts(session, store, facts + _facts(events))


async def take_customer_events(session: AsyncSession, store: UUID, events: Sequence[FeedEvent]) -> None:
    named = [event for event in events if event.type in _CUSTOMER_STATES]
    await intake.store_customers(session, store, [_customer(event) for event in named])
    await intake.store_facts(session, store, _facts(events))


async def take_survey_events(session: AsyncSession, store: UUID, events: Sequence[FeedEvent]) -> None:
    await intake.store_responses(session, store, _of(events, "survey.response.", _response))


def _facts(events: Iterable[FeedEvent]) -> list[dict[str, Any]]:
    return [SHAPES[event.type].fact(event) for event in events if event.type in SHAPES]


_CUSTOMER_STATES = ("customer.customer.created", "customer.customer.changed")
_ORDER_EVENTS = tuple(
    f"workorder.order.{what}" for what in ("opened", "state_changed", "settled", "delivered", "reversed", "cancelled")
)
SUBSCRIPTIONS = (
    Subscription(
        "workorder",
        take_workorder_events,
        (
            *_ORDER_EVENTS,
            "workorder.upsell.proposed",
            "workorder.upsell.decided",
            *(name for name in SHAPES if name.startswith("workorder.")),
        ),
    ),
    Subscription(
        "customer",
        take_customer_events,
        (*_CUSTOMER_STATES, *(name for name in SHAPES if name.startswith("customer."))),
    ),
    Subscription("survey", take_survey_events, ("survey.response.completed",)),
)
