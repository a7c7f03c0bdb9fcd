"""Who recorded by hand something that a month pays does not approve it: each has been seen by somebody else first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.payroll.domain.errors import PayrollRefusal
from services.payroll.domain.four_eyes import Look, ReasonNotNeeded

WORDS: Mapping[str, tuple[str, str]] = {
    "terms": ("岗位、系数与基本工资", "terms"),
    "employment": ("入职或离职日期", "first or last day"),
    "attendance": ("出勤天数", "days attended"),
    "review-score": ("考核成绩", "review score"),
    "measure": ("批准的手工指标", "approved or withdrawn measure"),
    "pay-item": ("项目", "pay item"),
}
MAX_NAMED = 20


@dataclass(frozen=True, slots=True)
class Recorded:
    """One thing by its kind, whom it concerns, and which it is: a day, a month or a name."""

    kind: str
    subject: str
    which: str

    def __str__(self) -> str:
        chinese, english = WORDS[self.kind]
        of = " ".join(filter(None, (self.subject, self.which)))
        return f"{of} {chinese} / {english} of {of}"


class OwnRecordsApproved(PayrollRefusal):
    """Names what he recorded, the first of it only where it is much."""

    status = 409
    slug = "own-records-not-approved"
    title = "Who recorded something that the month pays does not approve it"

    def __init__(self, own: Sequence[Recorded]) -> None:
        super().__init__(
            f"您录入了本月所发的 {len(own)} 项,请由同一角色的另一人或管理员批准 / you recorded {len(own)} of what the "
            "month pays: let another of the role approve, or an administrator"
        )
        self.errors = [{"pointer": "/recorded", "code": each.kind, "detail": str(each)} for each in own[:MAX_NAMED]]


def check_recorded_by_others(own: Sequence[Recorded], look: Look) -> None:
    """`own` is what the approver recorded; he approves it only where he may act alone, and says why."""
    if own and not (look.may_act_alone and look.alone_because):
        raise OwnRecordsApproved(own)
    if not own and look.alone_because is not None:
        raise ReasonNotNeeded(f"{look.by} 没有录入过 / {look.by} has recorded nothing of it")
