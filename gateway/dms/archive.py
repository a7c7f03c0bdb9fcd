"""A zip of an export, taken apart with bounds: nothing is written outside, nothing unpacks without end."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from gateway.dms.problems import refused

UNPACKED_BYTES = 512 * 1024 * 1024
_ENTRIES = 2000
_RATIO = 100
"""Text shrinks to a tenth; what shrinks to less than a hundredth is not an export."""
_SMALL = 1 << 20
_BLOCK = 1 << 18
_UTF8_NAME, _ENCRYPTED = 0x800, 0x1


@contextmanager
def opened(path: Path, name: str) -> Iterator[zipfile.ZipFile]:
    """The archive, its directory checked; a damaged one is refused wherever it is noticed."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check(archive, name)
            yield archive
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, NotImplementedError, EOFError, ValueError) as error:
        raise refused("archive-broken", name) from error


def _check(archive: zipfile.ZipFile, name: str) -> None:
    entries = archive.infolist()
    if len(entries) > _ENTRIES:
        raise refused("archive-too-many-files", name, most=_ENTRIES)
    if sum(entry.file_size for entry in entries) > UNPACKED_BYTES:
        raise refused("archive-too-large", name, megabytes=UNPACKED_BYTES >> 20)
    for entry in entries:
        if entry.flag_bits & _ENCRYPTED:
            raise refused("archive-encrypted", name)
        if entry.file_size > _SMALL and entry.file_size > _RATIO * max(1, entry.compress_size):
            raise refused("archive-bomb", name)
        path = PurePosixPath(name_of(entry).replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or any(part.endswith(":") for part in path.parts):
            raise refused("archive-path-unsafe", name, path=str(path)[:100])


def name_of(entry: zipfile.ZipInfo) -> str:
    """Its name as it was meant: archives made in Chinese Windows write GBK and do not say so."""
    if entry.flag_bits & _UTF8_NAME:
        return entry.filename
    raw = entry.orig_filename.encode("cp437", errors="replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, into: Path, name: str) -> None:
    """Writes one entry, however much it says that it holds: the count is of what comes."""
    left = min(UNPACKED_BYTES, entry.file_size)
    with archive.open(entry) as source, into.open("wb") as target:
        while block := source.read(_BLOCK):
            left -= len(block)
            if left < 0:
                raise refused("archive-bomb", name)
            target.write(block)


def is_zip(stream: IO[bytes]) -> bool:
    return stream.read(4) in {b"PK\x03\x04", b"PK\x05\x06"}
