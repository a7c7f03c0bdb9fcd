"""A month's work through the gateway: plan, questionnaire, import, run; every part may be done again."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from aftermile.client import Gateway, Refused
from aftermile.failures import Failure

PLAN = "4s-after-sales"
QUESTIONNAIRE = "dms-after-sales"
POLL_SECONDS = 0.2
LOOK_SECONDS = "0.5"
"""How long the gateway may wait for the end of an import before it tells how far it is: asking is not free."""
FEED_SECONDS = 120.0
STALLED_SECONDS = 300.0
ENDED = {"finished", "refused", "failed", "cancelled"}
_TOO_LARGE = 413
Progress = Callable[[int, int], None]


class ImportFailed(Failure):
    """The export was refused, or a service would not take part of it."""


class RunFailed(Failure):
    """The month could not be computed."""


class FeedsLate(Failure):
    """The services have not told each other everything in time."""


class NoSuchMonth(Failure):
    """What was given as a month is none."""


class NothingToImport(Failure):
    """The path names no export."""


ALONE = "新店尚无第二人:随软件附带的方案未作改动 / a new shop has nobody else: the shipped plan, unchanged"


def ensure_plan(gateway: Gateway) -> None:
    """A plan that is active stays as it is; the shipped one the first administrator reviews himself, and says why."""
    if any(plan["status"] == "active" for plan in gateway.items("/v1/plans")):
        return
    plan = gateway.post("/v1/plans", {"template": PLAN})
    look = {"note": PLAN, "alone_because": ALONE}
    plan = gateway.post(f"/v1/plans/{plan['id']}/review", look, version=plan["version"])
    gateway.post(f"/v1/plans/{plan['id']}/activate", version=plan["version"])


def ensure_questionnaire(gateway: Gateway) -> None:
    """One that has a published version stays as it is."""
    if not any(each["code"] == QUESTIONNAIRE for each in gateway.items("/v1/questionnaires")):
        gateway.post("/v1/questionnaires", {"code": QUESTIONNAIRE, "template": QUESTIONNAIRE})
    found = gateway.get(f"/v1/questionnaires/{QUESTIONNAIRE}")
    if not any(version["state"] == "published" for version in found["versions"]):
        gateway.post(f"/v1/questionnaires/{QUESTIONNAIRE}/publish", version=found["version"])


def files_in(export: Path) -> list[Path]:
    """The files of a folder, or the one zip or workbook."""
    if not export.exists():
        raise NothingToImport(f"{export} 不存在 / does not exist")
    files = sorted(path for path in export.iterdir() if path.is_file()) if export.is_dir() else [export]
    if not files:
        raise NothingToImport(f"{export} 是空的 / is empty")
    return files


def import_export(
    gateway: Gateway, export: Path, month: str | None, progress: Progress, mapping: str | None = None
) -> dict[str, Any]:
    """Uploads the export and follows the job to its end; returns its report."""
    wishes = {"month": month, "mapping": mapping}
    report = _uploaded(gateway, files_in(export), {name: wish for name, wish in wishes.items() if wish is not None})
    moved = time.monotonic()
    while report["state"] not in ENDED:
        before, report = report["version"], gateway.get(f"/v1/imports/{report['id']}", wait=LOOK_SECONDS)
        progress(report["progress"]["rows_done"], report["progress"]["rows"])
        if report["version"] != before:
            moved = time.monotonic()
        elif time.monotonic() - moved > STALLED_SECONDS:
            trouble = report["progress"]["trouble"] or "see the log of the gateway"
            raise ImportFailed(f"nothing has moved for {STALLED_SECONDS:g} s: {trouble}")
    if report["state"] != "finished":
        raise ImportFailed(_reasons(report))
    return report


def _uploaded(gateway: Gateway, files: Sequence[Path], data: Mapping[str, str]) -> dict[str, Any]:
    parts = [("files", (path.name, path.read_bytes())) for path in files]
    try:
        report: dict[str, Any] = gateway.answer("POST", "/v1/imports", files=parts, data=data).json()
    except Refused as refused:
        if refused.problem.get("status") != _TOO_LARGE:
            raise
        largest = max(files, key=lambda path: path.stat().st_size)
        size = f"{largest.stat().st_size / 1e6:.0f} MB"
        advice = f"{largest.name} 有 {size},请打包成 zip 再导入 / has {size}; import a zip of the export"
        raise ImportFailed(f"{refused}\n  {advice}") from refused
    return report


def _reasons(report: Mapping[str, Any]) -> str:
    problem = report["problem"] or {"title": report["state"], "errors": ()}
    lines = [f"  {reason['file'] or ''}: {reason['message']}" for reason in problem["errors"]]
    return "\n".join([problem["title"], *lines])


def wait_for_feeds(gateway: Gateway) -> None:
    deadline = time.monotonic() + FEED_SECONDS
    while not (feeds := gateway.get("/v1/feeds"))["caught_up"]:
        if time.monotonic() > deadline:
            raise FeedsLate(f"not read to their end within {FEED_SECONDS:g} s: {feeds}")
        time.sleep(POLL_SECONDS)


def run_month(gateway: Gateway, month: str) -> dict[str, Any]:
    """A new run of the month; the same facts give the same hash."""
    run = ended_run(gateway, gateway.post("/v1/runs", {"month": month}))
    if run["status"] != "completed":
        problem = run["problem"] or {}
        raise RunFailed(f"{month}: {problem.get('title', '')}: {problem.get('detail', '')}")
    return run


def ended_run(gateway: Gateway, run: dict[str, Any]) -> dict[str, Any]:
    deadline = time.monotonic() + STALLED_SECONDS
    while run["status"] in {"queued", "running"}:
        if time.monotonic() > deadline:
            raise RunFailed(f"{run['month']}: {run['status']} for {STALLED_SECONDS:g} s, see the logs of payroll")
        time.sleep(POLL_SECONDS)
        run = gateway.get(f"/v1/runs/{run['id']}")
    return run


def days_of(month: str) -> tuple[date, date]:
    """The first and the last day."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise NoSuchMonth(f"{month} is no month; write it as 2026-09") from error
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def targets_of(gateway: Gateway, month: str) -> dict[tuple[str, str, str], str]:
    """By (scope, subject, metric): what is in force, else what waits for its first signature."""
    found = gateway.items("/v1/targets", month=month)
    return {(t["scope"], t["subject"], t["metric"]): (t["in_force"] or t)["value"] for t in found}
