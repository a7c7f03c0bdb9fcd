"""Exports to read in tests: the month that ships with the product, and small ones made to order."""

import csv
import io
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.dms.export import Export
from gateway.dms.mapping import Mapping, load_mapping
from gateway.dms.upload import NamedFile, files_of

SEPTEMBER = Path(__file__).parents[2] / "demo" / "dms-export-2026-09"
SHANGHAI = ZoneInfo("Asia/Shanghai")


def standard() -> Mapping:
    return load_mapping("4s-standard")


def september() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(SEPTEMBER.glob("*.csv"))}


def september_rows(name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(september()[name].decode("gb18030"), newline="")))


def as_csv(rows: list[list[str]], encoding: str = "gb18030") -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(rows)
    return stream.getvalue().encode(encoding)


def written(folder: Path, files: dict[str, bytes]) -> list[NamedFile]:
    """The files on disk under numbers, as uploads are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    uploads = []
    for number, (name, content) in enumerate(files.items()):
        path = folder / str(number)
        path.write_bytes(content)
        uploads.append(NamedFile(name, path))
    return uploads


def opened(
    folder: Path, files: dict[str, bytes] | None = None, mapping: Mapping | None = None, zone: ZoneInfo = SHANGHAI
) -> Export:
    """An export of these files; the September one when none are given."""
    uploads = files_of(SEPTEMBER) if files is None else written(folder / "in", files)
    workspace = folder / "work"
    workspace.mkdir(parents=True)
    return Export(uploads, mapping or standard(), zone, workspace)


def translated(export: Export) -> dict[str, list[dict[str, object]]]:
    return {m.file: [row for batch in export.translate(m) for row in batch.rows] for m in export.files}
