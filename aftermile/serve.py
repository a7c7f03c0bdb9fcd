"""One process of the five: its settings come from the environment, its application from its own package."""

import gc
import importlib
import os
import signal
import socket
import sys
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from aftermile.plan import NAMES
from aftermile.tether import tether
from chassis.settings import ProcessSettings

KEEP_ALIVE_SECONDS = 75
"""Longer than any client of ours keeps an idle connection: the server must not be the one that closes it."""

SHUTDOWN_SECONDS = 8
"""Live-update streams would otherwise hold a shutdown for as long as they like."""


NEW_OBJECTS_BEFORE_COLLECTION = 50_000
"""A batch of rows is tens of thousands of objects without cycles: after 700, Python searches all the time."""


class Server(uvicorn.Server):
    """Lets waiting feed readers go first: they are processes that end at the same time and wait for one another."""

    def __init__(self, config: uvicorn.Config, release_readers: Callable[[], None]) -> None:
        super().__init__(config)
        self._release_readers = release_readers

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._release_readers()
        await super().shutdown(sockets)


def package_of(name: str) -> str:
    return "gateway" if name == "gateway" else f"services.{name}"


def serve(name: str) -> None:
    if parent := os.environ.get("AFTERMILE_PARENT"):
        tether(int(parent), signal.SIGTERM)()
    package = package_of(name)
    settings = importlib.import_module(f"{package}.settings").Settings()
    application = importlib.import_module(f"{package}.main").create_app(settings)
    server = Server(configuration(application, settings), application.state.feed.close)
    keep_collector_out_of_the_way()
    server.run()
    if not server.started:
        sys.exit(3)


def configuration(application: FastAPI, settings: ProcessSettings) -> uvicorn.Config:
    """Nobody is believed about whom he passes on, neither loopback, unless the settings name him."""
    return uvicorn.Config(
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
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies.split(","),
    )


def keep_collector_out_of_the_way() -> None:
    """What was loaded until now stays, so it is never searched for garbage again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS_BEFORE_COLLECTION, 20, 50)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in NAMES:
        sys.exit(f"usage: python -m aftermile.serve {{{'|'.join(NAMES)}}}")
    serve(sys.argv[1])
