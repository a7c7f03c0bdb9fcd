from contextlib import nullcontext
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workorder.domain.money.cash import (
    CountRefused,
    DayNotBegun,
    Flow,
    FlowKind,
    Takings,
    close,
    require_day_begun,
    takings,
    takings_by,
)
from services.workorder.domain.money.settlement import PaymentMethod

CASH, CARD = PaymentMethod.CASH, PaymentMethod.CARD
D = Decimal
flows = st.lists(
    st.builds(
        Flow,
        st.sampled_from(list(FlowKind)),
        st.sampled_from(list(PaymentMethod)),
        st.sampled_from([None, "CA01", "CA02"]),
        st.decimals(0, 5000, places=2),
    ),
    max_size=30,
)


@given(flows)
def test_methods_and_cashiers_each_share_out_the_day_to_the_cent(found: list[Flow]) -> None:
    total = takings(found)
    assert total.net == sum((-f.amount if f.kind is FlowKind.REFUND else f.amount for f in found), D(0))
    by_method, by_cashier = takings_by(found, lambda flow: flow.method), takings_by(found, lambda flow: flow.cashier)
    for sums in (list(by_method.values()), list(by_cashier.values())):
        for name in ("received", "deposits", "refunds", "net"):
            assert sum((getattr(each, name) for each in sums), D(0)) == getattr(total, name)


@pytest.mark.parametrize(("days", "allowed"), [(-400, True), (-1, True), (0, True), (1, False), (400, False)])
def test_money_moves_on_no_day_to_come(days: int, allowed: bool) -> None:
    today = date(2026, 9, 30)
    with nullcontext() if allowed else pytest.raises(DayNotBegun):
        require_day_begun(today + timedelta(days=days), today)


DAY = {CASH: Takings(D("100.00"), D("50.00"), D("20.00")), CARD: Takings(refunds=D("5.00"))}


@pytest.mark.parametrize(
    ("told", "codes"),
    [
        ([(CASH, D("130.00"), None), (CARD, D("-5.00"), None)], []),
        ([(CASH, D("129.50"), "change"), (CARD, D("-5.00"), None)], []),
        ([(CASH, D("130.00"), None), (CARD, D("-5.00"), None), (PaymentMethod.OTHER, D("3.00"), "found")], []),
        ([(CASH, D("129.50"), None), (CARD, D("-5.00"), None)], ["reason-missing"]),
        ([(CASH, D("130.00"), None)], ["methods-differ"]),
        ([(CASH, D("130.00"), None), (CASH, D("130.00"), None), (CARD, D("-5.00"), None)], ["methods-differ"]),
        ([], ["methods-differ"]),
    ],
)
def test_a_day_is_closed_by_a_count_of_every_method(
    told: list[tuple[PaymentMethod, Decimal, str | None]], codes: list[str]
) -> None:
    if codes:
        with pytest.raises(CountRefused) as refused:
            close(DAY, told)
        assert [each["code"] for each in refused.value.errors] == codes
    else:
        counts = close(DAY, told)
        assert [(each.method, each.counted) for each in counts] == [(method, amount) for method, amount, _ in told]
        assert sum(each.expected for each in counts) == sum(each.net for each in DAY.values())
