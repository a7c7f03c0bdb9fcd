"""A month small enough to see through: two advisors, a mechanic, a few orders, the shipped plan."""

from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI

from services.payroll.service.plans.plans import template_named
from services.payroll.service.runs.runs import compute_run
from tests.harness import AStore, Keys, bearer, deliver
from tests.payroll import makers
from tests.payroll.plans_in_force import put_in_force

PEOPLE: tuple[dict[str, Any], ...] = (
    {"row": 2, "number": "SA01", "name": "梁芳丽", "post": "service_advisor", "team": "业务组", "coefficient": "0.4"},
    {"row": 3, "number": "SA02", "name": "谢静", "post": "service_advisor", "team": "业务组", "coefficient": "0.4"},
    {"row": 4, "number": "J101", "name": "曾轩", "post": "mechanic", "team": "机电一组", "coefficient": "1.2"},
)
SIGNED = {"month": "2026-09", "signed_on": "2026-08-29", "signed_by": "SA01"}
TARGETS: tuple[dict[str, Any], ...] = (
    {"row": 2, "subject": "业务组", "metric": "output", "value": "1000", **SIGNED},
    {"row": 3, "subject": "业务组", "metric": "car_count", "value": "2", **SIGNED},
)
_SHIPPED = template_named("4s-after-sales")
PLAN = {"text": _SHIPPED.text, "examples": _SHIPPED.examples["examples"][:1]}
"""The shipped plan, with one of its examples: all of them are worked out three times on the way to being in force."""


class SmallMonth:
    """A store with its people, its targets and an active plan, and what one does with them."""

    def __init__(self, app: FastAPI, client: httpx.AsyncClient, keys: Keys, store: AStore) -> None:
        self.app, self.client, self.keys, self.store = app, client, keys, store
        self.headers = bearer(keys, "payroll", "service_manager", stores=[store])

    def person(self, number: str, *roles: str) -> dict[str, str]:
        """With an account of his own."""
        given = roles or ("service_advisor",)
        return bearer(self.keys, "payroll", *given, stores=[self.store], employee=number, subject=f"of-{number}")

    async def prepare(self, *, targets: tuple[dict[str, Any], ...] = TARGETS) -> None:
        for resource, rows in (("employees", PEOPLE), ("targets", targets)):
            body = {"source": "dms", "rows": list(rows)}
            answer = await self.client.post(f"/v1/bulk/{resource}", json=body, headers=self.headers)
            assert answer.json()["counts"] in ({"created": len(rows)}, {}), answer.text
        created = await self.client.post("/v1/plans", json=PLAN, headers=self.headers)
        await put_in_force(self.client, created.json(), self.keys, self.store)

    async def tell(self) -> None:
        store = self.store.id
        await deliver(
            self.app, "workorder", store,
            makers.order_event(store, "W1"), makers.payment_event(store, "W1", "600.00"),
            makers.labour_event(store, "W1", 1, "10.00"), makers.upsell_event(store, "W1", 3),
            makers.order_event(store, "W2", opened_on="2026-09-29", left_on="2026-10-02", settled_on="2026-10-02"),
            makers.payment_event(store, "W2", "500.00", paid_on="2026-09-30"),
        )  # fmt: skip
        await deliver(self.app, "survey", store, makers.response_event(store, "W1"))
        await deliver(self.app, "customer", store, makers.customer_event(store, "C00001"))

    async def ask(self, month: str = "2026-09") -> str:
        asked = await self.client.post("/v1/runs", json={"month": month}, headers=self.headers)
        assert asked.status_code == 202, asked.text
        return str(asked.json()["id"])

    async def compute(self, run: str, *, wait_seconds: float = 0) -> None:
        await compute_run(self.app.state.database, self.store.id, UUID(run), wait_seconds=wait_seconds)

    async def read(self, address: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
        answer = await self.client.get(address, headers=headers or self.headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def run(self, month: str = "2026-09") -> dict[str, Any]:
        run = await self.ask(month)
        await self.compute(run)
        return await self.read(f"/v1/runs/{run}")
