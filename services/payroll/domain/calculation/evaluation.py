"""A run: the steps of a plan in order for every subject, then the pay lines; a pure function of plan and input."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from services.payroll.domain.bounds import MAX_EVALUATION_STEPS
from services.payroll.domain.errors import RunRefusal
from services.payroll.domain.exact import added, in_cents, money
from services.payroll.domain.vocabulary import POSTS

from .amendment import amended
from .formula import number_of, truth_of, value_of
from .given import RunInput
from .notices import (
    payment_withheld,
    pool_negative,
    pool_unassigned,
    post_unfilled,
    reminder,
    review_score_unknown,
    total_negative,
)
from .outcome import Figures, Notice, Outcome, PayLine, Scope, TraceInput, TraceNode, Unassigned, Value, totals_of
from .parts import parts_of
from .plan import Conditional, Expression, Plan, Split, Step, StepValue
from .run_state import STORE, RunState, as_number
from .split import exact_shares, is_shared, split
from .step_reading import StepReading, node_id
from .targets import post_of


def evaluate(plan: Plan, given: RunInput, allowed_steps: int = MAX_EVALUATION_STEPS) -> Outcome:
    """Calculate a month. The same plan and input give the same outcome and hash, in whatever order facts come."""
    state = RunState(amended(plan, given.amendments), given, allowed_steps)
    for step in plan.steps:
        try:
            _calculate(state, step)
        except RunRefusal as refusal:
            raise refusal.at(step.at.line, step.at.column).of(step.clause, step.chinese) from None
    lines, withheld = _pay_lines(state)
    _remind(state)
    state.notices.update(map(review_score_unknown, given.review_scores.keys() - state.everybody.keys()))
    state.notices.update(_posts_unfilled(state))
    totals = totals_of(lines)
    state.notices.update(total_negative(number, total) for number, total in totals.items() if total < 0)
    notices = sorted(state.notices, key=lambda notice: (notice.code, notice.subject, notice.english))
    return Outcome(
        given.month, plan.hash, lines, _figures(state), state.nodes, tuple(notices), tuple(state.unassigned), withheld
    )


def _calculate(state: RunState, step: Step) -> None:
    state.values[step.name] = {}
    if isinstance(step.expression, Split):
        _share_out(state, step, step.expression)
        return
    for subject in state.subjects(step):
        reading = StepReading(state, step.scope, subject)
        _keep(state, step, subject, value_of(step.expression, reading), reading)


def _keep(state: RunState, step: Step, subject: str, value: Value, reading: StepReading, *shared: TraceInput) -> None:
    state.values.setdefault(step.name, {})[subject] = value
    node = node_id(step.name, subject)
    state.nodes[node] = TraceNode(
        id=node,
        step=step.name,
        name=step.chinese,
        scope=step.scope,
        subject=subject,
        clause=step.clause,
        formula=step.formula,
        line=step.at.line,
        value=value,
        inputs=(*reading.inputs, *shared),
        selections=reading.selections,
    )


def _share_out(state: RunState, step: Step, shared: Split) -> None:
    """Each pool of a split: exact shares are the step's values, cents by the remainder rule are what it pays."""
    state.cents[step.name] = {}
    for owner, numbers in _sharers(state, step, shared).items():
        pool_reading = StepReading(state, shared.pool_scope, owner)
        pool = number_of(shared.pool, pool_reading)
        rule = str(value_of(shared.rule, pool_reading))
        readings = {number: StepReading(state, Scope.PERSON, number) for number in numbers}
        weights = {number: number_of(shared.weight, readings[number]) for number in numbers}
        shares = exact_shares(pool, weights)
        if in_cents(pool) and not is_shared(weights) and state.pays(step):
            _leave(state, Unassigned(step.name, step.chinese, step.clause, owner, pool, money(in_cents(pool))))
        elif in_cents(pool) < 0 and is_shared(weights):
            state.notices.add(pool_negative(step, owner, money(in_cents(pool))))
        state.cents[step.name].update(split(pool, weights, rule))
        totals = (
            *pool_reading.inputs,
            TraceInput("pool", "split", pool, owner),
            TraceInput("sum_of_weights", "split", added(weights.values()), rule),
        )
        for number in numbers:
            weight = TraceInput("weight", "split", weights[number], number)
            _keep(state, step, number, shares[number], readings[number], weight, *totals)


def _leave(state: RunState, pool: Unassigned) -> None:
    """The others are paid all the same; what is left is told, so that lines and remainders are the pools."""
    state.unassigned.append(pool)
    state.notices.add(pool_unassigned(pool))


def _sharers(state: RunState, step: Step, shared: Split) -> Mapping[str, tuple[str, ...]]:
    """Who shares which pool; a team with a pool is there even when nobody of the step's posts is in it."""
    numbers = state.subjects(step)
    if shared.pool_scope is Scope.STORE:
        return {STORE: numbers}
    teams: dict[str, tuple[str, ...]] = defaultdict(tuple)
    teams.update(dict.fromkeys(_owners(state, shared.pool), ()))
    for number in numbers:
        team = state.team_of(number)
        teams[team] = (*teams[team], number)
    return teams


def _owners(state: RunState, pool: Expression) -> tuple[str, ...]:
    """The teams for which every team step that a pool reads has a value."""
    read = {part.step for part in parts_of(pool) if isinstance(part, StepValue)}
    found = [state.values[step] for step in sorted(read) if state.scopes[step] is Scope.TEAM]
    return tuple(team for team in found[0] if all(team in values for values in found)) if found else ()


def _pay_lines(state: RunState) -> tuple[tuple[PayLine, ...], tuple[PayLine, ...]]:
    """Lines by person in number order, each person's in the order of the plan, and those whose condition does not
    hold; a line of nothing is left out."""
    steps, conditions = {step.name: step for step in state.plan.steps}, state.plan.conditions
    paid: tuple[list[PayLine], list[PayLine]] = ([], [])
    for number in state.people:
        for payment in state.plan.payments:
            step = steps[payment.step]
            if amount := _amount(state, step, number):
                line = PayLine(number, payment.line, step.chinese, step.clause, amount, node_id(step.name, number))
                condition = conditions.get(step.name)
                withheld = condition is not None and not _holds(state, condition, step, line)
                paid[withheld].append(line)
    lines, left = map(tuple, paid)
    return lines, left


def _posts_unfilled(state: RunState) -> Iterator[Notice]:
    """Posts that are in no list may be misspelt; of a listed one nobody may be there for good."""
    known = {*POSTS.spellings, *map(post_of, state.everybody.values())}
    return (post_unfilled(post, step) for step in state.plan.steps for post in step.posts if post not in known)


def _amount(state: RunState, step: Step, number: str) -> Decimal | None:
    cents = _cents(state, step, number)
    try:
        return money(cents) if cents else None
    except RunRefusal as refusal:
        raise refusal.at(step.at.line, step.at.column).of(step.clause, step.chinese) from None


def _cents(state: RunState, step: Step, number: str) -> int:
    if step.name in state.cents:
        return state.cents[step.name].get(number, 0)
    value = state.values[step.name].get(number)
    return 0 if value is None else in_cents(as_number(value))


def _holds(state: RunState, condition: Conditional, step: Step, line: PayLine) -> bool:
    """The step that is paid leads on to its condition, and this says what is paid by it."""
    number = line.person
    reading = StepReading(state, Scope.PERSON, number)
    try:
        holds = truth_of(condition.expression, reading)
    except RunRefusal as refusal:
        raise refusal.of(condition.clause, step.chinese) from None
    _keep(state, condition, number, holds, reading, TraceInput("amount", "amount", Fraction(line.amount)))
    read = TraceInput(condition.name, "condition", holds, node_id(condition.name, number))
    node = state.nodes[line.node]
    state.nodes[line.node] = replace(node, inputs=(*node.inputs, read))
    if not holds:
        state.notices.add(payment_withheld(condition, step, number, line.amount))
    return holds


def _remind(state: RunState) -> None:
    for reminded in state.plan.reminders:
        amounts = {subject: as_number(value) for subject, value in state.values[reminded.step].items()}
        state.notices.update(reminder(reminded, subject, amount) for subject, amount in amounts.items() if amount)


def _figures(state: RunState) -> Figures:
    by_scope: dict[Scope, dict[str, dict[str, Value]]] = {scope: {} for scope in Scope}
    for step in state.plan.steps:
        by_scope[step.scope][step.name] = state.values[step.name]
    store = {name: values[STORE] for name, values in by_scope[Scope.STORE].items()}
    return Figures(store, by_scope[Scope.TEAM], by_scope[Scope.PERSON])
