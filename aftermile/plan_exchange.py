"""Plans of the running stack as files: out of it, and in."""

import json
from pathlib import Path
from typing import Any

from aftermile.client import Gateway
from aftermile.failures import Failure
from aftermile.plan_files import holds_json, read_json, read_text


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
    """The draft that a file makes: one that was exported, or a text with NAME.examples.json beside it."""
    if holds_json(file):
        imported: dict[str, Any] = gateway.post("/v1/plans/import", read_json(file))
        return imported
    examples = file.with_suffix(".examples.json")
    body = {"text": read_text(file), "examples": read_json(examples) if examples.exists() else []}
    return {"created": True, "plan": gateway.post("/v1/plans", body), "parameters": []}
