"""Somebody who calls the survey service, and what he sends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx

from chassis.consumer import FeedEvent
from tests.harness import AStore, make_event

DMS = "dms-after-sales"
FACTORS = ("attitude", "efficiency", "skill", "price", "facilities", "follow_up")


@dataclass(frozen=True)
class Caller:
    client: httpx.AsyncClient
    headers: dict[str, str]

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.client.get(path, params=query, headers=self.headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.client.post(path, json=body, headers=self.headers | headers)

    async def put(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return await self.client.put(path, json=body, headers=self.headers | headers)

    async def read(self, path: str, **query: Any) -> Any:
        response = await self.get(path, **query)
        assert response.status_code == 200, response.text
        return response.json()

    async def imports(self, rows: Sequence[Mapping[str, Any]], **body: Any) -> Any:
        numbered = [{"row": index, **row} for index, row in enumerate(rows, start=2)]
        response = await self.post("/v1/bulk/responses", {"source": "dms", "rows": numbered, **body})
        assert response.status_code == 200, response.text
        return response.json()

    async def publishes(self, code: str, content: Mapping[str, Any]) -> None:
        created = await self.post("/v1/questionnaires", {"code": code, "content": content})
        assert created.status_code == 201, created.text
        tag = {"If-Match": created.headers["etag"]}
        published = await self.post(f"/v1/questionnaires/{code}/publish", None, **tag)
        assert published.status_code == 200, published.text


def make_row(order: str = "W1", **overrides: Any) -> dict[str, Any]:
    answers = {**dict.fromkeys(FACTORS, 9), "expectation": 8, "recommendation": 10}
    row = {"questionnaire": DMS, "order_number": order, "submitted_at": "2026-09-06T19:13:00+08:00", "answers": answers}
    return row | overrides


def rows_of(people: Sequence[Mapping[str, int]], questionnaire: str, prefix: str = "W") -> list[dict[str, Any]]:
    return [
        make_row(f"{prefix}{number}", questionnaire=questionnaire, answers=dict(answers))
        for number, answers in enumerate(people)
    ]


def make_order(store: AStore, number: str = "W1", version: int = 1, **overrides: Any) -> FeedEvent:
    data = {
        "id": str(UUID(int=int.from_bytes(number.encode(), "big"))), "number": number, "source": "dms",
        "kind": "maintenance", "state": "settled", "cancelled": False, "advisor": "SA01",
        "opened_at": "2026-09-05T09:00:00+08:00", "opened_on": "2026-09-05", "odometer_km": 12000,
        "vehicle": {"source": "dms", "number": "LSGPCF8T7KS900901", "id": None},
        "customer": {"source": "dms", "number": "C1", "id": None}, "promised_at": None,
        "left_at": "2026-09-05T17:00:00+08:00", "left_on": "2026-09-05", "settled_on": "2026-09-05",
    }  # fmt: skip
    return make_event("workorder.order.settled", data | overrides, store=store.id, version=version)


def make_customer(store: AStore, number: str, version: int = 1, merged_into: str | None = None) -> FeedEvent:
    survivor = None if merged_into is None else {"id": str(uuid4()), "number": merged_into}
    data = {
        "id": str(uuid4()),
        "number": number,
        "source": "dms",
        "kind": "person",
        "name": "王",
        "merged_into": survivor,
    }
    return make_event("customer.customer.changed", data, store=store.id, version=version)


def texts(word: str) -> dict[str, str]:
    return {"zh": word, "en": word}


def rating(name: str, weight: int | None = None, of: str | None = None) -> dict[str, Any]:
    metric: dict[str, Any] = {"role": "none"}
    if weight is not None:
        metric = {"role": "csi_factor", "weight": str(weight)}
    elif of is not None:
        metric = {"role": "expectation", "of": of}
    return {"id": name, "type": "rating", "text": texts(name), "metric": metric}


def content_of(*questions: Mapping[str, Any]) -> dict[str, Any]:
    return {"title": texts("t"), "languages": ["zh", "en"], "questions": [dict(question) for question in questions]}
