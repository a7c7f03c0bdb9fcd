"""What the risk control of upsells (加项风险控制) flags, and from where on: the thresholds are data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from services.workorder.domain.probability import OutsideItsRange, require_probability


class FlagKind(StrEnum):
    """The first five compare a person's share with the peers', the others a person's estimates with what it became."""

    DECLINED_PROPOSALS = "declined_proposals"
    APPROVED_PROPOSALS = "approved_proposals"
    COMPLAINTS = "complaints"
    PROMISES_UNMET = "promises_unmet"
    RELATED_WORK_MISSED = "related_work_missed"
    MONEY_OVERRUN = "money_overrun"
    MONEY_PADDED = "money_padded"
    MONEY_SCATTERED = "money_scattered"
    TIME_OVERRUN = "time_overrun"
    TIME_PADDED = "time_padded"
    TIME_SCATTERED = "time_scattered"


DEFAULT_MARGINS: Mapping[FlagKind, float] = MappingProxyType(
    {
        FlagKind.DECLINED_PROPOSALS: 1.25,
        FlagKind.APPROVED_PROPOSALS: 0.8,
        FlagKind.COMPLAINTS: 1.5,
        FlagKind.PROMISES_UNMET: 1.25,
        FlagKind.RELATED_WORK_MISSED: 1.25,
    }
)
"""Times the peers' rate: from 1 up, a flag is above it; below 1, under it."""


@dataclass(frozen=True)
class RiskPolicy:
    """Thresholds of a shop; each default is a beginning that the shop sets for itself.

    margins: per kind, see DEFAULT_MARGINS. minimum_peers: with fewer others who tried at all, nobody is compared.
    credibility: of every bound, one-sided. minimum_estimates: of one person, or his are not judged.
    overrun, padded: final ÷ estimate, above and below which the typical estimate is wrong.
    scattered: spread of final ÷ estimate (a standard deviation if it were normal) above which estimates are guesses.
    """

    margins: Mapping[FlagKind, float] = field(default_factory=lambda: DEFAULT_MARGINS)
    minimum_peers: int = 5
    credibility: float = 0.95
    minimum_estimates: int = 10
    overrun: float = 1.10
    padded: float = 0.85
    scattered: float = 0.25

    def __post_init__(self) -> None:
        require_probability(self.credibility)
        if self.minimum_peers < 1 or min(self.margins.values(), default=1) <= 0:
            raise OutsideItsRange("A comparison needs a peer, and a margin above zero")


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
