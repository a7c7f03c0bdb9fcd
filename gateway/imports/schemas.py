"""What an import looks like from outside, in the reader's language."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from chassis.representation import ResponseBody
from gateway.dms.mapping import Mapping as DmsMapping
from gateway.dms.messages import Language, message
from gateway.imports.domain import OUTCOMES, Outcome, State
from gateway.imports.models import DmsImport, DmsImportFile
from gateway.imports.repository import Whole

_TITLES: Mapping[str, Mapping[Language, str]] = {
    "refused": {"zh": "导出文件有问题，没有写入任何数据", "en": "The export cannot be imported; nothing was written"},
    "failed": {
        "zh": "导入中断；报告中列出的行已写入",
        "en": "The import broke off; what the report lists was written",
    },
}


class UploadRead(ResponseBody):
    name: str
    size: int
    sha256: str


class NoteRead(ResponseBody):
    """Something about a file as a whole."""

    file: str | None
    code: str
    message: str


class ProblemRead(ResponseBody):
    """Why an import ended without being finished."""

    type: str
    title: str
    errors: list[NoteRead]


class ProgressRead(ResponseBody):
    """`file` is the one being written; `trouble` what is being waited for."""

    file: str | None
    rows_done: int
    rows: int
    trouble: str | None


class FindingCount(ResponseBody):
    level: Literal["error", "warning"]
    code: str
    message: str
    rows: int


class Counts(ResponseBody):
    """`warned` rows are counted under their outcome too; `merged` are customers found to be others of those there."""

    rows: int
    created: int
    updated: int
    unchanged: int
    duplicate: int
    rejected: int
    warned: int
    merged: int


class FileRead(Counts):
    file: str
    resource: str
    rows_done: int
    findings: list[FindingCount]


class ImportRead(ResponseBody):
    id: UUID
    state: State
    version: int
    mapping: str
    month: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    uploads: list[UploadRead]
    progress: ProgressRead
    problem: ProblemRead | None
    notes: list[NoteRead]
    totals: Counts
    files: list[FileRead]
    rows: str
    report: str


class RemarkRead(ResponseBody):
    level: Literal["error", "warning"]
    code: str
    message: str
    field: str | None
    column: str | None
    value: str | None
    detail: str | None


class RowRead(ResponseBody):
    """`row` counts as a spreadsheet does: the header is row 1. `key` is what the row is known by."""

    file: str
    row: int
    key: str
    outcome: Outcome
    remarks: list[RemarkRead]


class MappingRead(ResponseBody):
    """`template` is a workbook to fill in."""

    name: str
    title: str
    files: list[str]
    template: str


def mapping_read(mapping: DmsMapping, language: Language) -> MappingRead:
    files = [mapped.file for mapped in mapping.files]
    template = f"/v1/import-mappings/{mapping.name}/template"
    return MappingRead(name=mapping.name, title=mapping.title[language], files=files, template=template)


def import_read(whole: Whole, language: Language) -> ImportRead:
    own = whole.own
    return ImportRead(
        id=own.id,
        state=State(own.state),
        version=own.version,
        mapping=own.mapping,
        month=own.month,
        created_by=str(own.caller["name"] or own.caller["subject"]),
        created_at=own.created_at,
        updated_at=own.updated_at,
        ended_at=own.ended_at,
        uploads=[UploadRead(name=u.name, size=u.size, sha256=u.sha256.hex()) for u in whole.uploads],
        progress=progress_read(whole),
        problem=_problem(own, language),
        notes=[_note(note, language) for note in own.notes],
        totals=Counts(rows=sum(f.rows for f in whole.files), **_sums(whole.files)),
        files=[_file(file, language) for file in whole.files],
        rows=f"/v1/imports/{own.id}/rows",
        report=f"/v1/imports/{own.id}/report.csv",
    )


def progress_read(whole: Whole) -> ProgressRead:
    unfinished = [file.file for file in whole.files if file.rows_done < file.rows]
    writing = whole.own.state == State.WRITING
    return ProgressRead(
        file=unfinished[0] if writing and unfinished else None,
        rows_done=sum(file.rows_done for file in whole.files),
        rows=sum(file.rows for file in whole.files),
        trouble=whole.own.trouble,
    )


def _sums(files: Sequence[DmsImportFile]) -> dict[str, int]:
    return {name: sum(getattr(file, name) for file in files) for name in (*OUTCOMES, "warned", "merged")}


def _file(file: DmsImportFile, language: Language) -> FileRead:
    findings = [
        FindingCount(level=level, code=code, message=message(code, language), rows=rows)
        for (level, _, code), rows in sorted((key.partition(" "), rows) for key, rows in file.codes.items())
    ]
    return FileRead(
        file=file.file,
        resource=file.resource,
        rows=file.rows,
        rows_done=file.rows_done,
        findings=findings,
        **_sums([file]),
    )


def _problem(own: DmsImport, language: Language) -> ProblemRead | None:
    if not own.reasons:
        return None
    return ProblemRead(
        type=f"urn:aftermile:problem:import-{own.state}",
        title=_TITLES[own.state][language],
        errors=[_note(reason, language) for reason in own.reasons],
    )


def _note(reason: Mapping[str, Any], language: Language) -> NoteRead:
    said = message(reason["code"], language, reason["details"])
    return NoteRead(file=reason["file"], code=reason["code"], message=said)


def row_read(row: Any, language: Language) -> RowRead:  # noqa: ANN401 - a row of a select over two tables
    return RowRead(
        file=row.file,
        row=row.row,
        key=row.label,
        outcome=row.outcome,
        remarks=[remark_read(remark, language) for remark in row.remarks],
    )


def remark_read(remark: Mapping[str, Any], language: Language) -> RemarkRead:
    return RemarkRead(
        level=remark["level"],
        code=remark["code"],
        message=message(remark["code"], language, otherwise=remark["detail"]),
        field=remark["field"],
        column=remark["column"],
        value=remark["value"] or None,
        detail=remark["detail"] or None,
    )
