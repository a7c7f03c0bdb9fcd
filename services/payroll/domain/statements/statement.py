"""What an employee is told of his pay for a month, as it is kept and hashed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any


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


def bonus_of(lines: Sequence[StatementLine]) -> Decimal:
    return sum((line.amount for line in lines), Decimal("0.00"))


def document_of(
    of: StatementOf,
    employee: str,
    slip: Mapping[str, Any],
    fixed: Decimal,
    lines: Sequence[StatementLine],
    *,
    salt: str,
) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces; amounts in yuan with two decimals. The leaf is their hash.

    `slip` is as `Slip.as_json` tells it and `fixed` its amount; the lines are the bonus, and the total is both (一.1).
    `salt` is random and known to nobody else: who has the leaf beside his own cannot guess amounts until one gives it.
    """
    bonus = bonus_of(lines)
    told = {
        **asdict(of),
        **slip,
        "employee": employee,
        "salt": salt,
        "lines": [{**asdict(line), "amount": f"{line.amount:.2f}"} for line in lines],
        "bonus": f"{bonus:.2f}",
        "total": f"{fixed + bonus:.2f}",
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def bonus_told(document: str) -> Decimal:
    """The sum of a document's lines: those of before base pay was told say so by their total."""
    told = json.loads(document)
    return Decimal(told.get("bonus", told["total"]))
