"""A caller of a service, as tests want him: short to write, and loud when an answer is not the expected one."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import event


@dataclass(frozen=True)
class Caller:
    client: httpx.AsyncClient
    headers: dict[str, str]

    async def get(self, path: str, **parameters: Any) -> httpx.Response:
        return await self.client.get(path, params=parameters or None, headers=self.headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self._send("POST", path, body, headers)

    async def patch(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return await self._send("PATCH", path, body, headers)

    async def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        told = body if body is not None else {}
        return await self.client.request(method, path, json=told, headers={**self.headers, **named})

    async def read(self, path: str, **parameters: Any) -> Any:
        response = await self.get(path, **parameters)
        assert response.status_code == 200, response.text
        return response.json()

    async def make(self, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        response = await self.post(path, body, **headers)
        assert response.status_code in {200, 201}, response.text
        made: dict[str, Any] = response.json()
        return made

    async def take_in(self, resource: str, *rows: dict[str, Any], **members: Any) -> dict[str, Any]:
        """The report of a bulk call; rows without a row number get one."""
        numbered = [{"row": number, **row} for number, row in enumerate(rows, start=2)]
        return await self.make(f"/v1/bulk/{resource}", {"source": "dms", "rows": numbered, **members})

    async def outcomes(self, resource: str, *rows: dict[str, Any], **members: Any) -> list[str]:
        report = await self.take_in(resource, *rows, **members)
        return [result["outcome"] for result in report["results"]]


def tally(events: list[dict[str, Any]]) -> dict[str, int]:
    return dict(Counter(event["type"] for event in events))


@contextmanager
def statements_of(app: FastAPI) -> Iterator[list[str]]:
    """What the app asks its database from here on, without what opens a transaction."""
    sent: list[str] = []
    engine = app.state.database._engine.sync_engine

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "set_config('statement_timeout'" not in statement:
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
