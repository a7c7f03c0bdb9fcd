"""Orders, lines, quotes and payments driven at random, each step held against a model that knows the rules only."""

import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from chassis.errors import Invalid
from services.workorder.domain.money.refund import RefundReason
from services.workorder.domain.money.settlement import PaymentMethod
from services.workorder.domain.orders import order as states
from services.workorder.domain.orders.line import Authorisation, LineKind, Payer, is_work
from services.workorder.domain.orders.line_change import LineMoney
from services.workorder.domain.orders.order import EarlyDeliveryReason, Hold, Move, OrderKind, Progress, State
from services.workorder.domain.refusals import WorkorderRefusal
from services.workorder.domain.upsells.upsell import DECISIONS, Stage, UpsellSource
from services.workorder.schemas.money.money import PaymentCreate
from services.workorder.schemas.money.refunds import RefundCreate
from services.workorder.schemas.money.settlements import ReverseBody, SettleBody
from services.workorder.schemas.orders.approval import ToldAtDesk
from services.workorder.schemas.orders.order_details import LineUpdate
from services.workorder.schemas.orders.orders import DeliverBody, LineCreate, RepairOrderCreate
from services.workorder.schemas.upsells.quotes import QuoteCreate, QuoteDecisionItem, QuoteDecisions, QuoteItemCreate
from services.workorder.schemas.upsells.upsells import UpsellCreate
from services.workorder.service.desk import Desk
from services.workorder.service.money import money, refunds, settlements
from services.workorder.service.orders import line_changes, orders
from services.workorder.service.upsells import approvals, quotes, upsells
from tests.harness import AStore, Clone
from tests.workorder.shop_floor import ShopFloor, cents, money_without_event

STEPS, RUNS = 50, int(os.environ.get("AFTERMILE_ORDER_RUNS", "100"))
"""5,000 steps in all; AFTERMILE_ORDER_RUNS=200 for 10,000."""
DECIDED = (Authorisation.APPROVED, Authorisation.DECLINED, Authorisation.DEFERRED)


@dataclass
class ALine:
    money: LineMoney
    upsell: UUID | None = None
    said: Authorisation | None = None
    agreed: bool = False
    version: int = 1

    @property
    def owed(self) -> Decimal:
        return self.money.customer if is_work(self.said) else Decimal(0)


@dataclass
class AQuote:
    id: UUID
    shown: dict[UUID, list[LineMoney]]


@dataclass
class AnOrder:
    id: UUID
    progress: Progress
    version: int = 1
    lines: dict[int, ALine] = field(default_factory=dict)
    quotes: list[AQuote] = field(default_factory=list)
    payments: dict[UUID, Decimal] = field(default_factory=dict)
    """What is left of each."""

    @property
    def owed(self) -> Decimal:
        return sum((line.owed for line in self.lines.values()), Decimal(0))

    @property
    def paid(self) -> Decimal:
        return sum(self.payments.values(), Decimal(0))

    def lines_of(self, upsell: UUID) -> list[ALine]:
        return [line for line in self.lines.values() if line.upsell == upsell]

    def said_of(self, upsell: UUID) -> Authorisation:
        return self.lines_of(upsell)[0].said or Authorisation.PROPOSED


AMOUNTS = st.integers(0, 500_000).map(cents)
PAYERS = st.sampled_from(Payer)


@st.composite
def line_bodies(draw: st.DrawFn) -> LineCreate:
    parts = draw(st.dictionaries(PAYERS, st.integers(1, 300_000).map(cents), max_size=3))
    payer = next(iter(parts), None) or draw(PAYERS)
    amount = sum(parts.values(), Decimal(0)) if parts else draw(AMOUNTS)
    return LineCreate(
        kind=draw(st.sampled_from(LineKind)), code="ME04", name="更换蓄电池", quantity=Decimal(1), list_price=amount,
        amount=amount, payer=payer, shares=parts or None,
    )  # fmt: skip


def money_in(body: LineCreate) -> LineMoney:
    return LineMoney(body.amount, body.payer, body.shares)


def moving(desk: Desk, order: AnOrder, move: Move) -> Awaitable[Any]:
    if move is Move.APPROVE:
        return orders.approve_order(desk, order.id, order.version, ToldAtDesk(method="contract", decided_by="王先生"))
    return orders.move_order(desk, order.id, order.version, move)


_TOLD = """
    SELECT json_build_object('state', o.state, 'hold', o.hold, 'settled', o.settled, 'left', o.left_at IS NOT NULL,
        'version', o.version, 'lines', (SELECT coalesce(json_agg(json_build_array(l.line_number, l.amount::text,
                l.authorisation, l.version, share_of('customer', l.payer, l.amount, l.shares)::text)
            ORDER BY l.line_number), '[]'::json) FROM repair_order_lines l WHERE l.order_id = o.id))::text
    FROM repair_orders o WHERE o.id = $1
"""


_BILLED = """
    SELECT to_json(amount::text)::text FROM settlements s WHERE order_id = $1 AND NOT EXISTS (
        SELECT FROM settlement_reversals r WHERE r.settlement_id = s.id)
"""


class OrderMachine(RuleBasedStateMachine):
    floor: ShopFloor

    def __init__(self) -> None:
        super().__init__()
        self.orders: list[AnOrder] = []

    @initialize(lines=st.lists(line_bodies(), max_size=3))
    def begin(self, lines: list[LineCreate]) -> None:
        self.open(lines)

    @precondition(lambda self: len(self.orders) < 3)
    @rule(lines=st.lists(line_bodies(), max_size=3))
    def open(self, lines: list[LineCreate]) -> None:
        body = RepairOrderCreate(kind=OrderKind.REPAIR, advisor="SA01", lines=tuple(lines))
        made = self.floor.act(lambda desk: orders.open_order(desk, body))
        opened = AnOrder(made.id, Progress(State.CHECKED_IN))
        opened.lines = {number: ALine(money_in(line)) for number, line in enumerate(lines, start=1)}
        self.orders.append(opened)
        self.compare(opened)

    @rule(data=st.data(), move=st.sampled_from([*states.STEPS, *[Move.START, Move.INSPECT] * 2, Move.RESUME]))
    def move(self, data: st.DataObject, move: Move) -> None:
        order = self.one(data)
        if self.allowed(order, move, lambda desk: moving(desk, order, move)):
            order.progress = states.advance(order.progress, move)
            if move is Move.APPROVE:
                self.agree([line for line in order.lines.values() if not line.upsell])
        self.compare(order)

    @rule(data=st.data(), hold=st.sampled_from(Hold))
    def hold(self, data: st.DataObject, hold: Hold) -> None:
        order = self.one(data)
        if self.allowed(order, Move.HOLD, lambda desk: orders.hold_order(desk, order.id, order.version, hold)):
            order.progress = states.put_on_hold(order.progress, hold)
        self.compare(order)

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        order = self.one(data)
        if data.draw(st.integers(0, 3)) == 0 and self.allowed(
            order, Move.CANCEL, lambda desk: orders.cancel_order(desk, order.id, order.version, "no time")
        ):
            order.progress = states.advance(order.progress, Move.CANCEL)
        self.compare(order)

    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        order = self.one(data)

        def use(desk: Desk) -> Any:
            return settlements.settle_order(desk, order.id, order.version, SettleBody())

        if any(line.said is Authorisation.PROPOSED for line in order.lines.values()):
            self.expect(legal=False, use=use)
        elif self.allowed(order, Move.SETTLE, use):
            order.progress = states.settle(order.progress)
            billed = sum((line.money.amount for line in order.lines.values() if is_work(line.said)), Decimal(0))
            assert self.floor.read(_BILLED, order.id) == f"{billed:.2f}"
        self.compare(order)

    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        order = self.one(data)
        body = ReverseBody(reason="wrongly billed", paid=order.paid)
        if self.allowed(
            order, Move.REVERSE, lambda desk: settlements.reverse_order(desk, order.id, order.version, body)
        ):
            order.progress = states.reverse(order.progress)
        self.compare(order)

    @rule(data=st.data(), reason=st.sampled_from(EarlyDeliveryReason))
    def deliver(self, data: st.DataObject, reason: EarlyDeliveryReason) -> None:
        order = self.one(data)
        body = DeliverBody(reason=reason, credit_override="known well")
        if self.allowed(order, Move.DELIVER, lambda desk: orders.deliver_order(desk, order.id, order.version, body)):
            order.progress = states.deliver(order.progress, reason)
        self.compare(order)

    @rule(data=st.data(), lines=st.lists(line_bodies(), min_size=1, max_size=2))
    def propose(self, data: st.DataObject, lines: list[LineCreate]) -> None:
        order = self.one(data)
        body = UpsellCreate(source=UpsellSource.INCIDENTAL, stage=Stage.REPAIR, finder="J104", lines=lines)
        legal = order.progress.state in states.IN_THE_SHOP
        made = self.expect(legal, lambda desk: upsells.propose(desk, order.id, body))
        if made is not None:
            for number, line in zip(made.line_numbers, lines, strict=True):
                order.lines[number] = ALine(money_in(line), made.id, Authorisation.PROPOSED)
        self.compare(order)

    @rule(data=st.data())
    def quote(self, data: st.DataObject) -> None:
        order = self.one(data)
        known = sorted({line.upsell for line in order.lines.values() if line.upsell})
        if not known:
            return
        wanted = data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))
        items = [QuoteItemCreate(upsell_id=each, why="worn", if_not_done="breaks", minutes=30) for each in wanted]
        until = self.floor.now + timedelta(hours=2)
        body = QuoteCreate(items=items, explained_by=["SA01"], valid_until=until)
        legal = order.progress.state in states.IN_THE_SHOP and all(order.said_of(each) in DECISIONS for each in wanted)
        made = self.expect(legal, lambda desk: quotes.make_quote(desk, order.id, body))
        if made is not None:
            shown = {each: [line.money for line in order.lines_of(each)] for each in wanted}
            order.quotes.append(AQuote(made.id, shown))
        self.compare(order)

    @rule(data=st.data(), decision=st.sampled_from(DECIDED))
    def decide(self, data: st.DataObject, decision: Authorisation) -> None:
        order = self.one(data)
        if not order.quotes:
            return
        newest = data.draw(st.integers(0, 4)) > 0
        told = order.quotes[-1] if newest else data.draw(st.sampled_from(order.quotes))
        upsell = data.draw(st.sampled_from(sorted(told.shown)))
        body = QuoteDecisions(
            method="contract",
            decided_by="王先生",
            items=[QuoteDecisionItem(upsell_id=upsell, decision=decision)],
        )
        legal = told is order.quotes[-1] and decision in DECISIONS.get(order.said_of(upsell), frozenset())
        if decision is Authorisation.APPROVED:
            as_shown = [line.money for line in order.lines_of(upsell)] == told.shown[upsell]
            legal = legal and as_shown and order.progress.state in states.IN_THE_SHOP
        if self.expect(legal, lambda desk: approvals.decide_at_desk(desk, told.id, body)) is not None:
            for line in order.lines_of(upsell):
                line.said, line.agreed = decision, decision is Authorisation.APPROVED
                line.version += 1
        self.compare(order)

    @rule(data=st.data(), amount=AMOUNTS)
    def change_price(self, data: st.DataObject, amount: Decimal) -> None:
        order = self.one(data)
        if not order.lines:
            return
        number = data.draw(st.sampled_from(sorted(order.lines)))
        line = order.lines[number]
        after = LineMoney(amount, line.money.payer, line.money.shares if amount == line.money.amount else None)
        legal = not order.progress.settled and order.progress.state is not State.CANCELLED
        if after != line.money:
            ended = {Authorisation.DECLINED, Authorisation.EXPIRED, Authorisation.REVOKED}
            legal = legal and line.said not in ended
            legal = legal and not (line.agreed and after.customer > line.money.customer)
        body = LineUpdate(amount=amount, reason="as agreed")
        if self.expect(legal, lambda desk: line_changes.change_line(desk, order.id, number, line.version, body)):
            line.money = after
            line.version += 1
        self.compare(order)

    @rule(data=st.data(), amount=AMOUNTS, all_of_it=st.booleans())
    def pay(self, data: st.DataObject, amount: Decimal, all_of_it: bool) -> None:
        order = self.one(data)
        amount = order.owed - order.paid if all_of_it else amount
        if amount < 0:
            return
        legal = order.progress.state is not State.CANCELLED and 0 < amount <= order.owed - order.paid
        body = PaymentCreate(amount=amount, method=PaymentMethod.CASH)
        balance = self.floor.act(lambda desk: money.balance_of(desk, order.id))
        assert (balance.owed, balance.open) == (order.owed, order.owed - order.paid)
        made = self.expect(legal, lambda desk: self.paid(desk, order, body))
        if made is not None:
            order.payments[made.id] = amount
        self.compare(order)

    @rule(data=st.data(), amount=AMOUNTS, all_of_it=st.booleans())
    def refund(self, data: st.DataObject, amount: Decimal, all_of_it: bool) -> None:
        order = self.one(data)
        if not order.payments:
            return
        payment = data.draw(st.sampled_from(sorted(order.payments)))
        left = order.payments[payment]
        amount = left if all_of_it else amount
        body = RefundCreate(amount=amount, reason=RefundReason.GOODWILL)
        if self.expect(0 < amount <= left, lambda desk: self.refunded(desk, order, payment, body)) is not None:
            order.payments[payment] -= amount
        balance = self.floor.act(lambda desk: money.balance_of(desk, order.id))
        assert balance.open == order.owed - order.paid
        self.compare(order)

    async def paid(self, desk: Desk, order: AnOrder, body: PaymentCreate) -> Any:
        seen, _ = await money.seen_balance_of(desk, order.id)
        return await money.record_payment(desk, order.id, seen, body)

    async def refunded(self, desk: Desk, order: AnOrder, payment: UUID, body: RefundCreate) -> Any:
        seen, _ = await money.seen_balance_of(desk, order.id)
        return await refunds.refund_payment(desk, payment, seen, body)

    def one(self, data: st.DataObject) -> AnOrder:
        return data.draw(st.sampled_from(self.orders), label="order")

    def agree(self, lines: list[ALine]) -> None:
        for line in lines:
            line.version += not line.agreed
            line.agreed = True

    def allowed(self, order: AnOrder, move: Move, use: Callable[[Any], Any]) -> bool:
        """Whether the rules allow the move; the service has to agree, and a move that is made is a new version."""
        legal = move in states.allowed_moves(order.progress)
        self.expect(legal, use)
        order.version += legal
        return legal

    def expect(self, legal: bool, use: Callable[[Any], Any]) -> Any:
        if legal:
            return self.floor.act(use)
        with pytest.raises((WorkorderRefusal, Invalid)):
            self.floor.act(use)
        return None

    def compare(self, order: AnOrder) -> None:
        """What the database says is what the model says, to the cent."""
        told = self.floor.read(_TOLD, order.id)
        found = Progress(
            State(told["state"]), told["hold"] and Hold(told["hold"]), settled=told["settled"], delivered=told["left"]
        )
        assert (found, told["version"]) == (order.progress, order.version)
        assert found in states.standings()
        assert told["lines"] == [
            [number, f"{line.money.amount:.2f}", line.said, line.version, f"{line.money.customer:.2f}"]
            for number, line in sorted(order.lines.items())
        ]

    def teardown(self) -> None:
        for order in self.orders:
            assert money_without_event(self.floor, order.id) == []


@pytest.fixture
def floor(clone_database: Callable[[str], Clone], store: AStore) -> Iterator[ShopFloor]:
    opened = ShopFloor(clone_database("workorder").app_url, store)
    yield opened
    opened.close()


def test_no_step_leads_to_an_illegal_state_a_wrong_sum_or_money_without_an_event(floor: ShopFloor) -> None:
    steps = settings(max_examples=RUNS, stateful_step_count=STEPS, print_blob=True)
    here = type("OrderMachineHere", (OrderMachine,), {"floor": floor})
    run_state_machine_as_test(here, settings=steps)
    assert floor.read("SELECT count(*)::text FROM repair_orders") >= RUNS
