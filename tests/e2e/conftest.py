"""Folders for tests that start real processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aftermile import binaries
from tests.e2e.stacks import an_open_folder


@pytest.fixture
def open_folder() -> Iterator[Path]:
    with an_open_folder() as folder:
        yield folder


@pytest.fixture
def shared_home(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for /var/lib/aftermile."""
    monkeypatch.setattr(binaries, "SHARED_HOME", open_folder / "shared")
    return open_folder / "shared"
