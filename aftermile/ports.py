"""Which ports are taken, and by whom as far as this user may know."""

import socket
from collections.abc import Iterable

import psutil

from aftermile.failures import Failure


class PortBusy(Failure):
    """A port that is needed belongs to another process."""


def require_free(ports: Iterable[int]) -> None:
    """Raises with every busy port at once, and who holds it."""
    busy = [describe(port) for port in ports if not is_free(port)]
    if busy:
        raise PortBusy(f"{'; '.join(busy)}. End what holds them, or choose other ports with --port-base")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_base(first: int, count: int, step: int = 100) -> int:
    """The first base from which on `count` ports are free."""
    for base in range(first, 65_000, step):
        if all(is_free(port) for port in range(base, base + count)):
            return base
    raise PortBusy(f"no {count} free ports in a row from {first} on")


def describe(port: int) -> str:
    holder = holder_of(port)
    return f"port {port} is taken" + (f" by process {holder.pid} ({_command(holder)})" if holder else "")


def holder_of(port: int) -> psutil.Process | None:
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.laddr and connection.laddr.port == port and connection.status == psutil.CONN_LISTEN:
                return psutil.Process(connection.pid) if connection.pid else None
    except psutil.Error:
        return None
    return None


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())[:80] or process.name()
    except psutil.Error:
        return "unknown"
