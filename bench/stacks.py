"""A stack of its own for a measurement, with the month of the demo in it."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from aftermile import work
from aftermile.client import Gateway
from aftermile.keys import load
from aftermile.plan import NAMES
from aftermile.ports import free_base
from aftermile.provision import database_urls
from aftermile.session import USERNAME, a_stack, gateway_of
from aftermile.state import StateFolder
from chassis.auth import Signer

EXPORT = Path(__file__).resolve().parent.parent / "demo" / "dms-export-2026-09"
MONTH = "2026-09"


@dataclass(frozen=True)
class Measured:
    """A running stack: its folder, an administrator at its gateway, and its processes."""

    state: StateFolder
    gateway: Gateway

    @property
    def admin_url(self) -> str:
        port = next(
            each.connections("tcp4")[0].laddr.port for each in self.processes() if each.name() == "postgres"
        )  # fmt: skip
        return f"postgresql://postgres:{load(self.state.secrets).postgres}@127.0.0.1:{port}/postgres"

    def application_url(self, name: str) -> str:
        secrets = load(self.state.secrets)
        return database_urls(self.admin_url, name, secrets.owner[name], secrets.application[name]).application

    def owner_url(self, name: str) -> str:
        secrets = load(self.state.secrets)
        return database_urls(self.admin_url, name, secrets.owner[name], secrets.application[name]).owner

    def processes(self) -> list[psutil.Process]:
        """The supervisor, the five, and PostgreSQL with its backends."""
        running = self.state.running()
        assert running is not None
        supervisor = psutil.Process(running.supervisor)
        found = {each.pid: each for each in [supervisor, *supervisor.children(recursive=True)]}
        for pid, _port in running.processes.values():
            process = psutil.Process(pid)
            found |= {each.pid: each for each in [process, *process.children(recursive=True)]}
        return list(found.values())

    def authorization(self) -> dict[str, str]:
        """Headers of the administrator."""
        login = {"username": USERNAME, "password": load(self.state.secrets).admin_password}
        token = httpx.post(f"{self.gateway.url}/v1/login", json=login).raise_for_status().json()["access_token"]
        return {"Authorization": f"Bearer {token}"}

    def as_the_gateway(self, service: str, store: Mapping[str, object]) -> dict[str, str]:
        """Headers that a service takes: an administrator of one store, as the gateway exchanges him."""
        claim = {name: store[name] for name in ("id", "code", "time_zone", "currency")}
        claims = {"sub": "bench", "kind": "staff", "name": "bench", "roles": ["administrator"], "employee": "SA01"}
        signer = Signer(load(self.state.secrets).signing_key("gateway"), "gateway")
        token = signer.sign(service, {**claims, "stores": [claim]}, now=time.time(), seconds=3600)
        return {"Authorization": f"Bearer {token}"}

    def url_of(self, service: str) -> str:
        running = self.state.running()
        assert running is not None
        return f"http://127.0.0.1:{running.processes[service][1]}"

    @property
    def store(self) -> Mapping[str, object]:
        return next(iter(self.gateway.items("/v1/stores")))

    @property
    def store_id(self) -> str:
        return str(self.store["id"])


@contextmanager
def a_measured_stack() -> Iterator[Measured]:
    folder = Path(tempfile.mkdtemp(prefix="aftermile-bench-"))
    folder.chmod(0o755)
    state = StateFolder(folder / "state")
    with ExitStack() as opened:
        opened.callback(shutil.rmtree, folder, ignore_errors=True)
        opened.callback(state.erase)
        opened.enter_context(a_stack(state, free_base(19_000, len(NAMES)), keep=False))
        yield Measured(state, opened.enter_context(gateway_of(state, "en")))


def with_the_month(stack: Measured) -> None:
    work.ensure_plan(stack.gateway)
    work.ensure_questionnaire(stack.gateway)
    work.import_export(stack.gateway, EXPORT, MONTH, lambda _done, _total: None)
    work.wait_for_feeds(stack.gateway)
    work.run_month(stack.gateway, MONTH)


@contextmanager
def a_server(application: str, port: int, environment: Mapping[str, str], ready: str) -> Iterator[None]:
    """An ASGI application factory under uvicorn, as a process of its own."""
    arguments = ["--factory", application, "--port", str(port), "--no-access-log", "--log-level", "warning"]
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", *arguments], env={**os.environ, **environment}, stdin=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}{ready}", timeout=5)
                break
            except httpx.TransportError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(10)
