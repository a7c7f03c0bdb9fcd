"""The whole system on this machine: database, five processes, one terminal."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import psutil

from aftermile.failures import Failure
from aftermile.keys import Secrets, load_or_generate
from aftermile.plan import NAMES, ProcessPlan, inherited_environment, port_of, process_plans
from aftermile.ports import require_free
from aftermile.postgres import EmbeddedPostgres
from aftermile.provision import database_urls
from aftermile.state import Running, StateFolder
from aftermile.supervisor import STOP_SECONDS, ServiceProcess, Supervised, Supervisor

READY_SECONDS = 90.0
FRUITLESS_RESTARTS = 3
DATABASE, SERVICES, GATEWAY = range(3)


class StartFailed(Failure):
    """The stack could not be brought up; the text says which part and why."""


class _Stopped(Exception):  # noqa: N818 - nothing is wrong
    """The user ended the start."""


@dataclass(frozen=True)
class Choices:
    """What the user may choose about a stack."""

    port_base: int
    logs_to_terminal: bool = False


class SupervisedPostgres:
    name = "postgres"

    def __init__(self, server: EmbeddedPostgres) -> None:
        self.server = server

    @property
    def pid(self) -> int | None:
        return self.server.pid

    def start(self) -> None:
        self.server.start()

    def request_stop(self) -> None:
        self.server.request_stop()

    def kill(self) -> None:
        self.server.stop()

    def is_ready(self) -> bool:
        return self.pid is not None


class Stack:
    def __init__(self, state: StateFolder, choices: Choices, tell: Callable[[str], None]) -> None:
        self.state = state
        self.choices = choices
        self.tell = tell
        self.supervisor = Supervisor(tell)
        self._processes: list[ServiceProcess] = []
        self._migrate_options: list[str] = []
        self._stops_requested = 0
        self._running = Running(os.getpid(), choices.port_base)

    def run(self, when_ready: Callable[[], object]) -> None:
        """Returns after the user has ended it; raises StartFailed and its like when it never came up."""
        self.state.prepare()
        self.state.lock()
        previous = self._catch_signals()
        try:
            self._start()
            when_ready()
            self._watch()
        except _Stopped:
            pass
        finally:
            if self._running.processes:
                self.tell("stopping")
            self.supervisor.stop(lambda: self._stops_requested > 1)
            self.state.unlock()
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _catch_signals(self) -> Mapping[signal.Signals, signal.Handlers]:
        def request_stop(_number: int, _frame: FrameType | None) -> None:
            self._stops_requested += 1

        numbers = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            numbers.append(signal.SIGHUP)
        return {number: signal.signal(number, request_stop) for number in numbers}  # type: ignore[misc]

    def _start(self) -> None:
        end_leftovers(self.state)
        require_free(port_of(name, self.choices.port_base) for name in NAMES)
        given = load_or_generate(self.state.secrets)
        self._record()
        admin_url = self._admin_url(given)
        self._prepare_databases(given, admin_url)
        urls = {n: database_urls(admin_url, n, given.owner[n], given.application[n]).application for n in NAMES}
        for plan in process_plans(given, urls, self.choices.port_base, self.state.files):
            self._start_service(plan)
        self._await_ready()

    def _admin_url(self, given: Secrets) -> str:
        """The user's own server, or one of ours that is then supervised like the rest."""
        if own := os.environ.get("AFTERMILE_POSTGRES_URL"):
            return own
        self._migrate_options = ["--own-server"]
        server = EmbeddedPostgres(self.state.postgres, given.postgres, ends_with_parent=True)
        self.tell("starting PostgreSQL")
        self.supervisor.start(SupervisedPostgres(server), DATABASE)
        return server.url

    def _prepare_databases(self, given: Secrets, admin_url: str) -> None:
        """In a process of its own: it needs much memory for a short time, and may be interrupted."""
        self.tell("preparing databases")
        log = self.state.rotate_log("prepare")
        environment = {
            **inherited_environment(),
            **{key: value for key, value in os.environ.items() if key.startswith("AFTERMILE_STORE_")},
            **{f"AFTERMILE_{name.upper()}_OWNER_PASSWORD": given.owner[name] for name in NAMES},
            **{f"AFTERMILE_{name.upper()}_APP_PASSWORD": given.application[name] for name in NAMES},
            "AFTERMILE_POSTGRES_URL": admin_url,
            "AFTERMILE_ADMIN_PASSWORD": given.admin_password,
        }
        with log.open("ab") as output:
            child = subprocess.Popen(
                [sys.executable, "-m", "aftermile", "migrate", *self._migrate_options],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            while child.poll() is None:
                self._pause(0.05)
        finally:
            child.kill()
        if child.returncode:
            raise StartFailed(f"the databases could not be prepared ({log}):\n{tail(log)}")

    def _start_service(self, plan: ProcessPlan) -> None:
        log = None if self.choices.logs_to_terminal else self.state.rotate_log(plan.name)
        process = ServiceProcess(plan.name, plan.port, plan.environment, log)
        self._processes.append(process)
        self.supervisor.start(process, GATEWAY if plan.name == "gateway" else SERVICES)
        self._record()

    def _await_ready(self) -> None:
        self.tell("starting the five processes")
        deadline = time.monotonic() + READY_SECONDS
        waiting: list[Supervised] = list(self._processes)
        while waiting:
            self._pause(0.1)
            if self.supervisor.look():
                self._record()
            waiting = [process for process in waiting if not process.is_ready()]
            for process in waiting:
                fruitless = self.supervisor.restarts(process.name) >= FRUITLESS_RESTARTS
                if fruitless or time.monotonic() > deadline:
                    log = self.state.log_of(process.name)
                    raise StartFailed(f"{process.name} does not become ready ({log}):\n{tail(log)}")
        self._running.ready = True
        self._record()

    def _watch(self) -> None:
        try:
            while True:
                self._pause(0.25)
                if self.supervisor.look():
                    self._record()
        except _Stopped:
            return

    def _pause(self, seconds: float) -> None:
        if self._stops_requested:
            raise _Stopped
        time.sleep(seconds)

    def _record(self) -> None:
        self._running.processes = {p.name: (p.pid or 0, p.port) for p in self._processes}
        self.state.record(self._running)


def end_leftovers(state: StateFolder) -> None:
    """Children of a supervisor that was killed end by themselves; this waits for them, and ends who does not."""
    leftovers = [process for pid, _ in state.recorded_processes() if (process := _service_process(pid)) is not None]
    _, alive = psutil.wait_procs(leftovers, timeout=STOP_SECONDS)
    for process in alive:
        process.kill()
    psutil.wait_procs(alive, timeout=5)


def _service_process(pid: int) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        return process if "aftermile.serve" in process.cmdline() else None
    except psutil.Error:
        return None


def tail(log: Path, size: int = 1500) -> str:
    if not log.exists():
        return "no output"
    with log.open("rb") as written:
        written.seek(max(0, log.stat().st_size - size))
        return written.read().decode(errors="replace").strip()
