"""Every query about imports, their files and their rows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Select, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.imports.domain import ENDED, OUTCOMES, RowOutcome, State, Tally
from gateway.imports.models import DmsImport, DmsImportFile, DmsImportRow, DmsImportUpload


@dataclass(frozen=True, slots=True)
class Key:
    """An import, the store whose transaction sees it, and by which mappings the caller may see it: None for any."""

    store: UUID
    id: UUID
    mappings: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """A file of the export that is to be written: its place in the order, and how many rows it has."""

    position: int
    file: str
    resource: str
    rows: int


@dataclass(frozen=True)
class Whole:
    """An import with its uploads and files, in their order."""

    own: DmsImport
    uploads: Sequence[DmsImportUpload]
    files: Sequence[DmsImportFile]


def _of(key: Key) -> Any:  # noqa: ANN401 - SQLAlchemy's own name for it is a union of twelve
    named = (DmsImport.store_id == key.store) & (DmsImport.id == key.id)
    return named if key.mappings is None else named & DmsImport.mapping.in_(key.mappings)


async def add(session: AsyncSession, store: UUID, caller: Mapping[str, Any], mapping: str, month: str | None) -> Key:
    added = DmsImport(
        store_id=store, caller=dict(caller), mapping=mapping, month=month, state=State.WAITING, reasons=[], notes=[]
    )
    id_ = (await session.execute(text("SELECT uuidv7()"))).scalar_one()
    added.id = id_
    session.add(added)
    await session.flush()
    return Key(store, id_)


async def find(session: AsyncSession, key: Key, *, for_update: bool = False) -> DmsImport | None:
    query = select(DmsImport).where(_of(key)).execution_options(populate_existing=True)
    return (await session.scalars(query.with_for_update() if for_update else query)).one_or_none()


async def version_and_state(session: AsyncSession, key: Key) -> tuple[int, State] | None:
    row = (await session.execute(select(DmsImport.version, DmsImport.state).where(_of(key)))).one_or_none()
    return None if row is None else (row.version, State(row.state))


async def load(session: AsyncSession, key: Key) -> Whole | None:
    own = await find(session, key)
    if own is None:
        return None
    return (await load_all(session, [own]))[0]


async def load_all(session: AsyncSession, imports: Sequence[DmsImport]) -> list[Whole]:
    """Two queries, however many imports."""
    ids = [own.id for own in imports]
    uploads = await session.scalars(
        select(DmsImportUpload).where(DmsImportUpload.import_id.in_(ids)).order_by(DmsImportUpload.number)
    )
    files = await session.scalars(
        select(DmsImportFile).where(DmsImportFile.import_id.in_(ids)).order_by(DmsImportFile.position)
    )
    uploads_of: dict[UUID, list[DmsImportUpload]] = {id_: [] for id_ in ids}
    files_of: dict[UUID, list[DmsImportFile]] = {id_: [] for id_ in ids}
    for upload in uploads:
        uploads_of[upload.import_id].append(upload)
    for file in files:
        files_of[file.import_id].append(file)
    return [Whole(own, uploads_of[own.id], files_of[own.id]) for own in imports]


def all_imports(store: UUID, mappings: Collection[str]) -> Select[DmsImport]:
    return select(DmsImport).where(DmsImport.store_id == store, DmsImport.mapping.in_(mappings))


async def change(session: AsyncSession, key: Key, from_: Sequence[State], **values: Any) -> bool:  # noqa: ANN401
    """False, and nothing changed, when the import is in none of the states `from_`."""
    state = values.get("state")
    if state in ENDED:
        values["ended_at"] = text("now()")
    changed = await session.execute(
        update(DmsImport)
        .where(_of(key), DmsImport.state.in_([str(s) for s in from_]))
        .values(version=DmsImport.version + 1, updated_at=text("now()"), **values)
        .returning(DmsImport.version)
    )
    return changed.one_or_none() is not None


async def begin_files(session: AsyncSession, key: Key, files: Sequence[Begun]) -> None:
    """A second run finds them there already, with what the first has done."""
    for begun in files:
        values = {**_named(key), **asdict(begun)}
        await session.execute(_BEGIN_FILE, values)


_BEGIN_FILE = text("""
    INSERT INTO dms_import_file (store_id, import_id, position, file, resource, rows)
    VALUES (:store_id, :import_id, :position, :file, :resource, :rows)
    ON CONFLICT DO NOTHING
""")


async def batches_done(session: AsyncSession, key: Key, position: int) -> int:
    query = select(DmsImportFile.batches_done).where(
        DmsImportFile.store_id == key.store, DmsImportFile.import_id == key.id, DmsImportFile.position == position
    )
    return (await session.scalars(query)).one()


async def lock_file(session: AsyncSession, key: Key, position: int) -> DmsImportFile:
    query = select(DmsImportFile).where(
        DmsImportFile.store_id == key.store, DmsImportFile.import_id == key.id, DmsImportFile.position == position
    )
    return (await session.scalars(query.with_for_update())).one()


async def add_rows(session: AsyncSession, file: DmsImportFile, rows: Sequence[RowOutcome], merged: int) -> None:
    """The outcomes of the next batch of a locked file, and the file's counts with them."""
    tally = Tally()
    tally.add(rows)
    listed = [
        {"row": r.row, "outcome": r.outcome, "warned": r.warned, "label": r.label, "remarks": r.remarks} for r in rows
    ]
    place = {**_named(Key(file.store_id, file.import_id)), "position": file.position}
    await session.execute(_ADD_ROWS, {**place, "rows": orjson.dumps(listed).decode()})
    file.batches_done += 1
    file.rows_done += len(rows)
    file.warned += tally.warned
    file.merged += merged
    for outcome in OUTCOMES:
        setattr(file, outcome, getattr(file, outcome) + tally.outcomes[outcome])
    file.codes = {code: file.codes.get(code, 0) + tally.codes[code] for code in {*file.codes, *tally.codes}}
    await session.flush()


_ADD_ROWS = text("""
    INSERT INTO dms_import_row (store_id, import_id, position, "row", outcome, warned, label, remarks)
    SELECT :store_id, :import_id, :position, r."row", r.outcome, r.warned, r.label, r.remarks
    FROM jsonb_to_recordset(CAST(:rows AS jsonb))
        AS r("row" integer, outcome text, warned boolean, label text, remarks jsonb)
""")


def rows_of(key: Key, *, outcome: str | None, file: str | None) -> Select[Any]:
    """Rows in the order of the export; `warned` is an outcome here too."""
    query = (
        select(
            DmsImportRow.position,
            DmsImportRow.row,
            DmsImportRow.outcome,
            DmsImportRow.warned,
            DmsImportRow.label,
            DmsImportRow.remarks,
            DmsImportFile.file,
        )
        .join(
            DmsImportFile,
            (DmsImportFile.store_id == DmsImportRow.store_id)
            & (DmsImportFile.import_id == DmsImportRow.import_id)
            & (DmsImportFile.position == DmsImportRow.position),
        )
        .where(DmsImportRow.store_id == key.store, DmsImportRow.import_id == key.id)
    )
    if outcome == "warned":
        query = query.where(DmsImportRow.warned)
    elif outcome is not None:
        query = query.where(DmsImportRow.outcome == outcome)
    return query if file is None else query.where(DmsImportFile.file == file)


async def file_names(session: AsyncSession, key: Key) -> dict[int, str]:
    query = select(DmsImportFile.position, DmsImportFile.file)
    query = query.where(DmsImportFile.store_id == key.store, DmsImportFile.import_id == key.id)
    return {row.position: row.file for row in await session.execute(query)}


async def rows_after(session: AsyncSession, key: Key, after: tuple[int, int], limit: int) -> Sequence[Any]:
    """The next rows of the whole report after (position, row)."""
    position, row = after
    values = {**_named(key), "position": position, "row": row, "limit": limit}
    return (await session.execute(_ROWS_AFTER, values)).all()


_ROWS_AFTER = text("""
    SELECT position, "row", outcome, label, remarks
    FROM dms_import_row
    WHERE store_id = :store_id AND import_id = :import_id AND (position, "row") > (:position, :row)
    ORDER BY position, "row"
    LIMIT :limit
""")


def _named(key: Key) -> dict[str, UUID]:
    return {"store_id": key.store, "import_id": key.id}
