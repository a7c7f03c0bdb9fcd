from datetime import date, timedelta
from functools import partial
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workorder.domain.orders.line import Authorisation
from services.workorder.domain.orders.order import IN_THE_SHOP, State
from services.workorder.domain.upsells.finding import Priority
from services.workorder.domain.upsells.follow_up import (
    AlreadyRevived,
    AnotherOperation,
    AnotherVehicle,
    ClosingReason,
    FollowUpRefused,
    OfferedAgain,
    Outcome,
    RefusedWork,
    StillOnItsOrder,
    WorkClosed,
    WorkNotOpen,
    outcome_of,
    require_follow_up,
    require_open,
    require_revivable,
)

TODAY = date(2026, 9, 8)
AGAIN = OfferedAgain(uuid4(), "W2/3", None)


def make_work(**overrides: object) -> RefusedWork:
    told = {"decision": Authorisation.DECLINED, "state": State.CLOSED, "vin": "V1", "operation_code": "ME04",
            "closed": None, "again": None, **overrides}  # fmt: skip
    return RefusedWork(**told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("work", "outcome"),
    [
        ({}, Outcome.OPEN),
        ({"decision": Authorisation.DEFERRED}, Outcome.OPEN),
        ({"decision": None, "state": State.CANCELLED}, Outcome.OPEN),
        ({"decision": None}, None),
        ({"decision": Authorisation.APPROVED}, None),
        ({"decision": Authorisation.REVOKED}, None),
        ({"closed": ClosingReason.VEHICLE_SOLD}, Outcome.CLOSED),
        ({"again": AGAIN}, Outcome.OFFERED_AGAIN),
        ({"again": OfferedAgain(AGAIN.id, "W2/3", Authorisation.DECLINED)}, Outcome.OFFERED_AGAIN),
        ({"again": OfferedAgain(AGAIN.id, "W2/3", Authorisation.APPROVED)}, Outcome.CONVERTED),
    ],
)
def test_refused_work_is_open_until_it_is_offered_again_or_closed(work: dict[str, object], outcome: Outcome) -> None:
    assert outcome_of(make_work(**work)) is outcome


@pytest.mark.parametrize(
    ("work", "vin", "code", "refusal"),
    [
        ({"again": AGAIN}, "V1", None, AlreadyRevived),
        ({"closed": ClosingReason.DONE_ELSEWHERE}, "V1", None, WorkClosed),
        ({"decision": Authorisation.APPROVED}, "V1", None, WorkNotOpen),
        ({"decision": None}, "V1", None, WorkNotOpen),
        ({"state": State.IN_PROGRESS}, "V1", None, StillOnItsOrder),
        ({}, "V2", None, AnotherVehicle),
        ({}, None, None, AnotherVehicle),
        ({"vin": None}, None, None, AnotherVehicle),
        ({}, "V1", "ME05", AnotherOperation),
    ],
)
def test_what_cannot_be_offered_again_is_refused_with_its_reason(
    work: dict[str, object], vin: str | None, code: str | None, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        require_revivable(make_work(**work), vin, code)


@given(
    decision=st.one_of(st.none(), st.sampled_from(Authorisation)),
    state=st.sampled_from(State),
    closed=st.one_of(st.none(), st.sampled_from(ClosingReason)),
    again=st.sampled_from([None, AGAIN]),
)
def test_what_is_open_is_followed_up_and_nothing_else(
    decision: Authorisation | None, state: State, closed: ClosingReason | None, again: OfferedAgain | None
) -> None:
    work = make_work(decision=decision, state=state, closed=closed, again=again)
    is_open = outcome_of(work) is Outcome.OPEN
    for rule in (require_open, partial(require_revivable, vin="V1", operation_code="ME04")):
        try:
            rule(work)
        except (AlreadyRevived, WorkClosed, WorkNotOpen):
            assert not is_open
        except StillOnItsOrder:
            assert is_open
            assert state in IN_THE_SHOP
        else:
            assert is_open


@pytest.mark.parametrize(
    ("decision", "priority", "days", "errors"),
    [
        (Authorisation.DEFERRED, Priority.SOON, 0, []),
        (Authorisation.DECLINED, None, None, []),
        (None, None, -1, ["/follow_up_on"]),
        (Authorisation.APPROVED, Priority.SOON, 3, ["/priority", "/follow_up_on"]),
    ],
)
def test_only_what_is_not_approved_is_followed_up_and_not_in_the_past(
    decision: Authorisation | None, priority: Priority | None, days: int | None, errors: list[str]
) -> None:
    on = None if days is None else TODAY + timedelta(days=days)
    if not errors:
        require_follow_up(decision, priority, on, TODAY)
        return
    with pytest.raises(FollowUpRefused) as refused:
        require_follow_up(decision, priority, on, TODAY)
    assert [error["pointer"] for error in refused.value.members["errors"]] == errors
