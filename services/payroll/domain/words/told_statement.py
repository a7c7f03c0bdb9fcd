"""Lines that no step of a plan gives: base pay and items of a slip (一.1), and adjustments (一.6), in words."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from services.payroll.domain.payouts.slip import Basis

from .saying import Saying


def fixed_text(saying: Saying, name: str, part: Mapping[str, Any]) -> str:
    """`part` is one of a slip's as its statement has it: rate × days ÷ days of the month, or × days, or the rate.
    A correction of a closed month says in its reason what was due and paid."""
    amount = saying.money(Decimal(part["amount"]))
    if part.get("of_month"):
        return saying.pick(
            f"{name} {amount}（条款 一.1）；{part['reason']}", f"{name} {amount} (clause 一.1); {part['reason']}"
        )
    rate, days, sign = saying.money(Decimal(part["rate"])), part["days"], "−" if part["amount"].startswith("-") else ""
    match Basis(part["basis"]):
        case Basis.CALENDAR_DAYS:
            of = part["of_days"]
            how = saying.pick(f"每月 {rate} × 在职 {days} 天 ÷ 当月 {of} 天",
                              f"{rate} a month × {days} days employed ÷ {of} days of the month")  # fmt: skip
        case Basis.ATTENDANCE_DAYS:
            how = saying.pick(f"每天 {rate} × 出勤 {days} 天", f"{rate} a day × {days} days attended")
        case _:
            how = saying.pick(f"每月 {rate}", f"{rate} a month")
    text = f"{name} {amount}{saying.pick('＝', ' = ')}{sign}{how}"
    text += saying.pick("（条款 一.1）", " (clause 一.1)")
    if part.get("reason"):
        text += saying.pick(f"；{part['reason']}（{part['recorded_by']} 登记）",
                            f"; {part['reason']} (recorded by {part['recorded_by']})")  # fmt: skip
    return text


def adjusted_text(saying: Saying, name: str, line: Mapping[str, Any]) -> str:
    amount = saying.money(Decimal(line["amount"]))
    return saying.pick(
        f"{name} 临时调整 {amount}：{line['adjusted']}（条款 {line['clause']}）",
        f"{name}, adjusted by {amount}: {line['adjusted']} (clause {line['clause']})",
    )
