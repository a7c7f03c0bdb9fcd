"""Four months in which anything follows anything: in the end everybody was paid what a plain recalculation gives.

`AFTERMILE_RANDOM_MONTHS=50` walks fifty times.
"""

import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.harness import Clone, bearer, deliver
from tests.payroll import makers
from tests.payroll.hours import an_hour_passes
from tests.payroll.small_month import TARGETS
from tests.payroll.test_pay_months import Office, office

__all__ = ["office"]
MONTHS = ["2026-09", "2026-10", "2026-11", "2026-12"]
LAST = "2027-01"
STEPS = 40
WALKS = int(os.environ.get("AFTERMILE_RANDOM_MONTHS", "1"))
Paid = Counter[tuple[str, str]]
"""By month and employee, in cents."""


class Walk:
    """What may happen to months and to what they rest on; what is refused changes nothing."""

    def __init__(self, office: Office, clone: Clone, seed: int) -> None:
        self.office, self.small, self.clone, self.draw = office, office.small, clone, random.Random(seed)
        self.versions: Counter[str] = Counter()
        self.opened: dict[str, str] = {}
        self.kept: dict[str, str] = {}
        self.recorder = bearer(
            self.small.keys, "payroll", "service_manager", stores=[self.small.store], employee="IM01", subject="of-IM01"
        )

    def some_day(self) -> str:
        return f"{self.draw.choice(MONTHS)}-{self.draw.randint(1, 28):02d}"

    def next_version(self, what: str) -> int:
        self.versions[what] += 1
        return self.versions[what]

    async def step(self) -> None:
        acts: list[tuple[Callable[[], Awaitable[object]], int]] = [
            (self.order, 2), (self.payment, 2), (self.labour, 1), (self.complaint, 1), (self.leaving, 1),
            (self.terms, 1), (self.score, 1), (self.advance, 3), (self.close, 3), (self.reopen, 2), (self.an_hour, 2),
        ]  # fmt: skip
        await self.draw.choices([act for act, _ in acts], [often for _, often in acts])[0]()

    async def order(self) -> None:
        number = f"X{self.draw.randint(1, 5)}"
        settled = self.draw.choice([None, self.some_day()])
        event = makers.order_event(
            self.small.store.id, number, version=self.next_version(number), settled_on=settled, left_on=settled,
            opened_on=self.opened.setdefault(number, self.some_day()), advisor=self.draw.choice(["SA01", "SA02"]),
            kind=self.draw.choice(["repair", "maintenance", "warranty"]),
        )  # fmt: skip
        await deliver(self.small.app, "workorder", self.small.store.id, event)

    async def payment(self) -> None:
        order, ordinal = f"X{self.draw.randint(1, 5)}", self.draw.randint(1, 2)
        event = makers.payment_event(
            self.small.store.id, order, f"{self.draw.randint(0, 2000)}.{self.draw.randint(10, 99)}", ordinal=ordinal,
            version=self.next_version(f"{order} paid {ordinal}"), paid_on=self.some_day(),
        )  # fmt: skip
        await deliver(self.small.app, "workorder", self.small.store.id, event)

    async def labour(self) -> None:
        order, line = f"X{self.draw.randint(1, 5)}", self.draw.randint(1, 2)
        event = makers.labour_event(
            self.small.store.id, order, line, f"{self.draw.randint(0, 20)}.5",
            version=self.next_version(f"{order} line {line}"), completed_on=self.draw.choice([None, self.some_day()]),
        )  # fmt: skip
        await deliver(self.small.app, "workorder", self.small.store.id, event)

    async def complaint(self) -> None:
        number = f"C{self.draw.randint(1, 2)}"
        event = makers.complaint_event(
            self.small.store.id, number, version=self.next_version(number), occurred_on=self.some_day(),
            employee=self.draw.choice(["SA01", "SA02"]), verified=self.draw.random() < 0.6,
        )  # fmt: skip
        await deliver(self.small.app, "customer", self.small.store.id, event)

    async def leaving(self) -> None:
        await self.change("J102", "", {"left_on": self.draw.choice([None, self.some_day()])}, "PATCH")

    async def terms(self) -> None:
        number, day = self.draw.choice(["SA02", "J101"]), self.some_day()
        now = (await self.small.read(f"/v1/employees/{number}?on={day}"))["terms"]
        told = {"post": now["post"], "team": now["team"], "coefficient": self.draw.choice(["0.4", "0.7", "1.2"])}
        await self.change(number, f"/terms/{day}", told, "PUT")

    async def change(self, number: str, part: str, told: dict[str, Any], method: str) -> None:
        found = await self.small.client.get(f"/v1/employees/{number}", headers=self.recorder)
        headers = {**self.recorder, "If-Match": found.headers["ETag"]}
        await self.small.client.request(method, f"/v1/employees/{number}{part}", json=told, headers=headers)

    async def score(self) -> None:
        body = {"month": self.draw.choice(MONTHS), "employee": "SA01", "score": str(self.draw.randint(80, 100))}
        if (await self.office.send("/v1/review-scores", self.recorder, body)).status_code == 409:
            [found] = (await self.small.read(f"/v1/review-scores?month={body['month']}"))["items"]
            headers = {**self.recorder, "If-Match": f'"{found["version"]}"'}
            score = {"score": body["score"]}
            await self.small.client.patch(f"/v1/review-scores/{found['id']}", json=score, headers=headers)

    async def advance(self) -> None:
        await self.move(self.draw.choice(MONTHS))

    async def close(self) -> None:
        await self.closed(self.draw.choice(MONTHS))

    async def closed(self, month: str) -> bool:
        while (at := await self.small.read(f"/v1/pay-months/{month}"))["state"] != "closed":
            if not await self.move(month, at):
                return False
        return True

    async def move(self, month: str, at: dict[str, Any] | None = None) -> bool:
        """One step on; now and then on a run of before."""
        at = at or await self.small.read(f"/v1/pay-months/{month}")
        address = f"/v1/pay-months/{month}"
        if at["state"] == "open":
            run = await self.small.run(month)
            chosen = self.kept.get(month, run["id"]) if self.draw.random() < 0.2 else run["id"]
            self.kept[month] = run["id"]
            answer = await self.office.send(f"{address}/lock", self.office.clerk, {"run": chosen}, at["version"])
        elif at["state"] == "locked":
            steps = [each["what"] for each in at["steps"]]
            by = self.office.manager if steps[-1] == "approved" else self.office.workshop
            answer = await self.office.send(f"{address}/approve", by, None, at["version"])
        else:
            answer = await self.office.send(f"{address}/close", self.office.clerk, None, at["version"])
        return answer.is_success

    async def reopen(self, month: str | None = None) -> None:
        month = month or self.draw.choice(MONTHS)
        at = await self.small.read(f"/v1/pay-months/{month}")
        await self.office.send(f"/v1/pay-months/{month}/reopen", self.office.manager, {"reason": "错了"}, at["version"])

    async def an_hour(self) -> None:
        await an_hour_passes(self.clone, self.small.store)

    async def finish(self) -> None:
        """What is under way is opened, then every month is closed in its order."""
        self.kept.clear()
        for month in reversed(MONTHS):
            if (await self.small.read(f"/v1/pay-months/{month}"))["state"] in {"locked", "approved"}:
                await self.reopen(month)
        for month in [*MONTHS, LAST]:
            assert await self.closed(month), month

    async def paid(self) -> Paid:
        """By the statements: of each month, with what later ones corrected."""
        found: Paid = Counter()
        for month in [*MONTHS, LAST]:
            run = (await self.small.read(f"/v1/pay-months/{month}"))["run_id"]
            for line in (await self.small.read(f"/v1/runs/{run}/lines?limit=100"))["items"]:
                found[line["of_month"] or month, line["employee"]] += int(Decimal(line["amount"]) * 100)
        return found

    async def due(self) -> Paid:
        """By runs of each month alone, as everything is known now."""
        found: Paid = Counter()
        for month in [*MONTHS, LAST]:
            run = await self.small.run(month)
            for line in (await self.small.read(f"/v1/runs/{run['id']}/lines?limit=100"))["items"]:
                assert line["of_month"] is None, f"{month} still corrects {line}"
                found[month, line["employee"]] += int(Decimal(line["amount"]) * 100)
        return found


@pytest.mark.parametrize("seed", range(WALKS))
async def test_all_that_was_paid_is_what_a_plain_recalculation_gives(
    office: Office, payroll_database: Clone, seed: int
) -> None:
    later = [
        {**each, "month": month, "signed_on": "2026-08-29", "row": 100 + 10 * place + row}
        for place, month in enumerate([*MONTHS[2:], LAST])
        for row, each in enumerate(TARGETS)
    ]
    body = {"source": "dms", "rows": later}
    assert (await office.small.client.post("/v1/bulk/targets", json=body, headers=office.small.headers)).is_success
    walk = Walk(office, payroll_database, seed)
    for _ in range(STEPS):
        await walk.step()
    await walk.finish()
    paid, due = await walk.paid(), await walk.due()
    assert {key: amount for key, amount in paid.items() if amount} == {k: amount for k, amount in due.items() if amount}
