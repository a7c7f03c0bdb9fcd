"""A statement on paper: what the template prints, all of it text."""

from collections.abc import Mapping
from typing import Any

from services.payroll.service.statements.statement_pages import StatementInWords

TEMPLATE = "statement.typ"


def paper_of(told: StatementInWords, shop: str) -> dict[str, Any]:
    """`shop` is the store's name."""
    proof, document = told.proof, told.document
    return {
        "month": document["month"], "shop": shop, "employee": document["employee"], "name": told.name or "",
        "revision": str(document["revision"]), "currency": document["currency"], "total": _money(document["total"]),
        "reopened": proof.month.state != "closed", "lines": [_line(line) for line in told.lines],
        "proof": {"leaf": proof.statement.leaf, "root": proof.month.root or "", "run": document["run"],
                  "place": f"{proof.statement.place + 1} / {proof.count}"},
    }  # fmt: skip


def _line(line: Mapping[str, Any]) -> dict[str, str]:
    """A correction names its month, an adjustment its reason, below the line's name."""
    return {
        "clause": line["clause"], "name": line["name"], "english": line["line"].replace("_", " "),
        "amount": _money(line["amount"]), **{name: line[name] or "" for name in ("of_month", "adjusted", "note")},
    }  # fmt: skip


def _money(amount: str) -> str:
    whole, _, cents = amount.lstrip("-").partition(".")
    return f"{'−' if amount.startswith('-') else ''}{int(whole):,}.{cents}"
