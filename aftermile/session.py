"""A stack to work with: the one that runs on a folder, or a new one for as long as it is needed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from aftermile.client import Gateway, Login
from aftermile.failures import Failure
from aftermile.keys import load
from aftermile.plan import NAMES
from aftermile.ports import free_base
from aftermile.state import StateFolder
from aftermile.status import end
from aftermile.words import Language

USERNAME = "admin"
DEMO_MARK = "demo"


class StackDied(Failure):
    """The stack that was started has ended before its time."""


class NotADemo(Failure):
    """A demo empties its folder, and this one holds something else."""


class NothingRuns(Failure):
    """The command needs a running stack."""


def gateway_of(state: StateFolder, language: Language, store: str | None = None) -> Gateway:
    """The gateway of the stack that runs on the folder, as its first account."""
    running = state.running()
    if running is None:
        raise NothingRuns(f"nothing runs on {state.path}: start it with 'aftermile up'")
    login = Login(USERNAME, load(state.secrets).admin_password)
    return Gateway(f"http://127.0.0.1:{running.port_base}", login, language=language, store=store)


@contextmanager
def a_stack(state: StateFolder, port_base: int, *, keep: bool) -> Iterator[None]:
    """The one that runs on the folder, or a new one with empty databases; a new one ends with the demo unless kept."""
    if state.running() is not None:
        yield
        return
    _empty(state)
    base = free_base(port_base, len(NAMES))
    supervisor = _start(state, base, keep=keep)
    try:
        while (running := state.running()) is None or not running.ready:
            if supervisor.poll() is not None:
                raise StackDied((state.logs / "up.log").read_text().strip()[-2000:])
            time.sleep(0.1)
        yield
    except BaseException:
        end(state)
        raise
    if not keep:
        supervisor.send_signal(signal.SIGTERM)
        supervisor.wait(60)


def _empty(state: StateFolder) -> None:
    """Only what a demo has made is ever erased."""
    mark = state.path / DEMO_MARK
    if state.path.exists() and any(state.path.iterdir()) and not mark.exists():
        raise NotADemo(f"{state.path} is no folder of a demo and is left alone: choose another --state")
    state.erase()
    state.prepare()
    mark.touch()


def _start(state: StateFolder, base: int, *, keep: bool) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "AFTERMILE_STATE": str(state.path)}
    if not keep:
        environment["AFTERMILE_PARENT"] = str(os.getpid())
    with (state.logs / "up.log").open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "aftermile", "up", "--port-base", str(base)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
