"""The folder of one installation on this machine: its secrets, its lock, its logs, and what runs at the moment."""

import contextlib
import fcntl
import json
import os
import shutil
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from aftermile.binaries import discard_home, server_account
from aftermile.failures import Failure

MAX_LOG_BYTES = 10_000_000
KEPT_LOGS = 3


LOCK_SECONDS = 0.5
"""Longer than a look at the lock takes, shorter than anybody's patience."""


class AlreadyRunning(Failure):
    """Another process holds this folder."""


def _taken(handle: int) -> bool:
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        else:
            return True


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


@dataclass
class Running:
    """What `aftermile up` has started: (process id, port) by name; `ready` when all of it serves."""

    supervisor: int
    port_base: int
    ready: bool = False
    processes: dict[str, tuple[int, int]] = field(default_factory=dict)


class StateFolder:
    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.secrets = self.path / "secrets.json"
        self.postgres = self.path / "postgres"
        self.logs = self.path / "logs"
        self.files = self.path / "files"
        self._lock: int | None = None

    def prepare(self) -> None:
        """Closed to everybody else; as root the account of the database server may pass through, not look."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.chmod(0o700)
        server_account().let_in(self.path)
        for folder in (self.logs, self.files):
            folder.mkdir(mode=0o700, exist_ok=True)

    def lock(self) -> None:
        """Held until the process ends, however it ends."""
        handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not _taken(handle):
            os.close(handle)
            running = self.running()
            who = f"process {running.supervisor}" if running else "another process"
            raise AlreadyRunning(
                f"{self.path} is in use by {who}: 'aftermile status' shows it, 'aftermile down' ends it"
            )
        self._lock = handle

    def unlock(self) -> None:
        if self._lock is not None:
            (self.path / "running.json").unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def is_locked(self) -> bool:
        try:
            handle = os.open(self.path / "lock", os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    def record(self, running: Running) -> None:
        draft = self.path / "running.new"
        draft.write_text(json.dumps(asdict(running)))
        draft.rename(self.path / "running.json")

    def running(self) -> Running | None:
        """What runs now: the record of a supervisor that is gone does not count, though another may be starting."""
        record = self._recorded() if self.is_locked() else None
        return record if record is not None and _lives(record.supervisor) else None

    def recorded_processes(self) -> list[tuple[int, int]]:
        """(process id, port) of what the last supervisor started, whether or not it still lives."""
        record = self._recorded()
        return [] if record is None else [(pid, port) for pid, port in record.processes.values()]

    def _recorded(self) -> Running | None:
        with contextlib.suppress(FileNotFoundError, ValueError, TypeError):
            return Running(**json.loads((self.path / "running.json").read_text()))
        return None

    def log_of(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def rotate_log(self, name: str) -> Path:
        """Done at a start only: a running process keeps its file open."""
        log = self.log_of(name)
        if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
            for number in range(KEPT_LOGS - 1, 0, -1):
                older = log.with_suffix(f".log.{number}")
                if older.exists():
                    older.rename(log.with_suffix(f".log.{number + 1}"))
            log.rename(log.with_suffix(".log.1"))
        return log

    def erase(self) -> None:
        """Removes the installation with its data."""
        if self.is_locked():
            raise AlreadyRunning(f"{self.path} is in use")
        if self.path.exists():
            discard_home(self.postgres)
            shutil.rmtree(self.path)
