"""Plan texts through the API: one plan in its canonical forms, and what a newer one changes."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.payroll.domain.plans.meaning import same_plan
from services.payroll.language import parse_json, parse_plan
from tests.harness import AStore, Keys, bearer
from tests.payroll.shipped_plan import shipped_text
from tests.payroll.test_api_plans import SMALL, draft

FORMAT = "/v1/plans/format"


@pytest.fixture
def clerk(keys: Keys, store: AStore) -> dict[str, str]:
    return bearer(keys, "payroll", "payroll_clerk", stores=[store])


async def formatted(client: httpx.AsyncClient, clerk: dict[str, str], **body: Any) -> dict[str, Any]:
    answer = await client.post(FORMAT, json=body, headers=clerk)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_text_comes_back_in_either_language_and_as_json(
    client: httpx.AsyncClient, clerk: dict[str, str]
) -> None:
    typed = "\ufeff" + shipped_text().replace("(", "（").replace(" 自 ", "\t自 ").replace("\n", "\r\n")
    chinese = await formatted(client, clerk, text=typed)
    english = await formatted(client, clerk, document=chinese["document"], language="en")
    assert same_plan(parse_plan(chinese["text"]), parse_plan(english["text"]))
    assert same_plan(parse_json(english["document"]), parse_plan(shipped_text()))
    assert "store 产值 output" in english["text"]
    assert english["hash"] == parse_plan(english["text"]).hash
    assert (await formatted(client, clerk, text=english["text"]))["text"] == chinese["text"]


@pytest.mark.parametrize(
    ("body", "status", "type_", "pointer"),
    [
        ({"text": SMALL.replace("计数", "记数")}, 422, "plan-invalid", "/text/3/"),
        ({"document": {"format": "x", "statements": []}}, 422, "plan-document-invalid", "/format"),
        ({"document": {"format": "aftermile.plan/1", "statements": []}}, 422, "plan-invalid", "/text/1/1"),
        ({}, 422, "invalid", ""),
        ({"text": SMALL, "document": {}}, 422, "invalid", ""),
        ({"text": SMALL, "language": "de"}, 422, "invalid", "/language"),
        ({"text": ""}, 422, "invalid", "/text"),
    ],
)
async def test_what_is_no_plan_is_refused_with_its_place(
    client: httpx.AsyncClient, clerk: dict[str, str], body: dict[str, Any], status: int, type_: str, pointer: str
) -> None:
    refused = await client.post(FORMAT, json=body, headers=clerk)
    assert refused.status_code == status
    assert refused.json()["type"].endswith(type_)
    assert refused.json()["errors"][0]["pointer"].startswith(pointer)


async def test_the_difference_of_two_plans_is_told_in_words(client: httpx.AsyncClient, clerk: dict[str, str]) -> None:
    older = await draft(client, clerk, text=SMALL)
    newer = await draft(client, clerk, text=SMALL.replace("自 2026-01-01", "自 2026-01-01; 12元 自 2026-07-01"))
    answer = await client.get(f"/v1/plans/{newer['id']}/difference", params={"from": older["id"]}, headers=clerk)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "older": older["id"],
        "newer": newer["id"],
        "effective_from": None,
        "changes_pay": True,
        "changes": [
            {
                "what": "parameter",
                "kind": "changed",
                "name": "per_car",
                "clause": "甲",
                "since": "2026-07-01",
                "changes_pay": True,
                "chinese": "参数“每台奖金”自 2026-07-01 起为 12元(此前为 10元)",
                "english": "the parameter per_car is 12yuan from 2026-07-01 on (10yuan until now)",
            }
        ],
    }
    same = await client.get(f"/v1/plans/{newer['id']}/difference", params={"from": newer["id"]}, headers=clerk)
    assert (same.json()["changes_pay"], same.json()["changes"]) == (False, [])


async def test_plan_texts_are_for_those_who_prepare_pay_and_of_the_own_store(
    client: httpx.AsyncClient, keys: Keys, store: AStore, clerk: dict[str, str], other_store: AStore
) -> None:
    plan = await draft(client, clerk, text=SMALL)
    advisor = bearer(keys, "payroll", "service_advisor", stores=[store], employee="SA01")
    neighbour = bearer(keys, "payroll", "payroll_clerk", stores=[other_store])
    auditor = bearer(keys, "payroll", "auditor", stores=[store])
    address, both = f"/v1/plans/{plan['id']}/difference", {"from": plan["id"]}
    assert (await client.post(FORMAT, json={"text": SMALL}, headers=advisor)).status_code == 403
    assert (await client.get(address, params=both, headers=advisor)).status_code == 403
    assert (await client.get(address, params=both, headers=neighbour)).status_code == 404
    assert (await client.get(address, params=both, headers=auditor)).status_code == 200
    assert (await client.get(address, params={"from": str(uuid4())}, headers=clerk)).status_code == 404
    assert (await client.get(address, headers=clerk)).status_code in (400, 422)
