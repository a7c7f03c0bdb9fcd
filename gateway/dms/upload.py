"""What was handed in (the files of a folder, a zip of them, or one workbook) as the files that the mapping expects."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from gateway.dms import archive, workbook
from gateway.dms.cleaning import tidy
from gateway.dms.mapping import Mapping
from gateway.dms.problems import ExportRefused, Reason, refused

_CSV = {".csv", ".txt", ""}


@dataclass(frozen=True)
class NamedFile:
    """Bytes on disk, and the name that the sender gave them; the name is never used as a path."""

    name: str
    path: Path


@dataclass
class Sources:
    """The file of the disk for each file of the mapping, and what else is worth saying."""

    paths: dict[str, Path] = field(default_factory=dict)
    notes: list[Reason] = field(default_factory=list)


def files_of(folder: Path) -> list[NamedFile]:
    return [NamedFile(path.name, path) for path in sorted(folder.iterdir()) if path.is_file()]


def collect(uploads: Sequence[NamedFile], mapping: Mapping, workspace: Path) -> Sources:
    """Raises ExportRefused naming every file missing or there twice. `workspace` is an empty folder to write in."""
    if not uploads:
        raise refused("export-empty")
    wanted = {_stem(mapped.file): mapped.file for mapped in mapping.files}
    sources, reasons = Sources(), []
    for stem, found in _expanded(uploads, wanted.keys(), workspace):
        name = wanted.get(stem)
        if name is None:
            sources.notes.append(Reason("file-unknown", found.name[:200]))
        elif name in sources.paths:
            reasons.append(Reason("file-twice", name))
        else:
            sources.paths[name] = found.path
    absent = [m for m in mapping.files if m.file not in sources.paths]
    if not sources.paths:
        raise refused("export-unrecognised", expected="、".join(mapped.file for mapped in mapping.files))
    reasons += [Reason("file-missing", mapped.file) for mapped in absent if not mapped.may_be_missing]
    if reasons:
        raise ExportRefused(*reasons)
    sources.notes += [Reason("file-absent", mapped.file) for mapped in absent]
    return sources


def _expanded(
    uploads: Sequence[NamedFile], wanted: Collection[str], workspace: Path
) -> Iterator[tuple[str, NamedFile]]:
    """Every file, archives and workbooks taken apart, by the name that a mapping would know it by."""
    for number, upload in enumerate(uploads):
        if _is_litter(upload.name):
            continue
        folder = workspace / str(number)
        folder.mkdir()
        if not workbook.is_workbook(upload.path) and _is_zip(upload.path):
            for packed in _unpacked(upload, wanted, folder):
                yield from _sheets_or_itself(packed, folder)
        else:
            yield from _sheets_or_itself(upload, folder)


def _unpacked(upload: NamedFile, wanted: Collection[str], folder: Path) -> Iterator[NamedFile]:
    """The files inside that could be of use; what else is there stays packed, and is only named."""
    with archive.opened(upload.path, upload.name) as packed:
        for number, entry in enumerate(packed.infolist()):
            name = archive.name_of(entry).replace("\\", "/")
            if entry.is_dir() or _is_litter(name):
                continue
            target = folder / f"entry-{number}"
            if _stem(name) in wanted or name.lower().endswith((".xlsx", ".xls")):
                archive.unpack(packed, entry, target, upload.name)
            else:
                target.touch()
            yield NamedFile(name, target)


def _sheets_or_itself(file: NamedFile, folder: Path) -> Iterator[tuple[str, NamedFile]]:
    if not workbook.is_workbook(file.path):
        yield _stem(file.name), file
        return
    inner = folder / f"{file.path.name}-sheets"
    inner.mkdir()
    for sheet, path in workbook.sheets_as_csv(file.path, file.name, inner):
        yield _stem(sheet), NamedFile(sheet, path)


def _is_zip(path: Path) -> bool:
    with path.open("rb") as stream:
        return archive.is_zip(stream)


def _is_litter(name: str) -> bool:
    """What operating systems and Excel leave beside people's files."""
    parts = PurePosixPath(name).parts
    return not parts or "__MACOSX" in parts or parts[-1].startswith((".", "~$")) or parts[-1].lower() == "thumbs.db"


def _stem(name: str) -> str:
    """`export/工单.CSV` and the sheet `工单` are the same file; other endings keep it apart."""
    path = PurePosixPath(tidy(name.replace("\\", "/")))
    ending = path.suffix.lower()
    return (path.stem if ending in _CSV else path.name).casefold()
