"""The statements that a month is closed with: slips as they were locked, lines of the run, adjustments."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from secrets import token_hex

from services.payroll.domain.calculation.given import number_order
from services.payroll.domain.merkle import leaf_of
from services.payroll.domain.payouts.slip import NO_SLIP
from services.payroll.domain.statements.statement import StatementLine, StatementOf, bonus_of, document_of
from services.payroll.models import Run, Slip, Statement
from services.payroll.repository.months import adjustments, months
from services.payroll.service.call import Call


async def statements_of(call: Call, month: tuple[str, int], run: Run, slips: Iterable[Slip]) -> list[Statement]:
    """One for everybody who has base pay, an item or a line, in the order of employee numbers.

    `month` is with its revision.
    """
    lines = await _lines(call, run)
    kept = {slip.employee: slip for slip in slips}
    paid = {employee for employee, slip in kept.items() if slip.body["base_pay"] or slip.body["items"]}
    of = StatementOf(str(call.store.id), call.store.currency, *month, str(run.id), run.hash or "")
    made = []
    for place, employee in enumerate(sorted(paid | lines.keys(), key=number_order)):
        statement = _statement(of, employee, kept.get(employee), lines.get(employee, []))
        statement.store_id, statement.place = call.store.id, place
        made.append(statement)
    return made


def _statement(of: StatementOf, employee: str, slip: Slip | None, lines: Sequence[StatementLine]) -> Statement:
    fixed = Decimal("0.00") if slip is None else slip.amount
    body, salt = NO_SLIP if slip is None else slip.body, token_hex(16)
    document = document_of(of, employee, body, fixed, lines, salt=salt)
    return Statement(
        month=of.month, revision=of.revision, employee=employee, total=fixed + bonus_of(lines),
        document=document.decode(), leaf=leaf_of(document).hex(),
    )  # fmt: skip


async def _lines(call: Call, run: Run) -> Mapping[str, list[StatementLine]]:
    """By employee: those of the run, then approved adjustments."""
    lines: dict[str, list[StatementLine]] = {}
    for line in await months.run_lines(call.session, run.id):
        told = StatementLine(
            str(line.id), line.component, line.name, line.clause, line.amount, line.of_month, line.node
        )
        lines.setdefault(line.employee, []).append(told)
    for employee, adjusted in await _adjusted(call, run):
        lines.setdefault(employee, []).append(adjusted)
    return lines


async def _adjusted(call: Call, run: Run) -> list[tuple[str, StatementLine]]:
    """Approved adjustments as lines: of the pool's step, with who asked and who allowed it."""
    found = await adjustments.adjustments_of_run(call.session, run.id, "approved")
    shares = await adjustments.shares_of(call.session, [each.id for each in found])
    named = {row["pool"]: row for row in await adjustments.pool_shares(call.session, run.id)}
    return [
        (
            share.employee,
            StatementLine(
                str(each.id), each.pool, named[each.pool]["name"], named[each.pool]["clause"], share.amount, None, "",
                f"{each.reason} ({each.proposed_by} → {each.decided_by})",
            ),
        )
        for each in found
        for share in shares[each.id]
    ]  # fmt: skip
