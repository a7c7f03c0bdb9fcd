"""One process of the five: its settings come from the environment, its application from its own package."""

import importlib
import os
import signal
import sys

import uvicorn

from aftermile.plan import NAMES
from aftermile.tether import tether

KEEP_ALIVE_SECONDS = 75
"""Longer than any client of ours keeps an idle connection: the server must not be the one that closes it."""

SHUTDOWN_SECONDS = 8
"""Live-update streams and waiting feed readers would otherwise hold a shutdown for as long as they like."""


def package_of(name: str) -> str:
    return "gateway" if name == "gateway" else f"services.{name}"


def serve(name: str) -> None:
    if parent := os.environ.get("AFTERMILE_PARENT"):
        tether(int(parent), signal.SIGTERM)()
    package = package_of(name)
    settings = importlib.import_module(f"{package}.settings").Settings()
    application = importlib.import_module(f"{package}.main").create_app(settings)
    uvicorn.run(
        application,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        backlog=2048,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in NAMES:
        sys.exit(f"usage: python -m aftermile.serve {{{'|'.join(NAMES)}}}")
    serve(sys.argv[1])
