"""Who gets to pay through the gateway: every address of the real payroll, asked by those it is not for; and the trail
of what was done to a month, and of what was refused."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from gateway.routing import owner_of
from tests.harness import AStore, Keys, bearer
from tests.payroll.small_month import SmallMonth
from tests.payroll.test_pay_months import SECOND_MECHANIC, SEPTEMBER, Office

CONTRACT = json.loads((Path(__file__).parents[2] / "contracts" / "payroll.openapi.json").read_text(encoding="utf-8"))
NOTHING = str(UUID(int=0))
OPEN = "/v1/statement-links/"
BASE_PAY = "3456.78"
"""Of J102: wherever it is read, his pay is."""


def addresses() -> Iterator[tuple[str, str]]:
    """Method and path of everything of payroll that the gateway passes on for a token."""
    for path, methods in CONTRACT["paths"].items():
        if owner_of(path) is not None and not path.startswith(OPEN):
            yield from ((method.upper(), path) for method in methods if method in {"get", "post", "put", "patch"})


@dataclass
class Shop:
    """A closed September behind the gateway, with J102's things by the names that addresses give them."""

    gateway: httpx.AsyncClient
    keys: Keys
    store: AStore
    small: SmallMonth
    ids: dict[str, str]
    told: frozenset[str]

    def by(self, *roles: str, employee: str | None = None, kind: str = "staff", name: str = "x") -> dict[str, str]:
        return bearer(
            self.keys, "gateway", *roles, stores=[self.store], employee=employee, kind=kind, subject=name
        )  # fmt: skip

    def shows(self, answer: httpx.Response) -> bool:
        """Whether anything that J102 is paid is in it."""
        return any(amount in answer.text for amount in self.told)

    async def ask(
        self, method: str, path: str, headers: dict[str, str], body: object = None, version: int = 1
    ) -> httpx.Response:
        address = re.sub(r"{(\w+)}", lambda found: self.ids.get(found[1], NOTHING), path)
        told = None if method == "GET" else {} if body is None else body
        return await self.gateway.request(method, address, json=told, headers={**headers, "If-Match": f'"{version}"'})


@pytest.fixture
async def shop(gateway: httpx.AsyncClient, pay: SmallMonth) -> Shop:
    await pay.prepare()
    body = {"source": "dms", "rows": [{**SECOND_MECHANIC, "base_pay": BASE_PAY}]}
    await pay.client.post("/v1/bulk/employees", json=body, headers=pay.headers)
    await pay.tell()
    closed = await Office(pay, pay.keys, pay.store).close()
    statement = await pay.read(f"{SEPTEMBER}/statements/J102")
    line = json.loads(statement["document"])["lines"][0]
    ids = {"month": "2026-09", "run": closed["run_id"], "employee": "J102", "number": "J102", "team": "机电一组",
           "key": line["id"], "valid_from": "2026-09-01"}  # fmt: skip
    for name in ("plans", "targets"):
        ids[name[:-1]] = (await pay.read(f"/v1/{name}"))["items"][0]["id"]
    return Shop(gateway, pay.keys, pay.store, pay, ids, frozenset({BASE_PAY, statement["total"], line["amount"]}))


WORDS = {
    "/v1/questions": {"month": "2026-09", "text": "?"},
    "/v1/questions/{question}/ask-again": {"text": "?"},
}
"""Bodies of what everybody in the shop may ask, so that it is the caller who is refused and not what he wrote."""


async def test_no_customer_and_no_partner_system_reads_or_writes_pay(shop: Shop) -> None:
    let_in = set()
    for who, kind in (("customer", "customer"), ("dms", "client")):
        stranger = shop.by(who, kind=kind)
        for method, path in addresses():
            answer = await shop.ask(method, path, stranger, WORDS.get(path))
            assert not shop.shows(answer), (who, method, path)
            if answer.status_code not in {403, 404}:
                let_in.add((who, method, path, answer.status_code))
    brought = ("employees", "targets", "review-scores", "measures", "attendance-days", "pay-items")
    rows = {f"/v1/bulk/{name}" for name in brought}
    assert let_in == {("dms", "POST", path, 422) for path in rows}, "what another system brings, in rows"


@pytest.mark.parametrize(("employee", "role"), [("J101", "technician"), ("SA01", "service_advisor")])
async def test_an_employee_meets_nobody_elses_pay_at_any_address(shop: Shop, employee: str, role: str) -> None:
    """With the names of a colleague's things, who is of his team or not; what is his own the colleague reads."""
    himself, own = shop.by(role, employee=employee), shop.by("technician", employee="J102")
    met = set()
    for method, path in addresses():
        answer = await shop.ask(method, path, himself)
        assert not shop.shows(answer), (method, path)
        assert method == "GET" or answer.status_code >= 400, (method, path)
        if method == "GET" and shop.shows(await shop.ask("GET", path, own)):
            met.add(path)
    assert met >= {"/v1/employees/{number}", "/v1/runs/{run}/lines", "/v1/runs/{run}/trace/{key}",
                   "/v1/pay-months/{month}/statements", "/v1/pay-months/{month}/statements/{employee}",
                   "/v1/pay-months/{month}/statements/{employee}/receipt"}  # fmt: skip


async def test_what_is_done_to_a_month_and_what_is_refused_is_in_the_trail_with_who_and_how_it_ended(
    shop: Shop,
) -> None:
    done: list[tuple[str, str, int]] = []
    people = {
        "wang": shop.by("payroll_clerk", employee="CL01", name="wang"),
        "li": shop.by("workshop_manager", employee="WM01", name="li"),
        "zhao": shop.by("service_manager", employee="SM01", name="zhao"),
    }

    async def act(name: str, path: str, version: int, status: int, body: object = None) -> dict[str, Any]:
        answer = await shop.ask("POST", path, people[name], body, version)
        assert answer.status_code == status, answer.text
        done.append((name, path, status))
        told: dict[str, Any] = answer.json()
        return told

    because = {"reason": "工时录错"}
    await act("wang", f"{SEPTEMBER}/reopen", 4, 403, because)
    await act("zhao", f"{SEPTEMBER}/reopen", 4, 200, because)
    lock = {"run": (await shop.small.run())["id"]}
    await act("li", f"{SEPTEMBER}/lock", 5, 403, lock)
    await act("wang", f"{SEPTEMBER}/lock", 5, 200, lock)
    shares = [{"employee": "J101", "amount": "-5.00"}, {"employee": "J102", "amount": "5.00"}]
    pool = (await shop.small.read(f"{SEPTEMBER}/pools"))["items"][0]["pool"]
    asked = {"pool": pool, "owner": "机电一组", "reason": "请假", "shares": shares}
    for who in ("wang", "li"):
        made = await act(who, f"{SEPTEMBER}/adjustments", 0, 201, asked)
        await act(who, f"/v1/adjustments/{made['id']}/approve", 1, 403)
        verb = "refuse" if who == "wang" else "approve"
        await act("zhao", f"/v1/adjustments/{made['id']}/{verb}", 1, 200, {"note": "与考勤核对"})
    await act("wang", f"{SEPTEMBER}/close", 6, 409)
    await act("wang", f"{SEPTEMBER}/approve", 6, 403)
    await act("li", f"{SEPTEMBER}/approve", 6, 200)
    await act("li", f"{SEPTEMBER}/approve", 7, 403)
    await act("zhao", f"{SEPTEMBER}/approve", 7, 200)
    await act("wang", f"{SEPTEMBER}/close", 8, 200)
    auditor = shop.by("auditor")
    trail = (await shop.gateway.get("/v1/audit", params={"limit": 100}, headers=auditor)).json()["items"]
    assert [(each["subject"], each["path"], each["status"]) for each in reversed(trail)] == done
    assert (await shop.gateway.get("/v1/audit", headers=people["wang"])).status_code == 403
