"""The month that ships with the product, as payroll hears of it: bulk rows, and the events of the other services."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI

from chassis.consumer import FeedEvent
from tests.gateway.dms_exports import SEPTEMBER, opened, translated
from tests.harness import AStore, deliver, make_event
from tests.payroll import makers

EXPECTED = json.loads((SEPTEMBER / "expected.json").read_text(encoding="utf-8"))
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class September:
    files: Mapping[str, Rows]

    @classmethod
    def read(cls, folder: Path) -> "September":
        return cls(translated(opened(folder)))

    def workorder(self, store: UUID) -> list[FeedEvent]:
        orders = {row["number"]: row for row in reversed(self.files["工单.csv"])}
        lines = [row for row in self.files["工单明细.csv"] if row["order_number"] in orders]
        return [
            *(_order(store, row) for row in orders.values()),
            *(_labour(store, row, orders[row["order_number"]]) for row in lines if row["kind"] == "labour"),
            *(_upsell(store, row) for row in lines if row["kind"] == "labour" and row["is_upsell"]),
            *_plain(store, "workorder.payment.received", self.files["收款.csv"]),
            *_plain(store, "workorder.claim.paid", self.files["索赔回款.csv"]),
            *_plain(store, "workorder.insurer.approved", self.files["事故定审.csv"]),
            *_plain(store, "workorder.accessory.sold", self.files["精品销售.csv"]),
            *_plain(store, "workorder.consumables.used", self.files["辅料领用.csv"]),
        ]

    def customer(self, store: UUID) -> list[FeedEvent]:
        return [
            makers.complaint_event(
                store, row["number"], occurred_on=row["occurred_on"], employee=row["employee"], cause=row["cause"],
                verified=row["verified"], order={"source": "dms", "number": row["order_number"], "id": None},
            )
            for row in self.files["投诉.csv"]
        ]  # fmt: skip

    def survey(self, store: UUID) -> list[FeedEvent]:
        return [
            makers.response_event(store, row["order_number"], submitted_on=row["submitted_at"][:10])
            for row in self.files["满意度答卷.csv"]
        ]


def _order(store: UUID, row: Mapping[str, Any]) -> FeedEvent:
    return makers.order_event(
        store, row["number"], kind=row["kind"], advisor=row["advisor"], cancelled=row["status"] == "cancelled",
        opened_on=row["opened_at"][:10], left_on=row["left_at"] and row["left_at"][:10], settled_on=row["settled_on"],
        customer=row["customer_number"] and {"source": "dms", "number": row["customer_number"], "id": None},
        vehicle=row["vin"] and {"source": "dms", "number": row["vin"], "id": None},
    )  # fmt: skip


def _labour(store: UUID, row: Mapping[str, Any], order: Mapping[str, Any]) -> FeedEvent:
    done = order["status"] != "cancelled" and row["decision"] in {None, "approved"}
    completed = order["left_at"][:10] if done and order["left_at"] else None
    return makers.labour_event(
        store, row["order_number"], row["line_number"], row["standard_hours"], order_kind=order["kind"],
        team=row["team"], code=row["code"], name=row["name"], completed_on=completed,
    )  # fmt: skip


def _upsell(store: UUID, row: Mapping[str, Any]) -> FeedEvent:
    return makers.upsell_event(
        store, row["order_number"], row["line_number"], source=row["upsell_source"], stage=row["stage"],
        finder=row["finder"], decision=row["decision"], operation_name=row["name"], amount=row["amount"],
    )  # fmt: skip


def _plain(store: UUID, type_: str, rows: Rows) -> Iterator[FeedEvent]:
    for row in rows:
        data = {name: value for name, value in row.items() if name != "row"}
        data["generic"] = data.get("generic") or False
        yield make_event(type_, {"id": makers.identity(type_, *row.values()), **data}, store=store)


async def tell(month: September, app: FastAPI, client: httpx.AsyncClient, by: tuple[dict[str, str], AStore]) -> None:
    """Import what payroll owns and hand over what the others would have told."""
    headers, store = by
    for resource, name in (("employees", "员工"), ("targets", "目标"), ("review-scores", "考核成绩")):
        body = {"source": "dms", "rows": month.files[f"{name}.csv"]}
        answer = await client.post(f"/v1/bulk/{resource}", json=body, headers=headers)
        assert answer.json()["counts"] == {"created": len(month.files[f"{name}.csv"])}, answer.text
    await deliver(app, "workorder", store.id, *month.workorder(store.id))
    await deliver(app, "customer", store.id, *month.customer(store.id))
    await deliver(app, "survey", store.id, *month.survey(store.id))
