from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workorder.domain.orders.line import Authorisation, LineKind, Payer
from services.workorder.domain.upsells.quote import (
    QuotedItem,
    QuotedLine,
    QuoteItemsRefused,
    QuoteState,
    QuoteSuperseded,
    QuoteTimesRefused,
    Revision,
    quote_state,
    require_newest,
    require_quotable,
    require_times,
)

NOW = datetime(2026, 9, 8, 6, 0, tzinfo=UTC)
A, B = UUID(int=1), UUID(int=2)
APPROVED, DECLINED, DEFERRED = Authorisation.APPROVED, Authorisation.DECLINED, Authorisation.DEFERRED


def make_quoted_line(**overrides: Any) -> QuotedLine:
    line = QuotedLine(2, LineKind.LABOUR, "ME04", "更换蓄电池", Decimal("1.5"), Decimal("75.00"), Payer.CUSTOMER)
    return replace(line, **overrides)


def make_item(**overrides: Any) -> QuotedItem:
    part = make_quoted_line(line_number=3, kind=LineKind.PART, amount=Decimal("684.10"), payer=Payer.MAKER)
    item = QuotedItem(A, "W1/2", "更换蓄电池", "12.1 V", "may not start", 40, (make_quoted_line(), part))
    return replace(item, **overrides)


def make_revision(**overrides: Any) -> Revision:
    items = (make_item(), make_item(upsell_id=B))
    revision = Revision("W1", 1, "CNY", items, ("SA01",), NOW + timedelta(hours=4), None, None)
    return replace(revision, **overrides)


def test_the_customers_share_is_what_lines_he_pays_amount_to() -> None:
    revision = make_revision()
    assert (revision.items[0].amount, revision.items[0].customer_share) == (Decimal("759.10"), Decimal("75.00"))
    assert (revision.total, revision.customer_share) == (Decimal("1518.20"), Decimal("150.00"))


SHOWN: dict[str, Any] = {
    "another number": {"number": 2},
    "another order": {"order_number": "W2"},
    "another currency": {"currency": "HKD"},
    "an item less": {"items": (make_item(),)},
    "another order of items": {"items": (make_item(upsell_id=B), make_item())},
    "another reason": {"items": (make_item(why="12.2 V"), make_item(upsell_id=B))},
    "another consequence": {"items": (make_item(if_not_done="nothing"), make_item(upsell_id=B))},
    "another time": {"items": (make_item(minutes=41), make_item(upsell_id=B))},
    "another price": {"items": (make_item(lines=(make_quoted_line(amount=Decimal("75.01")),)), make_item(upsell_id=B))},
    "another payer": {"items": (make_item(lines=(make_quoted_line(payer=Payer.MAKER),)), make_item(upsell_id=B))},
    "someone else to explain it": {"explained_by": ("SA01", "J104")},
    "another validity": {"valid_until": NOW + timedelta(hours=5)},
    "a promise": {"ready_by": NOW + timedelta(hours=2)},
    "a remark": {"note": "old parts are shown"},
}


@pytest.mark.parametrize("changed", SHOWN.values(), ids=SHOWN.keys())
def test_whatever_a_quote_shows_is_in_its_hash(changed: dict[str, Any]) -> None:
    assert make_revision().content_hash() != make_revision(**changed).content_hash()


def test_the_hash_does_not_depend_on_how_numbers_and_instants_are_written() -> None:
    line = make_quoted_line(quantity=Decimal("1.5000"), amount=Decimal(75))
    same = make_revision(items=(make_item(lines=(line,)),), valid_until=NOW.astimezone())
    assert same.content_hash() == make_revision(
        items=(make_item(lines=(make_quoted_line(),)),), valid_until=NOW
    ).content_hash()  # fmt: skip


money = st.decimals(Decimal("0.00"), Decimal("999999.99"), places=2)
quoted_lines = st.builds(
    QuotedLine, st.integers(1, 99), st.sampled_from(LineKind), st.text(max_size=5), st.text(max_size=5),
    st.decimals(Decimal(-99), Decimal(99), places=4), money, st.sampled_from(Payer),
)  # fmt: skip


@given(quoted_lines)
def test_a_line_is_read_as_it_was_told(line: QuotedLine) -> None:
    assert QuotedLine.read(line.told()) == line
    assert QuotedLine.read(line.told()).told() == line.told()


@given(st.lists(st.lists(quoted_lines, max_size=5), max_size=5))
def test_shares_of_all_payers_add_up_to_the_cent(lines: list[list[QuotedLine]]) -> None:
    revision = make_revision(items=tuple(make_item(lines=tuple(of_item)) for of_item in lines))
    every = [line for of_item in lines for line in of_item]
    others = sum((line.amount for line in every if line.payer is not Payer.CUSTOMER), Decimal(0))
    assert revision.customer_share + others == revision.total == sum((line.amount for line in every), Decimal(0))


OF_ORDER = {A: None, B: DEFERRED}
QUOTABLE: dict[str, Any] = {
    "proposed and deferred": ([A, B], OF_ORDER, []),
    "of another order": ([A, uuid4()], OF_ORDER, [("/items/1/upsell_id", "upsell-unknown")]),
    "named twice": ([A, B, A], OF_ORDER, [("/items/2/upsell_id", "upsell-repeated")]),
    "approved": ([A], {A: APPROVED}, [("/items/0/upsell_id", "upsell-already-decided")]),
    "declined": ([A], {A: DECLINED}, [("/items/0/upsell_id", "upsell-already-decided")]),
    "revoked": ([A], {A: Authorisation.REVOKED}, [("/items/0/upsell_id", "upsell-already-decided")]),
}


def _faults(wanted: Any, of_order: Any) -> list[tuple[str, str]]:
    try:
        require_quotable(wanted, of_order)
    except QuoteItemsRefused as refused:
        return [(each["pointer"], each["code"]) for each in refused.errors]
    return []


@pytest.mark.parametrize(("wanted", "of_order", "expected"), QUOTABLE.values(), ids=QUOTABLE.keys())
def test_only_open_work_of_the_order_is_quoted(wanted: Any, of_order: Any, expected: Any) -> None:
    assert _faults(wanted, of_order) == expected


@pytest.mark.parametrize(
    ("valid_hours", "ready_hours", "allowed"),
    [(1, None, True), (1, 2, True), (0, None, False), (-1, None, False), (1, 0, False), (1, -1, False)],
)
def test_a_quote_holds_and_work_gets_ready_in_the_future(
    valid_hours: int, ready_hours: int | None, allowed: bool
) -> None:
    ready_by = None if ready_hours is None else NOW + timedelta(hours=ready_hours)
    if allowed:
        require_times(NOW, NOW + timedelta(hours=valid_hours), ready_by)
    else:
        with pytest.raises(QuoteTimesRefused):
            require_times(NOW, NOW + timedelta(hours=valid_hours), ready_by)


def test_an_older_revision_names_the_newer_one() -> None:
    require_newest(2, 2)
    with pytest.raises(QuoteSuperseded) as refused:
        require_newest(1, 2)
    assert refused.value.members == {"newest": 2}


@pytest.mark.parametrize(
    ("number", "hours", "decisions", "expected"),
    [
        (2, 1, [None], QuoteState.OPEN),
        (2, 1, [APPROVED, None], QuoteState.OPEN),
        (2, 1, [DEFERRED], QuoteState.OPEN),
        (2, 1, [APPROVED, DECLINED], QuoteState.DECIDED),
        (2, 0, [APPROVED, DECLINED], QuoteState.DECIDED),
        (2, 0, [None], QuoteState.EXPIRED),
        (1, 1, [None], QuoteState.SUPERSEDED),
        (1, 0, [APPROVED], QuoteState.SUPERSEDED),
    ],
)
def test_the_state_of_a_quote(number: int, hours: int, decisions: Any, expected: QuoteState) -> None:
    assert quote_state(number, 2, NOW + timedelta(hours=hours), decisions, NOW) is expected
