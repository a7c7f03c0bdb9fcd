"""The life of a complaint."""

from datetime import date

import pytest

from services.customer.domain.complaint import (
    ALLOWED_MOVES,
    Cause,
    Complaint,
    ComplaintState,
    reject,
    state_told,
    verify,
)
from services.customer.domain.refusals import ComplaintAlreadyDecided, VerificationIncomplete

TODAY = date(2026, 9, 12)


def make_complaint(state: ComplaintState = ComplaintState.OPENED, employee: str | None = "SA01") -> Complaint:
    return Complaint(state, employee, Cause.WORK_ERROR)


def test_a_verified_complaint_keeps_the_person_and_the_cause() -> None:
    verified = verify(make_complaint(), "SA02", None, "listened to the call", TODAY)
    assert verified == Complaint(ComplaintState.VERIFIED, "SA02", Cause.WORK_ERROR, TODAY, "listened to the call")


def test_the_finding_may_correct_the_cause() -> None:
    assert verify(make_complaint(), None, Cause.OTHER, None, TODAY).cause is Cause.OTHER


def test_nobody_is_found_responsible_without_a_name() -> None:
    with pytest.raises(VerificationIncomplete) as refused:
        verify(make_complaint(employee=None), None, None, None, TODAY)
    assert [error["pointer"] for error in refused.value.errors] == ["/employee"]


def test_a_rejected_complaint_says_why() -> None:
    assert reject(make_complaint(), "price was told beforehand").state is ComplaintState.REJECTED


@pytest.mark.parametrize("state", [ComplaintState.VERIFIED, ComplaintState.REJECTED])
def test_a_complaint_is_decided_once(state: ComplaintState) -> None:
    with pytest.raises(ComplaintAlreadyDecided, match="allowed moves: none"):
        verify(make_complaint(state), "SA01", Cause.OTHER, None, TODAY)
    with pytest.raises(ComplaintAlreadyDecided):
        reject(make_complaint(state), "no")
    assert ALLOWED_MOVES[state] == ()


@pytest.mark.parametrize(
    ("told", "state"),
    [(None, ComplaintState.OPENED), (True, ComplaintState.VERIFIED), (False, ComplaintState.REJECTED)],
)
def test_another_systems_answer_stands_for_a_state(told: bool | None, state: ComplaintState) -> None:
    assert state_told(told) is state
