from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workorder.domain.money.credit import (
    NO_CREDIT,
    CreditExceeded,
    CreditOverrideRefused,
    Terms,
    require_credit,
    require_override_allowed,
)
from services.workorder.domain.money.receivable import Age, Debtor, Receivable, age_of, aged

AS_OF = date(2026, 9, 30)


@pytest.mark.parametrize(
    ("days", "age"),
    [
        (-400, Age.NOT_DUE),
        (-1, Age.NOT_DUE),
        (0, Age.TO_30),
        (30, Age.TO_30),
        (31, Age.TO_60),
        (60, Age.TO_60),
        (61, Age.TO_90),
        (90, Age.TO_90),
        (91, Age.OVER_90),
        (4000, Age.OVER_90),
    ],
)
def test_the_age_of_what_is_owed_counts_from_the_day_it_was_due(days: int, age: Age) -> None:
    assert age_of(days) is age


receivables = st.lists(
    st.builds(
        Receivable,
        st.just(UUID(int=1)),
        st.sampled_from(["W1", "W2"]),
        st.sampled_from([None, "SA01", "SA02"]),
        st.sampled_from([None, "C1", "C2"]),
        st.none(),
        st.sampled_from(list(Debtor)),
        st.just(AS_OF),
        st.integers(-200, 200).map(lambda days: AS_OF + timedelta(days=days)),
        st.decimals(-500, 5000, places=2),
    ),
    max_size=30,
)


@given(receivables)
def test_ages_customers_and_advisors_each_share_out_what_is_owed_without_rest(found: list[Receivable]) -> None:
    sums = aged(found, AS_OF)
    owed = {debtor: sum((r.open for r in found if r.debtor is debtor and r.open > 0), Decimal(0)) for debtor in Debtor}
    assert {debtor: each.total for debtor, each in sums.debtors.items()} == owed
    for each in (*sums.debtors.values(), *sums.customers.values(), *sums.advisors.values()):
        assert sum(each.ages.values()) == each.total
    for parts in (sums.customers, sums.advisors):
        assert sum((each.total for each in parts.values()), Decimal(0)) == owed[Debtor.CUSTOMER]
    assert sum(owed.values()) - sums.held == sum((r.open for r in found), Decimal(0))


TERMS = Terms(Decimal("1000.00"), 30)


@pytest.mark.parametrize(
    ("terms", "elsewhere", "here", "refused"),
    [
        (TERMS, "0.00", "1000.00", False),
        (TERMS, "900.00", "100.00", False),
        (TERMS, "900.01", "100.00", True),
        (TERMS, "5000.00", "0.00", False),
        (NO_CREDIT, "0.00", "0.01", True),
        (NO_CREDIT, "0.00", "0.00", False),
    ],
)
def test_a_car_leaves_within_what_its_payer_may_owe(terms: Terms, elsewhere: str, here: str, refused: bool) -> None:
    if refused:
        with pytest.raises(CreditExceeded) as told:
            require_credit(terms, Decimal(elsewhere), Decimal(here))
        assert told.value.members == {"limit": str(terms.limit), "owed_elsewhere": elsewhere, "open": here}
    else:
        require_credit(terms, Decimal(elsewhere), Decimal(here))


@pytest.mark.parametrize(("role", "may"), [("service_manager", True), ("desk_supervisor", False), ("cashier", False)])
def test_a_manager_gives_credit_beyond_the_terms(role: str, may: bool) -> None:
    if may:
        require_override_allowed([role])
    else:
        with pytest.raises(CreditOverrideRefused):
            require_override_allowed([role])
