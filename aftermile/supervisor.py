"""Keeps processes running: starts them, restarts what dies ever more slowly, and ends all of them in order."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from aftermile.binaries import PostgresUnavailable

FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
STABLE_SECONDS = 60.0
"""Who has run this long may be restarted at once again."""

STOP_SECONDS = 15.0


class Supervised(Protocol):
    """Something that runs and can be started again."""

    name: str

    @property
    def pid(self) -> int | None: ...

    def start(self) -> None: ...

    def request_stop(self) -> None: ...

    def kill(self) -> None: ...

    def is_ready(self) -> bool: ...


class ServiceProcess:
    """One of the five, in a session of its own so that a Ctrl-C in the terminal reaches the supervisor alone."""

    def __init__(self, name: str, port: int, environment: Mapping[str, str], log: Path | None) -> None:
        self.name = name
        self.port = port
        self._environment = environment
        self._log = log
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    def start(self) -> None:
        command = [sys.executable, "-m", "aftermile.serve", self.name]
        environment = {**self._environment, "AFTERMILE_PARENT": str(os.getpid())}
        if self._log is None:
            self._child = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
            return
        with self._log.open("ab") as output:
            self._child = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def request_stop(self) -> None:
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()

    def kill(self) -> None:
        if self._child is not None and self._child.poll() is None:
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()

    def is_ready(self) -> bool:
        return self.pid is not None and answers_ready(self.port)


def answers_ready(port: int) -> bool:
    return not readiness(port)


def readiness(port: int, seconds: float = 3.0) -> str:
    """Why the process behind this port is not ready; nothing when it is."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request("GET", "/ready")
        answer = connection.getresponse()
        return "" if answer.status == 200 else answer.read(500).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return f"no answer ({error})"
    finally:
        connection.close()


@dataclass
class _Watched:
    process: Supervised
    stage: int
    started: float
    delay: float = FIRST_DELAY
    due: float | None = None
    restarts: int = 0


class Supervisor:
    """Watches what it was given to start. Single-threaded: the children die with the thread that started them."""

    def __init__(self, tell: Callable[[str], None], now: Callable[[], float] = time.monotonic) -> None:
        self._tell = tell
        self._now = now
        self._watched: list[_Watched] = []

    def start(self, process: Supervised, stage: int) -> None:
        """What is of a later stage needs the earlier ones and is stopped before them."""
        self._watched.append(_Watched(process, stage, self._now()))
        process.start()

    def look(self) -> bool:
        """Restarts what is due; returns whether a process has been started anew."""
        started = [self._look_at(watched) for watched in self._watched]
        return any(started)

    def _look_at(self, watched: _Watched) -> bool:
        now = self._now()
        if watched.process.pid is not None:
            return False
        if watched.due is None:
            if now - watched.started > STABLE_SECONDS:
                watched.delay = FIRST_DELAY
            watched.due = now + watched.delay
            self._tell(f"{watched.process.name} has ended; it starts again in {watched.delay:g} s")
            watched.delay = min(watched.delay * 2, LONGEST_DELAY)
        if now < watched.due:
            return False
        watched.due, watched.started = None, now
        watched.restarts += 1
        try:
            watched.process.start()
        except (OSError, PostgresUnavailable) as error:
            self._tell(f"{watched.process.name} did not start: {error}")
            return False
        return True

    def restarts(self, name: str) -> int:
        return sum(watched.restarts for watched in self._watched if watched.process.name == name)

    def stop(self, is_urgent: Callable[[], bool]) -> None:
        """Ends stage after stage, the last first; urgent means kill."""
        for stage in sorted({watched.stage for watched in self._watched}, reverse=True):
            self._stop_all([watched.process for watched in self._watched if watched.stage == stage], is_urgent)
        self._watched.clear()

    def _stop_all(self, processes: Sequence[Supervised], is_urgent: Callable[[], bool]) -> None:
        for process in processes:
            process.request_stop()
        deadline = self._now() + STOP_SECONDS
        while any(p.pid is not None for p in processes) and self._now() < deadline and not is_urgent():
            time.sleep(0.02)
        for process in processes:
            if process.pid is not None:
                self._tell(f"{process.name} did not end in time and is killed")
                process.kill()
