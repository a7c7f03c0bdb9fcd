"""A month's figures in the shape that `expected.json` of an export has, to compare one with the other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from aftermile import work
from aftermile.client import Gateway

CENT = Decimal("0.01")
INTAKE = {
    "vehicles_vin_rejected": ("vehicles", "error", "vin-invalid"),
    "vehicles_vin_check_digit_warned": ("vehicles", "warning", "vin-check-digit"),
    "customers_bad_mobile": ("customers", "warning", "mobile-not-11-digits"),
    "lines_orphan_rejected": ("repair-order-lines", "error", "order-unknown"),
}
RECEIPTS = {"normal": "normal_receipts", "warranty": "warranty_reimbursement", "accident": "accident_output"}
MONEY = ("output", "service_advisor_pool", "output_commission", "accessory_front_desk", "install_pool")
REPEATED = {"customers_repeated_rows": "customers", "orders_repeated_rows": "repair-orders"}


@dataclass(frozen=True)
class MonthOfWork:
    """What the gateway answered about an import and the month that was computed from it."""

    report: Mapping[str, Any]
    run: Mapping[str, Any]
    figures: Mapping[str, Any]
    statements: Sequence[Mapping[str, Any]]
    targets: Mapping[tuple[str, str, str], str]
    """By (scope, subject, metric)."""
    scores: Mapping[str, Any]
    upsells: Mapping[str, Any]


def month_read(gateway: Gateway, imported: Mapping[str, Any], run: Mapping[str, Any]) -> MonthOfWork:
    """Asks the gateway for everything about a run that is completed."""
    first, last = work.days_of(run["month"])
    period = {"from": first.isoformat(), "to": last.isoformat()}
    return MonthOfWork(
        report=imported,
        run=run,
        figures=gateway.get(f"/v1/runs/{run['id']}/figures"),
        statements=list(gateway.items(f"/v1/runs/{run['id']}/statements")),
        targets=work.targets_of(gateway, run["month"]),
        scores=gateway.get("/v1/scores", questionnaire=work.QUESTIONNAIRE, by="advisor", **period),
        upsells=gateway.get("/v1/upsell-figures"),
    )


def month_of_work(gateway: Gateway, export: Path, month: str, progress: work.Progress) -> MonthOfWork:
    """All of it: plan, questionnaire, import, run, figures."""
    work.ensure_plan(gateway)
    work.ensure_questionnaire(gateway)
    imported = work.import_export(gateway, export, month, progress)
    work.wait_for_feeds(gateway)
    return month_read(gateway, imported, work.run_month(gateway, month))


def cents(exact: str) -> str:
    """An exact `p/q`, rounded half-up to the cent."""
    value = Fraction(exact)
    scaled = (abs(value) * 100 + Fraction(1, 2)).__floor__()
    return str((Decimal(scaled) * (1 if value >= 0 else -1)).scaleb(-2).quantize(CENT, ROUND_HALF_UP))


def number(exact: str) -> int | str:
    """A whole number as such, any other as a decimal string, exact where its digits end."""
    value = Fraction(exact)
    if value.denominator == 1:
        return int(value)
    return format((Decimal(value.numerator) / Decimal(value.denominator)).normalize(), "f")


def figures_of(work: MonthOfWork) -> dict[str, Any]:
    return {
        "month": work.run["month"],
        "rows": {file["file"]: file["rows"] for file in sorted(work.report["files"], key=lambda file: file["file"])},
        "intake": intake(work.report["files"]),
        **store_figures(work.figures),
        **desk_targets(work.targets),
        "pay": pay(work.statements),
        "pay_total": work.run["total"],
        "upsells": upsells(work.upsells["advisors"]),
        "survey_answers": answers(work.report["files"]),
    }


def intake(files: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    by_resource = {file["resource"]: file for file in files}
    found = {name: _finding(by_resource[of], *code) for name, (of, *code) in INTAKE.items()}
    found |= {name: by_resource[of]["duplicate"] for name, of in REPEATED.items()}
    found["customers_duplicate_pairs"] = by_resource["customers"]["merged"]
    return found


def _finding(file: Mapping[str, Any], level: str, code: str) -> int:
    return sum(found["rows"] for found in file["findings"] if (found["level"], found["code"]) == (level, code))


def answers(files: Iterable[Mapping[str, Any]]) -> int:
    """Rows of the survey that are in the system after the import."""
    (file,) = [file for file in files if file["resource"] == "responses"]
    return int(file["created"]) + int(file["updated"]) + int(file["unchanged"])


def pay(statements: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        statement["employee"]: {
            "lines": {line["component"]: line["amount"] for line in statement["lines"]},
            "total": statement["total"],
        }
        for statement in statements
    }


def upsells(advisors: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        str(each["advisor"]): {key: each[key] for key in ("proposed", "approved", "approved_amount")}
        for each in advisors
        if each["proposed"]
    }


def desk_targets(targets: Mapping[tuple[str, str, str], str]) -> dict[str, Any]:
    found = {metric: value for (scope, _, metric), value in targets.items() if scope == "team"}
    return {"car_target": number(found["car_count"]), "output_target": number(found["output"])}


def store_figures(figures: Mapping[str, Any]) -> dict[str, Any]:
    store, teams = figures["store"], figures["teams"]
    pools = {**teams["mechanical_pool"], **teams["body_pool"]}
    return {
        "car_count": number(store["car_count"]),
        "receipts": {name: cents(store[step]) for name, step in RECEIPTS.items()},
        **{name: cents(store[name]) for name in MONEY},
        "accessories_at_or_below_80_percent": number(store["accessories_at_or_below_80_percent"]),
        "team_hours": {team: number(hours) for team, hours in teams["team_hours"].items()},
        "team_pools": {team: cents(pool) for team, pool in pools.items()},
    }
