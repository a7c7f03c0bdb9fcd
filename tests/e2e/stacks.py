"""Starting and watching a whole stack from a test, as a user would from a terminal."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from aftermile.binaries import existing_home
from aftermile.client import Gateway
from aftermile.plan import NAMES
from aftermile.ports import free_base
from aftermile.postgres import sessions_on
from aftermile.session import gateway_of
from aftermile.state import Running, StateFolder

PATIENCE = 90.0


@contextmanager
def an_open_folder() -> Iterator[Path]:
    """A short-lived folder whose parents anyone may pass, as a database server that does not run as root needs."""
    folder = Path(tempfile.mkdtemp(prefix="aftermile-", dir=Path(tempfile.gettempdir()).resolve()))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "aftermile", *map(str, arguments)]


def run(*arguments: str | Path, seconds: float = PATIENCE) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AFTERMILE_")}
    return subprocess.run(
        command(*arguments), check=False, capture_output=True, text=True, timeout=seconds, env=environment
    )


def eventually(condition: Callable[[], bool], *, within: float = PATIENCE) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.1)


def own_base() -> int:
    """Free ports far from the default, others for each worker, and hardly ever those of another run of the tests."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return free_base(20_000 + 1000 * worker + 20 * secrets.randbelow(45), len(NAMES), step=20)


@contextmanager
def started(state: StateFolder, base: int) -> Iterator[subprocess.Popen[bytes]]:
    up = subprocess.Popen(
        command("up", "--state", state.path, "--port-base", str(base)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        eventually(lambda: is_ready(state) or up.poll() is not None)
        assert up.poll() is None, "the stack did not come up"
        yield up
    finally:
        if up.poll() is None:
            up.send_signal(signal.SIGINT)
            up.wait(PATIENCE)


@contextmanager
def a_stack_for_tests() -> Iterator[StateFolder]:
    """Started once for many tests, and ended as a user would."""
    with an_open_folder() as folder:
        state = StateFolder(folder / "state")
        with started(state, own_base()):
            yield state
            ended = run("down", "--state", state.path)
            assert ended.returncode == 0, ended.stderr


def a_store(state: StateFolder, code: str) -> Gateway:
    """A shop of its own: what one test imports, another does not see."""
    with gateway_of(state, "en") as gateway:
        gateway.post("/v1/stores", {"code": code, "name": code, "time_zone": "Asia/Shanghai"})
    return gateway_of(state, "en", code)


def is_ready(state: StateFolder) -> bool:
    found = state.running()
    return found is not None and found.ready


def running(state: StateFolder) -> Running:
    found = state.running()
    assert found is not None
    return found


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def _kill_once_alive(state: StateFolder, name: str, deadline: float) -> None:
    while True:
        try:
            os.kill(running(state).processes[name][0], signal.SIGKILL)
            return
        except ProcessLookupError:
            assert time.monotonic() < deadline, f"{name} did not come back"
            time.sleep(0.05)


def kill(state: StateFolder, name: str) -> None:
    """kill -9 of one of the five, waited for while it starts again, or of the database with all its sessions."""
    if name != "postgres":
        _kill_once_alive(state, name, time.monotonic() + 60)
        return
    data = existing_home(state.postgres) / "data"
    for process in sessions_on(data):
        with suppress(psutil.NoSuchProcess):
            process.kill()
