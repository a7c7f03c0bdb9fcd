"""The wording of what a run points out without stopping."""

from decimal import Decimal
from fractions import Fraction

from services.payroll.domain.month import Month
from services.payroll.domain.vocabulary import METRICS, POSTS

from .given import Target
from .outcome import Notice, Unassigned
from .plan import Reminder, Step

CHANGE_UNSIGNED = "target-change-unsigned"


def person_unknown(number: str) -> Notice:
    return Notice("person-unknown", number, f"事实指向未知员工 {number}", f"facts name {number}, who is unknown")


def person_without_plan(number: str, post: str) -> Notice:
    english = f"no plan pays {number}: none in force is for the post {post}"
    return Notice("person-without-plan", number, f"{number} 没有适用的方案: 岗位 {POSTS.chinese(post)}", english)


def team_unknown(team: str) -> Notice:
    return Notice("team-unknown", team, f"事实指向没有人员的班组 {team}", f"facts name {team}, a team without people")


def post_unfilled(post: str, step: Step) -> Notice:
    chinese = f"[{step.clause}] {step.chinese}: 没有人是方案自定的岗位 {post}"
    return Notice("post-unfilled", post, chinese, f"[{step.clause}] {step.name}: nobody has the plan's own post {post}")


def review_score_missing(number: str) -> Notice:
    chinese = f"{number} 没有考核成绩,与它的比较都不成立"
    return Notice("review-score-missing", number, chinese, f"{number} has no review score: no comparison with it holds")


def review_score_unknown(number: str) -> Notice:
    english = f"a review score names {number}, who was not employed or is unknown"
    return Notice("review-score-unknown", number, f"考核成绩指向不在职或未知的员工 {number}", english)


def signed_late(target: Target) -> Notice:
    name = f"{target.subject} {target.metric}"
    english = f"the target was signed after the month had begun: {name}"
    return Notice("target-signed-late", target.subject, f"目标在当月开始后才签字: {name}", english)


def target_change_unsigned(signed: Target, newest: Target) -> Notice:
    who, by, metric = signed.subject, signed.signed_by, METRICS.code(signed.metric) or signed.metric
    old, new = _promised(signed), _promised(newest)
    chinese = f"{who} {METRICS.chinese(metric)}: 第 {newest.version} 版 ({new}) 未签字, "
    chinese += f"仍按 {by} 签字的第 {signed.version} 版 ({old})"
    english = f"{who} {metric}: version {signed.version} ({old}), signed by {by}, "
    english += f"counts until version {newest.version} ({new}) is signed"
    return Notice(CHANGE_UNSIGNED, who, chinese, english)


def _promised(target: Target) -> str:
    return f"{target.value}" if target.weight == 1 else f"{target.value} × {target.weight}"


def of_earlier_month(month: Month, note: Notice) -> Notice:
    return Notice(note.code, note.subject, f"{month}: {note.chinese}", f"{month}: {note.english}")


def payment_withheld(condition: Step, step: Step, number: str, amount: Decimal) -> Notice:
    why = f"[{condition.clause}] {condition.formula}"
    english = f"{step.name} {amount} of {number} is not paid: {why}"
    return Notice("payment-withheld", number, f"{number} 的 {step.chinese} {amount} 不发放: {why}", english)


def reminder(reminded: Reminder, subject: str, number: Fraction) -> Notice:
    chinese, english = f"{reminded.chinese}: {number}", f"{reminded.english}: {number}"
    return Notice(f"reminder-{reminded.step}", subject, chinese, english)


def pool_unassigned(pool: Unassigned) -> Notice:
    whose = f"{pool.owner} " if pool.owner else ""
    chinese = f"[{pool.clause}] {whose}{pool.name}: {pool.amount} 元无人可分, 未发放"
    english = f"[{pool.clause}] nobody shares the pool of {pool.step} {whose}: {pool.amount} is not assigned"
    return Notice("pool-unassigned", pool.owner, chinese, english)


def pool_negative(step: Step, owner: str, pool: Decimal) -> Notice:
    whose = f"{owner} " if owner else ""
    chinese = f"[{step.clause}] {whose}{step.chinese}的奖金池为负: {pool} 元, 按份额扣"
    english = f"[{step.clause}] the pool of {step.name} {whose}is negative: {pool}, each is docked his share"
    return Notice("pool-negative", owner, chinese, english)


def total_negative(number: str, total: Decimal) -> Notice:
    english = f"the total of {number} is negative: {total}"
    return Notice("total-negative", number, f"{number} 合计为负: {total}", english)
