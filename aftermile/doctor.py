"""Checks of an installation, each with what is wrong and what to do about it."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from aftermile.binaries import PostgresUnavailable, postgres_programs, server_account
from aftermile.findings import Finding, database_findings
from aftermile.keys import SecretsUnreadable, load
from aftermile.plan import NAMES, port_of
from aftermile.ports import describe, is_free
from aftermile.state import StateFolder
from aftermile.supervisor import readiness

OLDEST_PYTHON = (3, 11)
NEEDED_BYTES = 1_000_000_000
TOLERATED_SECONDS = 5.0


def diagnose(state: StateFolder, port_base: int) -> Iterator[Finding]:
    """Yields findings one by one, so that a slow check does not hold back the others."""
    running = state.running()
    base = running.port_base if running else port_base
    checks: list[Callable[[], Finding]] = [
        _python,
        _programs,
        lambda: _folder(state.path),
        lambda: _disk(state.path),
        lambda: _secrets(state.secrets),
        lambda: _clock(state),
    ]
    for check in checks:
        yield check()
    yield from database_findings(state)
    for name in NAMES:
        yield _process(name, port_of(name, base)) if running else _port(name, port_of(name, base))


def print_findings(findings: Iterator[Finding]) -> bool:
    """Whether all is well."""
    console = Console(highlight=False, soft_wrap=True)
    well = True
    for finding in findings:
        mark = "[red]wrong" if finding.remedy else "[green]ok   "
        console.print(f"{mark}[/]  {finding.check}: {finding.found}")
        if finding.remedy:
            console.print(f"       [bold]→ {finding.remedy}")
            well = False
    return well


def _python() -> Finding:
    found = f"{sys.version_info.major}.{sys.version_info.minor} at {sys.executable}"
    wrong = sys.version_info[:2] < OLDEST_PYTHON
    return Finding("Python", found, "install Python 3.11 or newer and run 'make setup'" if wrong else "")


def _programs() -> Finding:
    if os.environ.get("AFTERMILE_POSTGRES_URL"):
        return Finding("PostgreSQL programs", "not needed, AFTERMILE_POSTGRES_URL is set")
    try:
        return Finding("PostgreSQL programs", str(postgres_programs(server_account())))
    except PostgresUnavailable as error:
        return Finding("PostgreSQL programs", str(error), "run 'make setup', or set AFTERMILE_POSTGRES_URL")


def _folder(folder: Path) -> Finding:
    if not folder.exists():
        parent = next(path for path in folder.parents if path.exists())
        if os.access(parent, os.W_OK):
            return Finding("state folder", f"{folder} is not there yet")
        return Finding("state folder", f"{parent} is not writable", "choose another folder with --state")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return Finding(
            "state folder", f"{folder} belongs to another user", "run as that user or choose another --state"
        )
    if folder.stat().st_mode & 0o067:
        return Finding("state folder", f"{folder} is open to others", f"chmod 700 {folder}")
    return Finding("state folder", str(folder))


def _disk(folder: Path) -> Finding:
    place = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(place).free
    wrong = free < NEEDED_BYTES
    return Finding("disk space", f"{free / 1e9:.1f} GB free", f"make room on the disk of {place}" if wrong else "")


def _secrets(path: Path) -> Finding:
    if not path.exists():
        return Finding("secrets", "none yet, 'aftermile up' makes them")
    try:
        load(path)
    except SecretsUnreadable as error:
        return Finding("secrets", str(error), "bring back the file from a copy")
    if path.stat().st_mode & 0o077:
        return Finding("secrets", f"others can read {path}", f"chmod 600 {path}; change what it holds if it was seen")
    return Finding("secrets", str(path))


def _clock(state: StateFolder) -> Finding:
    now = time.time()
    written = [path.stat().st_mtime for path in (state.path, state.secrets) if path.exists()]
    ahead = max(written, default=now) - now
    if ahead > TOLERATED_SECONDS:
        return Finding(
            "clock", f"has gone back by {ahead:.0f} s since the last start", "set it, and let it follow a time server"
        )
    return Finding("clock", datetime.now(UTC).isoformat(timespec="seconds"))


def _port(name: str, port: int) -> Finding:
    if is_free(port):
        return Finding(f"port of {name}", f"{port} is free")
    return Finding(f"port of {name}", describe(port), "end what holds it, or start with another --port-base")


def _process(name: str, port: int) -> Finding:
    why = readiness(port)
    return Finding(f"process {name}", f"port {port}: {why or 'ready'}", "look into its log file" if why else "")
