"""Closing a month and correcting it later pays everybody what correcting it before would have."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.payroll.domain.calculation.correction import Paid, PaidKey, Recalculated, correct
from services.payroll.domain.calculation.outcome import Figures, Outcome, PayLine, Scope, TraceInput, TraceNode
from services.payroll.domain.month import Month

SEPTEMBER, OCTOBER, NOVEMBER = Month(2026, 9), Month(2026, 10), Month(2026, 11)
PEOPLE, LINES = ("SA01", "SA02", "J101"), ("share", "complaint")
Amounts = dict[PaidKey, int]
AMOUNTS = st.dictionaries(
    st.tuples(st.sampled_from(PEOPLE), st.sampled_from(LINES)), st.integers(-50_000, 50_000).filter(bool)
)


def outcome_of(month: Month, amounts: Amounts) -> Outcome:
    nodes = {"pool": node("pool", ())}
    lines = []
    for (person, line), cents in sorted(amounts.items()):
        name = f"{line}/{person}"
        nodes[name] = node(name, (TraceInput("pool", "step", None, "pool"),))
        lines.append(PayLine(person, line, line, "二", Decimal(cents).scaleb(-2), name))
    return Outcome(month, "plan", tuple(lines), Figures({}, {}, {}), nodes, ())


def node(name: str, inputs: tuple[TraceInput, ...]) -> TraceNode:
    return TraceNode(name, name.split("/", maxsplit=1)[0], name, Scope.PERSON, "", "二", "", 1, None, inputs, ())


def paid_by(outcomes: list[Outcome], month: Month) -> dict[PaidKey, Paid]:
    """As the tables add it up: the month's own lines, and what later months corrected of it."""
    found: dict[PaidKey, Paid] = {}
    for outcome in outcomes:
        for line in outcome.lines:
            if line.of_month == str(month) or (outcome.month == month and not line.of_month):
                before = found.get((line.person, line.line), Paid(Decimal(0), "", "")).amount
                found[line.person, line.line] = Paid(before + line.amount, line.name, line.clause)
    return found


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
def test_closing_and_then_correcting_pays_in_all_what_correcting_before_closing_would(
    first: Amounts, second: Amounts, third: Amounts, october: Amounts
) -> None:
    """September closes on `first`; in October it has become `second`, in November `third`."""
    closed = [outcome_of(SEPTEMBER, first)]
    for month, now in ((OCTOBER, second), (NOVEMBER, third)):
        again = Recalculated(outcome_of(SEPTEMBER, now), paid_by(closed, SEPTEMBER))
        closed.append(correct(outcome_of(month, october), (again,)))
    paid = {key: paid.amount for key, paid in paid_by(closed, SEPTEMBER).items() if paid.amount}
    assert paid == {key: Decimal(cents).scaleb(-2) for key, cents in third.items()}


@given(AMOUNTS)
def test_what_has_not_changed_is_not_corrected(amounts: Amounts) -> None:
    closed = outcome_of(SEPTEMBER, amounts)
    own = outcome_of(OCTOBER, {("SA01", "share"): 100})
    again = Recalculated(outcome_of(SEPTEMBER, amounts), paid_by([closed], SEPTEMBER))
    assert correct(own, (again,)).hash == own.hash


def test_a_correction_leads_to_the_steps_of_its_month_and_names_what_was_paid() -> None:
    closed = outcome_of(SEPTEMBER, {("SA01", "share"): 10_000})
    again = Recalculated(outcome_of(SEPTEMBER, {("SA01", "share"): 12_550}), paid_by([closed], SEPTEMBER))
    found = correct(outcome_of(OCTOBER, {}), (again,))
    (line,) = found.lines
    assert (line.person, line.line, line.clause, line.amount, line.of_month) == (
        "SA01", "share", "二", Decimal("25.50"), "2026-09"
    )  # fmt: skip
    inputs = [(read.source, read.value, read.reference) for read in found.nodes[line.node].inputs]
    assert inputs == [("paid", 100, "2026-09"), ("step", Decimal("125.5"), "2026-09:share/SA01")]
    assert found.reached([line.node]) == {line.node, "2026-09:share/SA01", "2026-09:pool"}


def test_a_line_that_is_no_more_is_taken_back_under_its_name_and_clause() -> None:
    closed = outcome_of(SEPTEMBER, {("J101", "share"): 9_999})
    again = Recalculated(outcome_of(SEPTEMBER, {}), paid_by([closed], SEPTEMBER))
    (line,) = correct(outcome_of(OCTOBER, {}), (again,)).lines
    assert (line.amount, line.name, line.clause) == (Decimal("-99.99"), "share", "二")


def test_the_hash_covers_corrections() -> None:
    own = outcome_of(OCTOBER, {("SA01", "share"): 100})
    again = Recalculated(outcome_of(SEPTEMBER, {("SA01", "share"): 1}), {})
    corrected = correct(own, (again,))
    later = replace(corrected, lines=tuple(replace(line, of_month="") for line in corrected.lines))
    assert len({own.hash, corrected.hash, later.hash}) == 3
