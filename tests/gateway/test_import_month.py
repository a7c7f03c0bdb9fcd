"""The month that ships with the product, imported into the real services: intake reports what it should."""

import base64
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from chassis.auth import Principal
from gateway.dms.resources import RESOURCES
from gateway.exchange import TokenExchange
from gateway.imports import ImportRunner
from services.customer.main import create_app as customer_app
from services.customer.settings import Settings as CustomerSettings
from services.payroll.main import create_app as payroll_app
from services.payroll.settings import Settings as PayrollSettings
from services.survey.main import create_app as survey_app
from services.survey.settings import Settings as SurveySettings
from services.workorder.main import create_app as workorder_app
from services.workorder.settings import Settings as WorkorderSettings
from tests.gateway.dms_exports import SEPTEMBER
from tests.gateway.importing import Importing, importing
from tests.harness import AStore, Clone, Keys, calling, process_environment

INTAKE = json.loads((SEPTEMBER / "expected.json").read_text(encoding="utf-8"))["intake"]


class InProcess:
    """The services' own apps, called as HTTP calls them, without a network."""

    def __init__(self, clients: dict[str, httpx.AsyncClient], exchange: TokenExchange) -> None:
        self._clients = clients
        self._exchange = exchange

    async def send(self, caller: Principal, resource: str, key: str, body: bytes) -> bytes:
        service = RESOURCES[resource].service
        headers = {
            "Authorization": self._exchange.authorization(caller, service),
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        answer = await self._clients[service].post(f"/v1/bulk/{resource}", content=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.content


def _apps(clone_database: Callable[[str], Clone], keys: Keys) -> dict[str, FastAPI]:
    def told(name: str) -> dict[str, Any]:
        return process_environment(name, clone_database(name).app_url, keys)

    root = base64.b64encode(os.urandom(32)).decode()
    return {
        "customer": customer_app(CustomerSettings(**told("customer"), privacy_key=root)),
        "workorder": workorder_app(WorkorderSettings(**told("workorder"))),
        "survey": survey_app(SurveySettings(**told("survey"))),
        "payroll": payroll_app(PayrollSettings(**told("payroll"))),
    }


@pytest.fixture
async def gateway(
    clone_database: Callable[[str], Clone], keys: Keys, store: AStore
) -> AsyncIterator[tuple[Importing, InProcess]]:
    async with AsyncExitStack() as stack:
        apps = _apps(clone_database, keys)
        clients = {name: await stack.enter_async_context(calling(app)) for name, app in apps.items()}
        made = await stack.enter_async_context(importing(clone_database, keys, store))
        yield made, InProcess(clients, TokenExchange(keys.signer("gateway")))


async def _imported(gateway: Importing, services: InProcess) -> dict[str, dict[str, Any]]:
    key = await gateway.accepted(fields={"month": "2026-09"})
    await ImportRunner(gateway.database, services).run(key)
    read = await gateway.get(f"/v1/imports/{key.id}")
    assert read["state"] == "finished", read["problem"]
    return {file["file"]: file for file in read["files"]}


def _touched(file: dict[str, Any], code: str) -> int:
    return sum(finding["rows"] for finding in file["findings"] if finding["code"] == code)


async def test_the_real_services_find_in_the_month_what_is_in_it_and_nothing_new_the_second_time(
    gateway: tuple[Importing, InProcess],
) -> None:
    files = await _imported(*gateway)
    found = {
        "vehicles_vin_rejected": _touched(files["车辆档案.csv"], "vin-invalid"),
        "vehicles_vin_check_digit_warned": _touched(files["车辆档案.csv"], "vin-check-digit"),
        "customers_bad_mobile": _touched(files["客户档案.csv"], "mobile-not-11-digits"),
        "customers_duplicate_pairs": files["客户档案.csv"]["merged"],
        "customers_repeated_rows": files["客户档案.csv"]["duplicate"],
        "orders_repeated_rows": files["工单.csv"]["duplicate"],
        "lines_orphan_rejected": _touched(files["工单明细.csv"], "order-unknown"),
    }
    assert found == INTAKE
    assert sum(file["rejected"] for file in files.values()) == 11
    again = await _imported(*gateway)
    assert [(file["created"], file["updated"]) for file in again.values()] == [(0, 0)] * 14
    assert sum(file["rejected"] for file in again.values()) == 11
