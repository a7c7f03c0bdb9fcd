"""Bodies of risk policies."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from chassis.representation import ExactDecimal, RequestBody, ResponseBody
from services.workorder.domain.risk.risk import DEFAULT_MARGINS, FlagKind
from services.workorder.schemas.text import Code, Told, Trimmed


def _against_peers(kind: FlagKind) -> FlagKind:
    if kind not in DEFAULT_MARGINS:
        raise ValueError(f"{kind} has no margin; those that have: {', '.join(DEFAULT_MARGINS)}")
    return kind


PeerKind = Annotated[FlagKind, AfterValidator(_against_peers)]
Margin = Annotated[ExactDecimal, Field(gt=0, le=100, max_digits=6)]
Ratio = Annotated[ExactDecimal, Field(gt=0, le=100, max_digits=6)]
Few = Annotated[int, Field(strict=True, ge=1, le=1000)]
Days = Annotated[int, Field(strict=True, ge=1, le=366)]


class RiskPolicyUpdate(RequestBody):
    """What is left out stays as it is. A margin is times the peers' rate; see `RiskPolicyRead` for the rest."""

    reason: Told
    margins: dict[PeerKind, Margin] | None = None
    minimum_peers: Few | None = None
    minimum_trials: Few | None = None
    minimum_estimates: Few | None = None
    credibility: Annotated[ExactDecimal, Field(ge=Decimal("0.5"), lt=1, max_digits=6)] | None = None
    overrun: Ratio | None = None
    padded: Ratio | None = None
    scattered: Ratio | None = None
    window_days: Days | None = None
    comeback_days: Days | None = None
    related_days: Days | None = None
    rounds: Few | None = None
    low_score: Annotated[ExactDecimal, Field(ge=0, le=100, max_digits=6)] | None = None
    promise_question: Code | None = None

    @model_validator(mode="after")
    def _something_changes(self) -> Self:
        if not self.model_dump(exclude={"reason"}, exclude_none=True):
            raise ValueError("say what is to change")
        return self

    def told_over(self, thresholds: Mapping[str, Any]) -> dict[str, Any]:
        """The thresholds with what this changes."""
        changed = self.model_dump(mode="json", exclude={"reason"}, exclude_none=True)
        margins = {**thresholds["margins"], **changed.pop("margins", {})}
        return {**thresholds, **changed, "margins": margins}


class RiskPolicyRead(ResponseBody):
    """Version 0 is what is shipped. Each default is a beginning that the shop sets for itself.

    `margins`: times the peers' rate, from 1 up a flag is above it, below 1 under it. `minimum_peers`,
    `minimum_trials`, `minimum_estimates`: with fewer nobody is judged. `credibility`: of every bound, one-sided.
    `overrun`, `padded`: final ÷ estimate beyond which the typical estimate is wrong, `scattered`: the spread of it.
    `window_days`: how far back orders are looked at. `comeback_days`: after leaving. `related_days`: within which
    related work that is proposed later is late. `rounds`: more of them in one order are many. `low_score`: of 100.
    `promise_question`: whose answer below zero says that a promised effect did not come.
    """

    version: int
    margins: dict[FlagKind, Trimmed]
    minimum_peers: int
    minimum_trials: int
    minimum_estimates: int
    credibility: Trimmed
    overrun: Trimmed
    padded: Trimmed
    scattered: Trimmed
    window_days: int
    comeback_days: int
    related_days: int
    rounds: int
    low_score: Trimmed
    promise_question: str
    made_by: str
    reason: str
    created_at: datetime | None
