from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.workorder.domain.orders.line import Authorisation, LineKind, Payer
from services.workorder.domain.refusals import WorkorderRefusal
from services.workorder.domain.upsells.approval import (
    CallTimeRefused,
    Choice,
    ItemsRefused,
    Link,
    LinkExpired,
    LinkRevoked,
    LinkState,
    LinkTimeRefused,
    LinkUsed,
    QuoteChanged,
    ShownItem,
    Standing,
    link_expiry,
    link_state,
    require_as_shown,
    require_call_time,
    require_usable,
    require_visible,
    store_of,
    take_decisions,
    token_hash,
    token_of,
)
from services.workorder.domain.upsells.finding import Priority
from services.workorder.domain.upsells.quote import QuotedLine, QuoteExpired, QuoteOutdated, QuoteSuperseded
from services.workorder.domain.upsells.upsell import UpsellAlreadyDecided

NOW = datetime(2026, 9, 8, 6, 0, 30, tzinfo=UTC)
TODAY = date(2026, 9, 8)
A, B = UUID(int=1), UUID(int=2)
APPROVED, DECLINED, DEFERRED = Authorisation.APPROVED, Authorisation.DECLINED, Authorisation.DEFERRED
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def make_lines(amount: int) -> tuple[QuotedLine, ...]:
    return (QuotedLine(2, LineKind.LABOUR, "ME04", "更换蓄电池", Decimal(1), Decimal(amount), Payer.CUSTOMER),)


def make_shown(decision: Authorisation | None = None, *, now_costs: int = 75) -> ShownItem:
    return ShownItem(make_lines(75), make_lines(now_costs), decision)


def make_standing(**overrides: Any) -> Standing:
    given = {"number": 2, "newest": 2, "valid_until": NOW + timedelta(hours=1)}
    return Standing(**{**given, "items": {A: make_shown(), B: make_shown()}, **overrides})


TAKEN: dict[str, Any] = {
    "one of two": (make_standing(), [Choice(A, APPROVED)]),
    "both": (make_standing(), [Choice(A, APPROVED), Choice(B, DECLINED)]),
    "what was put off": (make_standing(items={A: make_shown(DEFERRED)}), [Choice(A, APPROVED)]),
    "a refusal after the quote's time": (make_standing(valid_until=NOW), [Choice(A, DECLINED)]),
    "a refusal of changed work": (make_standing(items={A: make_shown(now_costs=80)}), [Choice(A, DECLINED)]),
    "with when to come back": (make_standing(), [Choice(A, DEFERRED, "later", Priority.SOON, TODAY)]),
}


@pytest.mark.parametrize(("standing", "choices"), TAKEN.values(), ids=TAKEN.keys())
def test_decisions_on_the_newest_quote_are_taken(standing: Standing, choices: list[Choice]) -> None:
    assert take_decisions(standing, choices, NOW, TODAY) == {each.upsell_id: each.decision for each in choices}


REFUSED: dict[str, Any] = {
    "an old revision": (make_standing(newest=3), [Choice(A, DECLINED)], QuoteSuperseded),
    "past its validity": (make_standing(valid_until=NOW), [Choice(A, APPROVED)], QuoteExpired),
    "work that changed": (make_standing(items={A: make_shown(now_costs=80)}), [Choice(A, APPROVED)], QuoteOutdated),
    "decided already": (make_standing(items={A: make_shown(APPROVED)}), [Choice(A, APPROVED)], UpsellAlreadyDecided),
    "put off twice": (make_standing(items={A: make_shown(DEFERRED)}), [Choice(A, DEFERRED)], UpsellAlreadyDecided),
    "an item of another order": (make_standing(), [Choice(A, APPROVED), Choice(uuid4(), APPROVED)], ItemsRefused),
    "an item twice": (make_standing(), [Choice(A, APPROVED), Choice(A, DECLINED)], ItemsRefused),
    "follow-up of approved work": (make_standing(), [Choice(A, APPROVED, priority=Priority.SOON)], ItemsRefused),
    "follow-up in the past": (
        make_standing(), [Choice(A, DECLINED, follow_up_on=TODAY - timedelta(days=1))], ItemsRefused
    ),
}  # fmt: skip


@pytest.mark.parametrize(("standing", "choices", "refusal"), REFUSED.values(), ids=REFUSED.keys())
def test_no_other_decision_is(standing: Standing, choices: list[Choice], refusal: type[WorkorderRefusal]) -> None:
    with pytest.raises(refusal):
        take_decisions(standing, choices, NOW, TODAY)


choices = st.builds(Choice, st.sampled_from([A, B]), st.sampled_from([APPROVED, DECLINED, DEFERRED]))


class Order(RuleBasedStateMachine):
    """Revisions, changed prices, time and decisions in any order, by people who may hold an old revision."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.prices = {A: 1, B: 1}
        self.decisions: dict[UUID, Authorisation | None] = {A: None, B: None}
        self.revisions = [(NOW + 2 * HOUR, dict(self.prices))]
        self.taken: Counter[tuple[UUID, Authorisation]] = Counter()

    @rule(item=st.sampled_from([A, B]), price=st.integers(1, 3))
    def reprice(self, item: UUID, price: int) -> None:
        self.prices[item] = price

    @rule(hours=st.integers(1, 3))
    def wait(self, hours: int) -> None:
        self.now += hours * HOUR

    @rule(hours=st.integers(1, 3), items=st.sets(st.sampled_from([A, B]), min_size=1))
    def revise(self, hours: int, items: set[UUID]) -> None:
        self.revisions.append((self.now + hours * HOUR, {item: self.prices[item] for item in items}))

    @rule(older=st.integers(0, 2), choices=st.lists(choices, min_size=1, max_size=2))
    def decide(self, older: int, choices: list[Choice]) -> None:
        number = max(1, len(self.revisions) - older)
        valid_until, shown = self.revisions[number - 1]
        items = {i: ShownItem(make_lines(shown[i]), make_lines(self.prices[i]), self.decisions[i]) for i in shown}
        try:
            taken = take_decisions(Standing(number, len(self.revisions), valid_until, items), choices, self.now)
        except WorkorderRefusal:
            return
        assert number == len(self.revisions)
        for item, decision in taken.items():
            self._note(item, decision, as_shown=self.now < valid_until and shown[item] == self.prices[item])

    def _note(self, item: UUID, decision: Authorisation, *, as_shown: bool) -> None:
        assert as_shown or decision is not APPROVED
        self.decisions[item] = decision
        self.taken[item, decision] += 1

    @invariant()
    def each_item_is_decided_once_and_put_off_once(self) -> None:
        for item in (A, B):
            assert self.taken[item, APPROVED] + self.taken[item, DECLINED] <= 1
            assert self.taken[item, DEFERRED] <= 1


TestApprovalIsTakenOnceAndOnlyForWhatTheNewestOpenRevisionShowed = Order.TestCase


def make_link(**overrides: Any) -> Link:
    given = {"quote_number": 2, "expires_at": NOW + timedelta(hours=1), "revoked_at": None, "used_at": None}
    return Link(**{**given, **overrides})


LINKS: dict[str, Any] = {
    "fresh": (make_link(), 2, LinkState.OPEN, None, None),
    "used": (make_link(used_at=NOW), 2, LinkState.USED, LinkUsed, None),
    "used, then revised": (make_link(used_at=NOW), 3, LinkState.USED, LinkUsed, None),
    "used, then expired": (make_link(used_at=NOW, expires_at=NOW), 2, LinkState.USED, LinkUsed, LinkExpired),
    "used, then withdrawn": (make_link(used_at=NOW, revoked_at=NOW), 2, LinkState.USED, LinkUsed, LinkRevoked),
    "revoked": (make_link(revoked_at=NOW), 2, LinkState.REVOKED, LinkRevoked, LinkRevoked),
    "revised": (make_link(), 3, LinkState.SUPERSEDED, QuoteSuperseded, QuoteSuperseded),
    "expired": (make_link(expires_at=NOW), 2, LinkState.EXPIRED, LinkExpired, LinkExpired),
}


@pytest.mark.parametrize(("link", "newest", "state", "using", "looking"), LINKS.values(), ids=LINKS.keys())
def test_what_a_link_is_good_for(link: Link, newest: int, state: LinkState, using: Any, looking: Any) -> None:
    assert link_state(link, newest, NOW) is state
    for ask, refusal in ((require_usable, using), (require_visible, looking)):
        if refusal is None:
            ask(link, newest, NOW)
        else:
            with pytest.raises(refusal):
                ask(link, newest, NOW)


@pytest.mark.parametrize(
    ("wish", "valid_for", "expected"),
    [(None, 5 * DAY, 3 * DAY), (None, DAY, DAY), (14 * DAY, 30 * DAY, 14 * DAY), (2 * DAY, DAY, DAY),
     (HOUR, DAY, HOUR)],
)  # fmt: skip
def test_a_link_outlives_neither_its_quote_nor_two_weeks(wish: Any, valid_for: timedelta, expected: timedelta) -> None:
    assert link_expiry(wish and NOW + wish, NOW + valid_for, NOW) == NOW + expected


@pytest.mark.parametrize("wish", [-HOUR, 0 * HOUR, 14 * DAY + timedelta(seconds=1)])
def test_a_link_of_another_time_is_refused(wish: timedelta) -> None:
    with pytest.raises(LinkTimeRefused):
        link_expiry(NOW + wish, NOW + 30 * DAY, NOW)


@pytest.mark.parametrize(("number", "seen"), [(1, "h"), (2, "g"), (3, "")])
def test_a_decision_is_about_the_quote_that_was_shown(number: int, seen: str) -> None:
    require_as_shown(2, "h", 2, "h")
    with pytest.raises(QuoteChanged):
        require_as_shown(2, "h", number, seen)


@pytest.mark.parametrize(("seconds", "allowed"), [(-31, False), (-30, True), (0, True), (60, True), (61, False)])
def test_a_call_is_made_after_the_quote_and_before_now(seconds: int, allowed: bool) -> None:
    if allowed:
        require_call_time(NOW + timedelta(seconds=seconds), NOW, NOW + timedelta(seconds=60))
    else:
        with pytest.raises(CallTimeRefused):
            require_call_time(NOW + timedelta(seconds=seconds), NOW, NOW + timedelta(seconds=60))


@given(st.uuids(), st.binary(min_size=32, max_size=32))
def test_a_token_names_its_store_and_only_its_hash_is_kept(store: UUID, secret: bytes) -> None:
    token = token_of(store, secret)
    assert len(token) == 64
    assert store_of(token) == store
    assert len(token_hash(token)) == 32


@given(st.text(max_size=70))
def test_what_is_no_token_names_no_store(text: str) -> None:
    assert store_of(text) is None or len(text) == 64
    assert store_of(text + "=") is None
