"""People at the gateway of a running stack: each with an account, a role and a token of their own."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from aftermile.client import Gateway

PASSWORD = "a long enough one"


@dataclass(frozen=True)
class Person:
    """`post`, `patch` and `get` answer whatever comes; `make` and `read` want it to go well."""

    http: httpx.Client

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        return self.http.get(path, params=parameters)

    def post(self, path: str, body: Any = None, version: int | None = None, **headers: str) -> httpx.Response:
        return self._send("POST", path, body, version, headers)

    def patch(self, path: str, body: Any, version: int) -> httpx.Response:
        return self._send("PATCH", path, body, version, {})

    def _send(
        self, method: str, path: str, body: Any, version: int | None, headers: dict[str, str]
    ) -> httpx.Response:  # fmt: skip
        named = {"Idempotency-Key": str(uuid4()), **headers}
        if version is not None:
            named["If-Match"] = f'"{version}"'
        return self.http.request(method, path, json={} if body is None else body, headers=named)

    def read(self, path: str, **parameters: Any) -> Any:
        answer = self.get(path, **parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def make(self, path: str, body: Any = None, version: int | None = None, **headers: str) -> dict[str, Any]:
        answer = self.post(path, body, version, **headers)
        assert answer.status_code in {200, 201}, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def upload(self, path: str, content: bytes, kind: str, **parameters: Any) -> dict[str, Any]:
        headers = {"Content-Type": kind, "Idempotency-Key": str(uuid4())}
        answer = self.http.post(path, params=parameters, content=content, headers=headers)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made


def refused(answer: httpx.Response) -> tuple[int, str]:
    """The status, and what the problem is called."""
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


@contextmanager
def staff(admin: Gateway, store: dict[str, Any], **roles: tuple[str, str]) -> Iterator[dict[str, Person]]:
    """`advisor=("service_advisor", "SA01")`: an account with the role and the employee's number."""
    with ExitStack() as opened:
        people = {}
        for name, (role, employee) in roles.items():
            username = f"{name}.{store['code']}"
            membership = {"store_id": store["id"], "roles": [role], "employee": employee}
            account = {"username": username, "name": name, "password": PASSWORD, "memberships": [membership]}
            admin.post("/v1/accounts", account)
            http = opened.enter_context(httpx.Client(base_url=admin.url, timeout=60, trust_env=False))
            token = http.post("/v1/login", json={"username": username, "password": PASSWORD}).json()["access_token"]
            http.headers["Authorization"] = f"Bearer {token}"
            people[name] = Person(http)
        yield people


def customer_of(url: str) -> httpx.Client:
    """On a phone, with nothing but a link."""
    return httpx.Client(base_url=url, timeout=60, trust_env=False, headers={"Accept-Language": "zh-CN"})
