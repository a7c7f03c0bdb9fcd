"""A folder on disk for one run of an import: people's data lies in it in the clear, so it does not outlive its use."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "aftermile-import-"
_FORGOTTEN_SECONDS = 6 * 3600
"""No run takes so long: a folder as old was left by a process that was killed."""


@contextmanager
def workspace(*, now: float | None = None) -> Iterator[Path]:
    """An empty folder that only this account can read, gone after the block."""
    _sweep(time.time() if now is None else now)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _sweep(now: float) -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            forgotten = now - folder.lstat().st_mtime > _FORGOTTEN_SECONDS
        except FileNotFoundError:
            continue
        if forgotten and not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)
