"""What an employee is told of his pay for a month, as it is kept and hashed."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class StatementOf:
    """Which month of which store, closed how many times, on which run with which hash."""

    store: str
    currency: str
    month: str
    revision: int
    run: str
    run_hash: str


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A pay line of the run (`node` leads to its trace), or an approved adjustment with its reason."""

    id: str
    line: str
    name: str
    clause: str
    amount: Decimal
    of_month: str | None
    node: str
    adjusted: str | None = None


def document_of(of: StatementOf, employee: str, lines: Sequence[StatementLine]) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces; amounts in yuan with two decimals. The leaf is their hash."""
    total = sum((line.amount for line in lines), Decimal("0.00"))
    told = {
        **asdict(of),
        "employee": employee,
        "lines": [{**asdict(line), "amount": f"{line.amount:.2f}"} for line in lines],
        "total": f"{total:.2f}",
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
