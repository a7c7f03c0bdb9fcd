"""Folders for tests that start real processes."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from aftermile import binaries


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A short-lived folder whose parents anyone may pass, as a server that does not run as root needs."""
    folder = Path(tempfile.mkdtemp(prefix="aftermile-", dir=Path(tempfile.gettempdir()).resolve()))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def shared_home(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for /var/lib/aftermile."""
    monkeypatch.setattr(binaries, "SHARED_HOME", open_folder / "shared")
    return open_folder / "shared"
