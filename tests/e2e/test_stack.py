"""The whole stack as its users start and end it: real processes on free ports, in a folder of its own."""

import os
import signal
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

from aftermile.plan import NAMES
from aftermile.ports import is_free
from aftermile.postgres import running_port
from aftermile.state import StateFolder
from aftermile.supervisor import STOP_SECONDS, answers_ready
from tests.e2e.stacks import PATIENCE, alive, eventually, kill, own_base, run, running, started

pytestmark = pytest.mark.e2e


def nothing_left(pids: list[int], base: int) -> bool:
    return not any(alive(pid) for pid in pids) and all(is_free(port) for port in range(base, base + len(NAMES)))


def pids_of(state: StateFolder) -> list[int]:
    return [pid for pid, _ in running(state).processes.values()]


@pytest.fixture
def base() -> int:
    return own_base()


@pytest.fixture
def state(open_folder: Path) -> StateFolder:
    return StateFolder(open_folder / "state")


def test_one_command_starts_everything_mends_what_dies_and_ends_everything(state: StateFolder, base: int) -> None:
    with started(state, base) as up:
        assert set(running(state).processes) == set(NAMES)
        assert all(answers_ready(base + place) for place in range(len(NAMES)))

        for name, (pid, _) in running(state).processes.items():
            environment = psutil.Process(pid).environ()
            assert f"/aftermile_{name}" in environment["AFTERMILE_DATABASE_URL"]
            assert [key for key in environment if "OWNER" in key or "POSTGRES_URL" in key] == []
            assert os.getpgid(pid) == pid

        shown = run("status", "--state", state.path)
        assert shown.returncode == 0
        assert all(name in shown.stdout for name in NAMES)

        well = run("doctor", "--state", state.path)
        assert well.returncode == 0, well.stdout

        second = run("up", "--state", state.path, "--port-base", str(base + 10))
        assert second.returncode == 1
        assert f"in use by process {up.pid}" in second.stderr

        busy = run("up", "--state", state.path.parent / "other", "--port-base", str(base))
        assert busy.returncode == 1
        assert f"port {base} is taken by process {running(state).processes['gateway'][0]}" in busy.stderr

        for name in ("survey", "gateway"):
            killed, port = running(state).processes[name]
            kill(state, name)
            eventually(partial(is_anew, state, name, killed))
            eventually(partial(answers_ready, port))

        kill(state, "postgres")
        eventually(lambda: running_port(state.postgres) is not None)
        eventually(lambda: all(answers_ready(port) for _, port in running(state).processes.values()))

        pids = pids_of(state)
        up.send_signal(signal.SIGINT)
        assert up.wait(PATIENCE) == 0
        assert nothing_left(pids, base)
        assert running_port(state.postgres) is None
    assert run("status", "--state", state.path).returncode == 3


def is_anew(state: StateFolder, name: str, killed: int) -> bool:
    return running(state).processes[name][0] not in {0, killed}


def test_a_killed_supervisor_takes_its_children_along_and_a_second_ctrl_c_does_not_wait(
    state: StateFolder, base: int
) -> None:
    with started(state, base) as up:
        first = pids_of(state)
        up.kill()
        up.wait()
    with started(state, base) as up:
        assert not any(alive(pid) for pid in first)
        second = pids_of(state)
        assert len(second) == len(NAMES)
        for pid in second:
            os.kill(pid, signal.SIGSTOP)
        up.send_signal(signal.SIGINT)
        time.sleep(2)
        assert up.poll() is None
        up.send_signal(signal.SIGINT)
        up.wait(1.5 * STOP_SECONDS)  # the gateway and then the services would each be waited for
        assert nothing_left(second, base)
    assert running_port(state.postgres) is None
