"""What runs where, as a table; and the end of it."""

import os
import signal
import time

from rich.console import Console
from rich.table import Table

from aftermile.keys import load
from aftermile.state import StateFolder
from aftermile.supervisor import answers_ready

END_SECONDS = 60.0


def print_running(state: StateFolder) -> bool:
    """Whether anything runs."""
    running = state.running()
    if running is None:
        return False
    table = Table(title="Aftermile", title_justify="left")
    for heading in ("process", "address", "pid", "state"):
        table.add_column(heading)
    for name, (pid, port) in sorted(running.processes.items(), key=lambda item: item[1][1]):
        ready = answers_ready(port)
        table.add_row(name, f"http://127.0.0.1:{port}", str(pid), "[green]ready" if ready else "[red]not ready")
    console = Console()
    console.print(table)
    console.print(f"API        http://127.0.0.1:{running.port_base}/openapi.json")
    console.print(f"log files  {state.logs}", soft_wrap=True)
    console.print(f"login      {_first_login(state, on_screen=console.is_terminal)}", soft_wrap=True)
    console.print("Ctrl-C or 'aftermile down' ends it")
    return True


def _first_login(state: StateFolder, *, on_screen: bool) -> str:
    """The password is for the eyes of who sits there: what is not a terminal may be a file that others read."""
    if on_screen:
        return f"admin / {load(state.secrets).admin_password}   (first password, {state.secrets})"
    return f"admin, its first password is in {state.secrets}"


def end(state: StateFolder) -> bool:
    """Asks the supervisor to end and waits for it; false when none runs."""
    running = state.running()
    if running is None:
        return False
    os.kill(running.supervisor, signal.SIGTERM)
    deadline = time.monotonic() + END_SECONDS
    while state.is_locked() and time.monotonic() < deadline:
        time.sleep(0.05)
    return not state.is_locked()
