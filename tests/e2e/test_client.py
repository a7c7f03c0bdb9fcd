"""Calls to a gateway that stumbles: a small server stands for it."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from aftermile import client
from aftermile.client import Gateway, Login, Refused, Unreachable

LOGIN = Login("admin", "secret")
Answer = tuple[int, dict[str, Any]]


class StandIn(ThreadingHTTPServer):
    """Answers what the test says, and keeps the idempotency keys it saw."""

    answers: Callable[[str], Answer | None]

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.keys: list[str | None] = []
        self.tokens = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: StandIn
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/login":
            self.server.tokens += 1
            self._send(200, {"access_token": f"token-{self.server.tokens}"})
            return
        self.server.keys.append(self.headers["Idempotency-Key"])
        self._answer()

    def _answer(self) -> None:
        answer = self.server.answers(self.path)
        if answer is None:
            self.close_connection = True
            return
        self._send(*answer)

    def _send(self, status: int, body: dict[str, Any]) -> None:
        written = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setattr(client, "PAUSE_SECONDS", 0.01)
    with StandIn() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def in_turn(*answers: Answer | None) -> Callable[[str], Answer | None]:
    waiting = list(answers)
    return lambda _path: waiting.pop(0)


def test_a_post_that_was_cut_off_is_repeated_with_the_same_key(server: StandIn) -> None:
    server.answers = in_turn(None, (503, {}), (201, {"id": "1"}))
    with Gateway(server.url, LOGIN) as gateway:
        assert gateway.post("/v1/runs", {"month": "2026-09"}) == {"id": "1"}
    assert len(server.keys) == 3
    assert len(set(server.keys)) == 1


def test_an_expired_token_is_renewed_once(server: StandIn) -> None:
    server.answers = in_turn((401, {}), (200, {"ok": True}))
    with Gateway(server.url, LOGIN) as gateway:
        assert gateway.get("/v1/feeds") == {"ok": True}
    assert server.tokens == 2


def test_a_problem_is_told_with_its_fields(server: StandIn) -> None:
    problem = {"title": "Refused", "detail": "it is so", "errors": [{"pointer": "/month", "detail": "no month"}]}
    server.answers = in_turn((422, problem))
    with (
        Gateway(server.url, LOGIN) as gateway,
        pytest.raises(Refused, match=r"(?s)Refused: it is so.*/month: no month"),
    ):
        gateway.post("/v1/runs", {"month": "x"})


def test_a_list_is_read_page_after_page(server: StandIn) -> None:
    server.answers = in_turn(
        (200, {"items": [{"n": 1}, {"n": 2}], "next": "/v1/x?cursor=c"}), (200, {"items": [{"n": 3}], "next": None})
    )
    with Gateway(server.url, LOGIN) as gateway:
        assert [item["n"] for item in gateway.items("/v1/x")] == [1, 2, 3]


def test_a_query_in_the_path_arrives(server: StandIn) -> None:
    seen: list[str] = []

    def answers(path: str) -> Answer:
        seen.append(path)
        return 200, {}

    server.answers = answers
    with Gateway(server.url, LOGIN) as gateway:
        gateway.get("/v1/upsells?order=W1")
        gateway.get("/v1/upsells", order="W1")
    assert seen == ["/v1/upsells?order=W1"] * 2


def test_a_gateway_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "RETRY_SECONDS", 0.1)
    with pytest.raises(Unreachable, match="does not answer"), Gateway("http://127.0.0.1:9", LOGIN):
        pass
