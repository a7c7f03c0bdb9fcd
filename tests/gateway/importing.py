"""A gateway that has imports only, and services that answer batches as the real ones promise to."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import orjson
from fastapi import FastAPI
from sqlalchemy import text

from chassis.auth import Principal
from chassis.database import Database
from chassis.http import Parts, create_app
from gateway.dms.mapping import FileMapping, load_mapping
from gateway.imports import ImportRefusal, ImportRunner, router
from gateway.imports.bulk import BatchRefused, Bulk, ServiceUnavailable
from gateway.imports.repository import Key
from gateway.settings import Settings
from tests.gateway.dms_exports import september
from tests.harness import AStore, Clone, Keys, bearer, calling, process_environment


def _natural_key(mapped: FileMapping) -> tuple[str, ...]:
    return (*mapped.key, *((*mapped.ordinal.among, mapped.ordinal.field) if mapped.ordinal else ()))


_KEYS: dict[str, tuple[str, ...]] = {
    mapped.resource: _natural_key(mapped) for mapped in load_mapping("4s-standard").files
}


class ObedientServices:
    """Keep rows by their natural keys and answers by the key of the call; fail when told to.

    `before` and `after` hold what to raise before, or after, the effect of a call: one entry is used up per call;
    `before_of` and `after_of` hold the same by resource, since services are called at the same time. What comes for a
    resource in `held` waits there.
    """

    def __init__(self) -> None:
        self.kept: dict[tuple[str, tuple[Any, ...]], tuple[Any, str]] = {}
        self.answered: dict[str, tuple[bytes, bytes]] = {}
        self.callers: set[tuple[str, frozenset[str], UUID | None]] = set()
        self.before: list[Exception | None] = []
        self.after: list[Exception | None] = []
        self.before_of: dict[str, list[Exception | None]] = {}
        self.after_of: dict[str, list[Exception | None]] = {}
        self.held: dict[str, asyncio.Event] = {}
        self.asked: set[str] = set()
        self.calls: Counter[str] = Counter()

    async def send(self, caller: Principal, resource: str, key: str, body: bytes) -> bytes:
        self.callers.add((caller.subject, caller.roles, caller.store.id if caller.store else None))
        self.calls[key] += 1
        self.asked.add(resource)
        if (held := self.held.get(resource)) is not None:
            await held.wait()
        _raise(self.before)
        _raise(self.before_of.get(resource, []))
        if key not in self.answered:
            self.answered[key] = (body, self._effect(resource, orjson.loads(body)))
        first, answer = self.answered[key]
        if first != body:
            raise BatchRefused("the key was used for another body")
        _raise(self.after)
        _raise(self.after_of.get(resource, []))
        return answer

    def _effect(self, resource: str, document: dict[str, Any]) -> bytes:
        results = [self._row(resource, row, document["import_id"]) for row in document["rows"]]
        return orjson.dumps({"results": results, "counts": {}, "merged": 0})

    def _row(self, resource: str, row: dict[str, Any], import_id: str) -> dict[str, Any]:
        number = row.pop("row")
        remarks: dict[str, list[dict[str, str]]] = {"warnings": [], "errors": []}
        if resource == "vehicles" and len(row["vin"]) != 17:
            remarks["errors"].append({"field": "vin", "code": "vin-invalid", "detail": "a VIN has 17 characters"})
            return {"row": number, "outcome": "rejected", **remarks}
        if resource == "customers" and row["mobile"] and row["mobile"].isdigit() and len(row["mobile"]) != 11:
            remarks["warnings"].append({"field": "mobile", "code": "mobile-not-11-digits", "detail": ""})
        key = (resource, tuple(row.get(name) for name in _KEYS[resource]))
        former = self.kept.get(key)
        if former is not None and former[1] == import_id:
            return {"row": number, "outcome": "duplicate", **remarks}
        self.kept[key] = (row, import_id)
        outcome = "created" if former is None else "unchanged" if former[0] == row else "updated"
        return {"row": number, "outcome": outcome, **remarks}


def _raise(planned: list[Exception | None]) -> None:
    error = planned.pop(0) if planned else None
    if error is not None:
        raise error


def unavailable() -> ServiceUnavailable:
    return ServiceUnavailable("nobody answers")


@dataclass
class Importing:
    """The gateway under test, a caller with the role of a service manager, and the services behind."""

    app: FastAPI
    client: httpx.AsyncClient
    keys: Keys
    store: AStore
    services: ObedientServices = field(default_factory=ObedientServices)

    @property
    def database(self) -> Database:
        database: Database = self.app.state.database
        return database

    def headers(self, *roles: str, store: AStore | None = None) -> dict[str, str]:
        return bearer(self.keys, "gateway", *(roles or ("service_manager",)), stores=[store or self.store])

    async def post(
        self,
        files: dict[str, bytes] | None = None,
        fields: Mapping[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        content = september() if files is None else files
        parts = [("files", (name, data, "text/csv")) for name, data in content.items()]
        return await self.client.post("/v1/imports", files=parts, data=fields or {}, headers=headers or self.headers())

    async def accepted(self, files: dict[str, bytes] | None = None, fields: Mapping[str, str] | None = None) -> Key:
        answer = await self.post(files, fields)
        assert answer.status_code == 202, answer.text
        return Key(self.store.id, UUID(answer.json()["id"]))

    def runner(self, services: Bulk | None = None) -> ImportRunner:
        return ImportRunner(self.database, services or self.services)

    async def imported(
        self, files: dict[str, bytes] | None = None, fields: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        key = await self.accepted(files, fields)
        await self.runner().run(key)
        return await self.get(f"/v1/imports/{key.id}")

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        answer = await self.client.get(path, headers={**self.headers(), **(headers or {})})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def all_rows(self, path: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        following: str | None = path
        while following:
            page = await self.get(following)
            rows += page["items"]
            following = page["next"]
        return rows

    async def count(self, table: str) -> int:
        async with self.database.transaction(self.store.id) as session:
            counted: int = (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()
        return counted


@asynccontextmanager
async def importing(
    clone_database: Callable[[str], Clone], keys: Keys, *stores: AStore, max_body_bytes: int = 1 << 25
) -> AsyncIterator[Importing]:
    environment = process_environment("gateway", clone_database("gateway").app_url, keys)
    settings = Settings(**environment, max_body_bytes=max_body_bytes)
    parts = Parts(title="imports", migrations="gateway/migrations", routers=[router], refusals=[ImportRefusal])
    app = create_app(settings, parts)
    async with calling(app) as client:
        for store in stores:
            async with app.state.database.transaction() as session:
                await session.execute(_STORE, {"id": store.id, "code": store.code})
        yield Importing(app, client, keys, stores[0])


_STORE = text("""
    INSERT INTO store (id, code, name, time_zone, currency) VALUES (:id, :code, 'A', 'Asia/Shanghai', 'CNY')
""")
