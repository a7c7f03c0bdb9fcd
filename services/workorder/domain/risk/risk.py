"""What the risk control of upsells (加项风险控制) flags, and from where on: the thresholds are data."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from services.workorder.domain.probability import OutsideItsRange, require_probability


class FlagKind(StrEnum):
    """The first eight compare a person's share with the peers', the next six a person's estimates with what it became,
    the last eight say of one order or one upsell what is odd about it."""

    PROPOSALS = "proposals"
    DECLINED_PROPOSALS = "declined_proposals"
    APPROVED_PROPOSALS = "approved_proposals"
    COMPLAINTS = "complaints"
    LOW_SCORES = "low_scores"
    PROMISES_UNMET = "promises_unmet"
    COMEBACKS = "comebacks"
    RELATED_WORK_MISSED = "related_work_missed"
    MONEY_OVERRUN = "money_overrun"
    MONEY_PADDED = "money_padded"
    MONEY_SCATTERED = "money_scattered"
    TIME_OVERRUN = "time_overrun"
    TIME_PADDED = "time_padded"
    TIME_SCATTERED = "time_scattered"
    MANY_ROUNDS = "many_rounds"
    GREEN_ITEM_QUOTED = "green_item_quoted"
    FINDING_MISSING = "finding_missing"
    EVIDENCE_MISSING = "evidence_missing"
    RELATED_WORK_LATE = "related_work_late"
    COMPLAINT_AFTER_UPSELL = "complaint_after_upsell"
    LOW_SCORE_AFTER_UPSELL = "low_score_after_upsell"
    COMEBACK_AFTER_UPSELL = "comeback_after_upsell"


DEFAULT_MARGINS: Mapping[FlagKind, float] = MappingProxyType(
    {
        FlagKind.PROPOSALS: 1.5,
        FlagKind.DECLINED_PROPOSALS: 1.25,
        FlagKind.APPROVED_PROPOSALS: 0.8,
        FlagKind.COMPLAINTS: 1.5,
        FlagKind.LOW_SCORES: 1.5,
        FlagKind.PROMISES_UNMET: 1.25,
        FlagKind.COMEBACKS: 1.5,
        FlagKind.RELATED_WORK_MISSED: 1.25,
    }
)
"""Times the peers' rate: from 1 up, a flag is above it; below 1, under it."""


@dataclass(frozen=True)
class RiskPolicy:
    """Thresholds of a shop; each default is a beginning that the shop sets for itself.

    margins: per kind, see DEFAULT_MARGINS. minimum_peers: with fewer others who tried at all, nobody is compared.
    minimum_trials: with fewer of his own nobody is judged, though he is a peer. credibility: of every bound, one-sided;
    every review asks sixteen questions of each person, and with 0.95 one shop in twelve without differences had a flag.
    minimum_estimates: of one person, or his are not judged.
    overrun, padded: final ÷ estimate, above and below which the typical estimate is wrong.
    scattered: spread of final ÷ estimate (a standard deviation if it were normal) above which estimates are guesses.
    window_days: how far back orders are looked at. comeback_days: within how many days of leaving a car comes back.
    related_days: within how many days what a rule relates to an upsell is late when it is proposed after it.
    rounds: of upsells in one order, more are many. low_score: of 100, a lower one is low.
    promise_question: whose answer below zero says that a promised effect did not come.
    """

    margins: Mapping[FlagKind, float] = field(default_factory=lambda: DEFAULT_MARGINS)
    minimum_peers: int = 5
    minimum_trials: int = 10
    credibility: float = 0.99
    minimum_estimates: int = 10
    overrun: float = 1.10
    padded: float = 0.85
    scattered: float = 0.25
    window_days: int = 90
    comeback_days: int = 30
    related_days: int = 30
    rounds: int = 2
    low_score: float = 70.0
    promise_question: str = "promised_effect"

    def __post_init__(self) -> None:
        require_probability(self.credibility)
        if self.minimum_peers < 1 or min(self.margins.values(), default=1) <= 0:
            raise OutsideItsRange("A comparison needs a peer, and a margin above zero")
        if self.padded >= self.overrun:
            raise OutsideItsRange(f"Padded below {self.padded} and overrun above {self.overrun} overlap")

    def told(self) -> dict[str, Any]:
        """As it is stored: what is no whole number is text."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        values["margins"] = {str(kind): str(margin) for kind, margin in self.margins.items()}
        return {name: str(value) if isinstance(value, float) else value for name, value in values.items()}

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "RiskPolicy":
        """From what is stored; what was not known then is as it is by default."""
        values = dict(told)
        margins = {FlagKind(kind): float(margin) for kind, margin in values.pop("margins", {}).items()}
        kinds = {each.name: each.type for each in fields(cls) if each.name in values}
        own: dict[str, Any] = {
            name: float(values[name]) if kind is float else values[name] for name, kind in kinds.items()
        }
        return cls(margins={**DEFAULT_MARGINS, **margins}, **own)


@dataclass(frozen=True)
class Flag:
    """A reason to look, not a verdict: `bound`, the cautious end of `measure`, is past `threshold`.

    measure and bound: a rate between 0 and 1, or final ÷ estimate, or its spread. expected: what the peers show, 1 for
    a ratio, 0 for a spread. n: trials or estimates of the subject.
    """

    kind: FlagKind
    subject: str
    measure: float
    expected: float
    bound: float
    n: int
    threshold: float
