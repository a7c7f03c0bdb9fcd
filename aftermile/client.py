"""Calls to the gateway: logs in, repeats safely what was cut off, and turns problem documents into sentences."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self
from uuid import uuid4

import httpx

from aftermile.failures import Failure

RETRY_SECONDS = 60.0
PAUSE_SECONDS = 0.25
CUT_OFF = (httpx.ConnectError, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError, httpx.ReadTimeout)


class Refused(Failure):
    """The gateway answered with a problem document."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        self.problem = problem
        fields = [f"  {e.get('pointer', '')}: {e.get('detail', '')}" for e in problem.get("errors") or ()]
        detail = ": ".join(part for part in (problem.get("title"), problem.get("detail")) if part)
        super().__init__("\n".join([detail or "refused", *fields]))


class Unreachable(Failure):
    """No answer from the gateway."""


@dataclass(frozen=True)
class Login:
    username: str
    password: str


class Gateway:
    """Every POST carries an idempotency key, so a call that was cut off is made again without being done twice."""

    def __init__(self, url: str, login: Login, *, language: str = "en", store: str | None = None) -> None:
        """`store` is the code of the store to act for; it may be left out by who has only one."""
        self.url = url
        self._login = {"username": login.username, "password": login.password}
        self._http = httpx.Client(base_url=url, timeout=httpx.Timeout(60, connect=5), trust_env=False)
        self._http.headers["Accept-Language"] = language
        if store is not None:
            self._http.headers["X-Store"] = store

    def __enter__(self) -> Self:
        answer = self._checked(self._repeated("POST", "/v1/login", json=self._login))
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, **parameters: str) -> Any:  # noqa: ANN401 - JSON
        """Without parameters of its own, the path's query stays: an empty one would replace it."""
        return self.answer("GET", path, params=parameters or None).json()

    def items(self, path: str, **parameters: str) -> Iterator[dict[str, Any]]:
        """All of a list, page after page."""
        page = self.get(path, **parameters)
        yield from page["items"]
        while page["next"]:
            page = self.answer("GET", page["next"]).json()
            yield from page["items"]

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, version: int | None = None) -> Any:  # noqa: ANN401 - JSON
        """`version` is the one that was read, for changes of state."""
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        return self.answer("POST", path, json=body or {}, headers=headers).json()

    def answer(self, method: str, path: str, **call: Any) -> httpx.Response:  # noqa: ANN401 - as httpx takes it
        if method == "POST":
            call["headers"] = {"Idempotency-Key": str(uuid4()), **call.get("headers", {})}
        response = self._repeated(method, path, **call)
        if response.status_code == 401:
            self.__enter__()
            response = self._repeated(method, path, **call)
        return self._checked(response)

    def _repeated(self, method: str, path: str, **call: Any) -> httpx.Response:  # noqa: ANN401 - as httpx takes it
        deadline = time.monotonic() + RETRY_SECONDS
        while True:
            try:
                response = self._http.request(method, path, **call)
            except CUT_OFF as error:
                if time.monotonic() > deadline:
                    raise Unreachable(f"{self.url} does not answer ({error}): is the stack up?") from error
            else:
                if response.status_code not in {502, 503, 504} or time.monotonic() > deadline:
                    return response
            time.sleep(PAUSE_SECONDS)

    def _checked(self, response: httpx.Response) -> httpx.Response:
        if response.is_success:
            return response
        try:
            problem = response.json()
        except ValueError:
            problem = {"title": f"HTTP {response.status_code}", "detail": response.text[:300]}
        raise Refused(problem)
