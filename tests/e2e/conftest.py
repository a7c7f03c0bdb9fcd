"""Folders for tests that start real processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aftermile import binaries
from aftermile.state import StateFolder
from aftermile.supervisor import answers_ready
from tests.e2e.stacks import a_stack_for_tests, an_open_folder, eventually, running


@pytest.fixture
def open_folder() -> Iterator[Path]:
    with an_open_folder() as folder:
        yield folder


@pytest.fixture
def shared_home(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for /var/lib/aftermile."""
    monkeypatch.setattr(binaries, "SHARED_HOME", open_folder / "shared")
    return open_folder / "shared"


@pytest.fixture(scope="package")
def stack() -> Iterator[StateFolder]:
    with a_stack_for_tests() as state:
        yield state


@pytest.fixture(scope="module")
def state(stack: StateFolder) -> StateFolder:
    """The one stack, where each test works in a shop of its own: all of it is there, whatever was killed before."""
    eventually(lambda: all(answers_ready(port) for _, port in running(stack).processes.values()))
    return stack
