"""A real PostgreSQL server of our own in a folder: created, started, adopted when it already runs, and stopped."""

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import psutil

from aftermile.binaries import PostgresUnavailable, existing_home, home_for, postgres_programs, server_account
from aftermile.tether import tether

STARTUP_SECONDS = 60.0
STOP_SECONDS = 30.0
POLL_SECONDS = 0.02

SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "shared_buffers": "64MB",
        "max_connections": "80",
        "work_mem": "8MB",
        "maintenance_work_mem": "64MB",
        "max_wal_size": "512MB",
        "max_parallel_workers_per_gather": "0",
        "max_worker_processes": "4",
        "autovacuum_max_workers": "2",
        "io_method": "sync",
        "huge_pages": "off",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %u@%d ",
        "log_checkpoints": "off",
    }
)


class EmbeddedPostgres:
    """One server on the loopback address. As root it runs as an unprivileged user, see `aftermile.binaries`."""

    def __init__(
        self,
        folder: Path,
        password: str,
        *,
        port: int | None = None,
        options: Mapping[str, str] = MappingProxyType({}),
        ends_with_parent: bool = False,
    ) -> None:
        """`ends_with_parent` stops the server when the *thread* that calls `start` ends, even by kill -9."""
        self.folder = folder.absolute()
        self.password = password
        self.port = port
        self.options = options
        self.ends_with_parent = ends_with_parent
        self._child: subprocess.Popen[bytes] | None = None
        self._adopted: psutil.Process | None = None

    @property
    def url(self) -> str:
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/postgres"

    @property
    def pid(self) -> int | None:
        """The server's process id, or None when it does not run."""
        if self._child is not None and self._child.poll() is None:
            return self._child.pid
        if self._adopted is not None and _serves(self._adopted, self._data):
            return self._adopted.pid
        return None

    def start(self) -> None:
        """Returns when the server takes connections; a server that already runs on this folder is adopted."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._account = server_account()
        self._account.let_in(self.folder)
        self._home = home_for(self.folder, self._account)
        self._data = self._home / "data"
        with (self.folder / "starting.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            deadline = time.monotonic() + STARTUP_SECONDS
            if not self._adopt_running(deadline):
                self._clear_remains(deadline)
                self._programs = postgres_programs(self._account)
                self._initialise()
                self._launch(deadline)

    @property
    def log(self) -> Path:
        return self._home / "postgres.log"

    def request_stop(self) -> None:
        """Asks for an orderly end without waiting for it."""
        if (pid := self.pid) is not None:
            os.kill(pid, signal.SIGINT)

    def stop(self) -> None:
        """Ends open sessions and shuts down cleanly; a server that does not end in time is killed."""
        for number, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            pid = self.pid
            if pid is None:
                break
            os.kill(pid, number)
            self._await_end(seconds)
        self._child = self._adopted = None

    def _await_end(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self.pid is not None and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)

    def _adopt_running(self, deadline: float) -> bool:
        while (running := server_on(self._data)) is not None:
            if self._adopt(running):
                return True
            if time.monotonic() > deadline:
                raise PostgresUnavailable(f"process {running.pid} holds {self._data} and takes no connections: stop it")
            time.sleep(POLL_SECONDS)
        return False

    def _clear_remains(self, deadline: float) -> None:
        """After a kill -9: sessions still at work keep the shared memory, and the pid file may name a stranger."""
        pid_file = self._data / "postmaster.pid"
        if not pid_file.exists():
            return
        for process in sessions_on(self._data):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGQUIT)
        while sessions_on(self._data) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        pid_file.unlink(missing_ok=True)

    def _adopt(self, running: psutil.Process) -> bool:
        port = int(_pid_file_lines(self._data)[3] or 0)
        if not accepts_connections(port):
            return False
        if self.port not in (None, port):
            raise PostgresUnavailable(f"process {running.pid} serves {self._data} on port {port}, not {self.port}")
        self.port, self._adopted = port, running
        return True

    def _initialise(self) -> None:
        """Creates the data folder beside its place and moves it there, so that an interrupted start leaves nothing."""
        if (self._data / "PG_VERSION").exists():
            return
        for abandoned in self._home.glob("initdb-*"):
            shutil.rmtree(abandoned)
        building = Path(tempfile.mkdtemp(prefix="initdb-", dir=self._home))
        try:
            self._account.own(building)
            secret = building / "password"
            secret.touch(mode=0o600)
            secret.write_text(f"{self.password}\n")
            self._account.own(secret)
            self._run_initdb(building / "data", secret)
            (building / "data").rename(self._data)
        finally:
            shutil.rmtree(building, ignore_errors=True)

    def _run_initdb(self, data: Path, secret: Path) -> None:
        locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        command = [str(self._programs / "initdb"), "-D", str(data), "-U", "postgres", f"--pwfile={secret}"]
        finished = subprocess.run(
            [*command, "--auth=scram-sha-256", *locale],
            cwd="/",
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **self._account.identity,
        )
        if finished.returncode:
            raise PostgresUnavailable(f"initdb failed: {finished.stdout.strip()[-800:]}")

    def _launch(self, deadline: float) -> None:
        self.port = self.port or free_port()
        with self.log.open("ab") as output:
            size_before = output.tell()
            self._child = subprocess.Popen(
                self._command(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=tether(os.getpid(), signal.SIGINT) if self.ends_with_parent else None,  # noqa: PLW1509
                **self._account.identity,
            )
        while not self._is_ready():
            if self._child.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise PostgresUnavailable(
                    f"PostgreSQL did not start: {_text_after(self.log, size_before)} (see {self.log})"
                )
            time.sleep(POLL_SECONDS)

    def _is_ready(self) -> bool:
        """Asks the pid file first: on a busy port it is another server that would answer."""
        lines = _pid_file_lines(self._data)
        ours = self._child is not None and lines[0] == str(self._child.pid) and lines[7].strip() == "ready"
        return ours and self.port is not None and accepts_connections(self.port)

    def _command(self) -> list[str]:
        settings = {
            **SETTINGS,
            **self.options,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
        }
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self._programs / "postgres"), "-D", str(self._data), "-p", str(self.port), *arguments]


def server_on(data: Path) -> psutil.Process | None:
    """The live server of this data folder; a pid file alone proves nothing, its number may belong to anyone by now."""
    try:
        process = psutil.Process(int(_pid_file_lines(data)[0]))
    except (ValueError, psutil.Error):
        return None
    return process if _serves(process, data) else None


def running_port(folder: Path) -> int | None:
    """The port of the server that runs on `folder`, if one does."""
    data = existing_home(folder.absolute()) / "data"
    return None if server_on(data) is None else int(_pid_file_lines(data)[3] or 0)


def sessions_on(data: Path) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if _serves(process, data)]


def _serves(process: psutil.Process, data: Path) -> bool:
    try:
        alive = process.is_running() and process.status() != psutil.STATUS_ZOMBIE
        return alive and process.name() == "postgres" and Path(process.cwd()) == data.resolve()
    except psutil.Error:
        return False


def _pid_file_lines(data: Path) -> list[str]:
    """Of postmaster.pid: 0 process id, 3 port, 7 status; empty where not yet written."""
    try:
        lines = (data / "postmaster.pid").read_text().split("\n")
    except FileNotFoundError:
        lines = []
    return [*lines, *[""] * 8]


def accepts_connections(port: int) -> bool:
    """Opens a session as far as the server's demand for a password; while it starts or stops it sends an error."""
    body = struct.pack("!I", 196608) + b"user\0postgres\0database\0postgres\0\0"
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(struct.pack("!I", len(body) + 4) + body)
            return connection.recv(1) == b"R"
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _text_after(log: Path, offset: int) -> str:
    with log.open("rb") as written:
        written.seek(offset)
        return written.read().decode(errors="replace").strip()[-800:] or "no output"
