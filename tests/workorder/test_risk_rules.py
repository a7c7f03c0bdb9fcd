from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workorder.domain.orders.line import Authorisation
from services.workorder.domain.risk.estimates import Quantity
from services.workorder.domain.risk.risk import FlagKind, RiskPolicy
from services.workorder.domain.risk.risk_facts import OrderFact, Role, estimated, rounds, tallies
from services.workorder.domain.risk.risk_flags import raised
from services.workorder.domain.risk.risk_review import FlagState, OwnRiskFlag, RiskFlagClosed, require_reviewable
from services.workorder.domain.risk.standing import rate_flags, standings
from tests.workorder.risk_shop import OPENED, TODAY, at, even_shop, order_fact, upsell_fact

POLICY = RiskPolicy()
DECLINED, DEFERRED = Authorisation.DECLINED, Authorisation.DEFERRED


def counted(kind: FlagKind, role: Role, *orders: OrderFact) -> dict[str, tuple[int, int]]:
    found = tallies(kind, role, orders, POLICY, TODAY)
    return {person: (tally.record.trials, tally.record.successes) for person, tally in found.items()}


def odd(*orders: OrderFact, policy: RiskPolicy = POLICY) -> list[str]:
    return [str(each.kind) for each in raised(orders, policy, TODAY) if each.order_id]


def test_proposals_count_by_orders_of_an_advisor_and_by_cars_a_finder_had_in_hand() -> None:
    orders = [order_fact(upsell_fact(), handlers=frozenset({"J104", "J2"})), order_fact(handlers=frozenset({"J2"}))]
    assert counted(FlagKind.PROPOSALS, Role.ADVISOR, *orders) == {"SA01": (2, 1)}
    assert counted(FlagKind.PROPOSALS, Role.FINDER, *orders) == {"J104": (1, 1), "J2": (2, 0)}


def test_of_proposals_those_count_that_a_customer_answered() -> None:
    upsells = [
        upsell_fact(), upsell_fact(DECLINED), upsell_fact(DECLINED, finder="J2"), upsell_fact(DEFERRED),
        upsell_fact(None), upsell_fact(Authorisation.EXPIRED), upsell_fact(finder=None),
    ]  # fmt: skip
    order = order_fact(*upsells)
    assert counted(FlagKind.DECLINED_PROPOSALS, Role.ADVISOR, order) == {"SA01": (5, 2)}
    assert counted(FlagKind.APPROVED_PROPOSALS, Role.ADVISOR, order) == {"SA01": (5, 2)}
    assert counted(FlagKind.DECLINED_PROPOSALS, Role.FINDER, order) == {"J104": (3, 1), "J2": (1, 1)}
    assert counted(FlagKind.DECLINED_PROPOSALS, Role.ADVISOR, order_fact(*upsells, advisor=None)) == {}


@pytest.mark.parametrize(
    ("kind", "so", "not_so", "unknown"),
    [
        (FlagKind.COMPLAINTS, {"complaint": True}, {"complaint": False}, None),
        (FlagKind.LOW_SCORES, {"csi": Decimal("69.9")}, {"csi": Decimal(70)}, {"csi": None}),
        (FlagKind.PROMISES_UNMET, {"promise": -1}, {"promise": 0}, {"promise": None}),
        (FlagKind.COMEBACKS, {"comeback": UUID(int=1)}, {}, {"left_on": None}),
        (FlagKind.COMEBACKS, {"comeback": UUID(int=1)}, {}, {"left_on": TODAY - timedelta(days=29)}),
    ],
)
def test_what_came_after_an_order_counts_where_work_was_added_and_something_is_known(
    kind: FlagKind, so: dict[str, object], not_so: dict[str, object], unknown: dict[str, object] | None
) -> None:
    added = (upsell_fact(), upsell_fact(finder="J2"), upsell_fact(DECLINED, finder="J3"))
    orders = [order_fact(*added, **so), order_fact(*added, **not_so), order_fact(**so), order_fact(upsell_fact(None))]
    orders += [] if unknown is None else [order_fact(*added, **{**so, **unknown})]
    assert counted(kind, Role.ADVISOR, *orders) == {"SA01": (2, 1)}
    assert counted(kind, Role.FINDER, *orders) == {"J104": (2, 1), "J2": (2, 1)}


def test_related_work_is_missed_where_a_rule_names_it_and_it_came_later() -> None:
    late = (uuid4(),)
    order = order_fact(
        upsell_fact(related=True, late=late), upsell_fact(related=True), upsell_fact(), upsell_fact(None, told=False)
    )
    assert counted(FlagKind.RELATED_WORK_MISSED, Role.FINDER, order) == {"J104": (2, 1)}
    [flag] = raised([order], POLICY, TODAY)
    assert (flag.kind, flag.upsell_ids) == (FlagKind.RELATED_WORK_LATE, (order.upsells[0].id, *late))


def test_estimates_are_those_of_settled_orders_and_of_cars_that_were_ready() -> None:
    orders = [
        order_fact(agreed=Decimal(200), final=Decimal(250), done_at=at(6)),
        order_fact(settled=False, promised_at=None),
        order_fact(agreed=None, done_at=None),
        order_fact(agreed=Decimal(0), promised_at=OPENED),
        order_fact(advisor=None),
    ]
    money, time = (estimated(quantity, orders) for quantity in Quantity)
    assert [(each.estimate.estimated, each.estimate.final) for each in money] == [(Decimal(200), Decimal(250))]
    assert [(each.estimate.estimated, each.estimate.final) for each in time] == [(Decimal(240), Decimal(360))]


@pytest.mark.parametrize(
    ("proposed", "expected"),
    [
        ([], 0),
        ([(1, None)], 1),
        ([(1, 2), (1.5, 2)], 1),
        ([(1, 2), (3, None)], 2),
        ([(1, 4), (2, 5), (3, 6)], 1),
        ([(1, 2), (3, 4), (5, 6)], 3),
        ([(1, None), (3, None)], 1),
        ([(5, 6), (1, 2), (3, 4)], 3),
    ],
)
def test_what_is_proposed_after_an_approval_begins_the_next_round(
    proposed: list[tuple[float, float | None]], expected: int
) -> None:
    upsells = [
        upsell_fact(None if decided is None else Authorisation.APPROVED, proposed_at=at(told),
                    decided_at=None if decided is None else at(decided))
        for told, decided in proposed
    ]  # fmt: skip
    assert rounds(upsells) == expected


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 5), st.booleans()), max_size=8))
def test_there_are_never_more_rounds_than_upsells_and_one_without_approvals(
    proposed: list[tuple[int, int, bool]],
) -> None:
    upsells = [
        upsell_fact(Authorisation.APPROVED if approved else DECLINED, proposed_at=at(told), decided_at=at(told + later))
        for told, later, approved in proposed
    ]
    assert min(1, len(upsells)) <= rounds(upsells) <= len(upsells)
    assert rounds([replace(each, decision=DECLINED) for each in upsells]) == min(1, len(upsells))


@pytest.mark.parametrize(
    ("order", "kinds"),
    [
        (order_fact(upsell_fact()), []),
        (order_fact(upsell_fact(green=True)), ["green_item_quoted"]),
        (order_fact(upsell_fact(None, green=True, told=False)), []),
        (order_fact(upsell_fact(evidence=None)), ["finding_missing"]),
        (order_fact(upsell_fact(evidence=None, by_hand=False)), []),
        (order_fact(upsell_fact(evidence=False)), ["evidence_missing"]),
        (order_fact(upsell_fact(), complaint=True), ["complaint_after_upsell"]),
        (order_fact(upsell_fact(DECLINED), complaint=True, csi=Decimal(10), comeback=uuid4()), []),
        (order_fact(upsell_fact(), csi=Decimal("69.99")), ["low_score_after_upsell"]),
        (order_fact(upsell_fact(), csi=Decimal(70)), []),
        (order_fact(upsell_fact(), comeback=uuid4(), comeback_after=3), ["comeback_after_upsell"]),
    ],
)
def test_an_order_or_an_upsell_is_odd_by_itself(order: OrderFact, kinds: list[str]) -> None:
    assert odd(order) == kinds
    for each in raised([order], POLICY, TODAY):
        assert (each.advisor, each.period, each.order_id) == ("SA01", None, order.id)
        assert each.finders == ("J104",)


def test_many_rounds_are_more_than_the_policy_allows() -> None:
    upsells = [upsell_fact(proposed_at=at(hour), decided_at=at(hour + 1)) for hour in (1, 3, 5)]
    assert odd(order_fact(*upsells)) == ["many_rounds"]
    assert odd(order_fact(*upsells[:2])) == []
    assert odd(order_fact(*upsells), policy=replace(POLICY, rounds=3)) == []


def declining(person: str, declined: int, of: int) -> list[OrderFact]:
    decisions = [DECLINED] * declined + [Authorisation.APPROVED] * (of - declined)
    return [order_fact(upsell_fact(each, finder=f"J{person}"), advisor=person) for each in decisions]


def test_a_person_past_the_peers_is_raised_with_what_speaks_against_him() -> None:
    orders = [each for person in range(7) for each in declining(f"SA{person}", 12, 60)] + declining("SA9", 40, 60)
    found = [each for each in raised(orders, POLICY, TODAY) if each.kind is FlagKind.DECLINED_PROPOSALS]
    assert [(each.key, each.advisor, each.finders) for each in found] == [
        ("advisor:SA9:2026-11", "SA9", ()),
        ("finder:JSA9:2026-11", None, ("JSA9",)),
    ]
    records = [
        each.record for each in tallies(FlagKind.DECLINED_PROPOSALS, Role.ADVISOR, orders, POLICY, TODAY).values()
    ]
    [flag] = rate_flags(FlagKind.DECLINED_PROPOSALS, records, POLICY)
    assert (found[0].measure, found[0].bound, found[0].n) == (flag.measure, flag.bound, 60)
    theirs = [each for each in orders if each.advisor == "SA9"][:40]
    assert found[0].upsell_ids == tuple(each.upsells[0].id for each in theirs)


def test_with_fewer_trials_than_the_policy_asks_for_nobody_is_raised() -> None:
    orders = [each for person in range(7) for each in declining(f"SA{person}", 1, 60)] + declining("SA9", 9, 9)
    assert not [each for each in raised(orders, POLICY, TODAY) if each.advisor == "SA9"]
    lenient = replace(POLICY, minimum_trials=9)
    assert [each for each in raised(orders, lenient, TODAY) if each.advisor == "SA9"]


def test_whose_estimates_are_overrun_is_raised_with_the_orders_that_were() -> None:
    orders = [order_fact(final=Decimal(100 + 5 * n)) for n in range(20)]
    [flag] = raised(orders, POLICY, TODAY)
    assert (flag.kind, flag.advisor) == (FlagKind.MONEY_OVERRUN, "SA01")
    assert flag.order_ids == tuple(each.id for each in orders[3:])


def test_of_a_thousand_shops_without_differences_few_are_flagged() -> None:
    rng = np.random.default_rng(11)
    kinds = (FlagKind.DECLINED_PROPOSALS, FlagKind.COMPLAINTS)
    shops = [even_shop(rng) for _ in range(20)]
    flagged = 0
    for _ in range(1000):
        shop = shops[int(rng.integers(len(shops)))]
        shuffled = rng.permutation([str(each.advisor) for each in shop])  # whose orders they were is chance
        dealt = [replace(each, advisor=str(person)) for each, person in zip(shop, shuffled, strict=True)]
        found = [tallies(kind, Role.ADVISOR, dealt, POLICY, TODAY).values() for kind in kinds]
        flagged += any(
            rate_flags(kind, [each.record for each in tally], POLICY) for kind, tally in zip(kinds, found, strict=True)
        )
    assert flagged < 50


def test_hardly_any_shop_without_differences_has_anybody_raised_by_any_kind() -> None:
    rng = np.random.default_rng(12)
    persons = [[each for each in raised(even_shop(rng), POLICY, TODAY) if each.period] for _ in range(60)]
    assert sum(map(bool, persons)) <= 3


def test_nobody_reviews_his_own_flag_nor_one_that_is_closed() -> None:
    require_reviewable(FlagState.ASSIGNED, {"SA01"}, "M1", "M2")
    with pytest.raises(OwnRiskFlag):
        require_reviewable(FlagState.OPEN, {"SA01", "J104"}, "J104")
    with pytest.raises(OwnRiskFlag):
        require_reviewable(FlagState.OPEN, {"SA01"}, "M1", "SA01")
    with pytest.raises(RiskFlagClosed):
        require_reviewable(FlagState.CLOSED, {"SA01"}, "M1")


def test_nobody_is_compared_where_there_are_too_few() -> None:
    records = [each.record for each in tallies(
        FlagKind.DECLINED_PROPOSALS, Role.ADVISOR, declining("SA1", 5, 20), POLICY, TODAY).values()]  # fmt: skip
    assert standings(records, POLICY) == ()
