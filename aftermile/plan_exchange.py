"""Plans of the running stack as files: out of it, and in."""

import json
from pathlib import Path
from typing import Any

from aftermile.client import Gateway
from aftermile.failures import Failure


class NoPlan(Failure):
    """There is no active plan to export."""


def export_plan(gateway: Gateway, plan: str | None) -> str:
    """The file of a plan, or of the one that became active last when none is named."""
    found = plan or _active(gateway)
    return json.dumps(gateway.get(f"/v1/plans/{found}/file"), ensure_ascii=False, indent=1) + "\n"


def _active(gateway: Gateway) -> str:
    active = list(gateway.items("/v1/plans", status="active"))
    if not active:
        raise NoPlan("没有启用的方案,请写明编号 / no plan is active: name one by its id")
    return str(max(active, key=lambda plan: plan["activated_at"])["id"])


def import_plan(gateway: Gateway, file: Path) -> dict[str, Any]:
    """The draft that a file makes: one that was exported (.json), or a text with NAME.examples.json beside it."""
    if file.suffix == ".json":
        imported: dict[str, Any] = gateway.post("/v1/plans/import", _json(file))
        return imported
    examples = file.with_suffix(".examples.json")
    body = {"text": _read(file), "examples": _json(examples) if examples.exists() else []}
    return {"created": True, "plan": gateway.post("/v1/plans", body), "parameters": []}


def _read(file: Path) -> str:
    """UTF-8, with a byte order mark or without."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"cannot read {file}: {error}") from None


def _json(file: Path) -> Any:  # noqa: ANN401 - whatever the file holds; the service checks it
    try:
        return json.loads(_read(file))
    except (ValueError, RecursionError) as error:
        raise Failure(f"{file} is not JSON: {error}") from None
