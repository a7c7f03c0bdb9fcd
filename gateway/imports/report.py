"""The report of an import as a CSV file for Excel: one line per row of the export, whatever becomes of it."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

from chassis.database import Database
from gateway.dms.messages import Language, message
from gateway.imports import repository
from gateway.imports.repository import Key

_PAGE = 2000
_HEADERS: Mapping[Language, Sequence[str]] = {
    "zh": ("文件", "行", "编号", "结果", "提示级别", "说明", "代码"),
    "en": ("file", "row", "key", "outcome", "level", "message", "code"),
}
_OUTCOMES: Mapping[Language, Mapping[str, str]] = {
    "zh": {"created": "新增", "updated": "更新", "unchanged": "无变化", "duplicate": "重复", "rejected": "拒收"},
    "en": {},
}
_LEVELS: Mapping[Language, Mapping[str, str]] = {"zh": {"error": "错误", "warning": "提醒"}, "en": {}}
_BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel takes the file for one in the system's own encoding."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula gets an apostrophe before it (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


async def lines(database: Database, key: Key, language: Language) -> AsyncIterator[bytes]:
    """The file piece by piece, each read in a short transaction of its own."""
    yield (_BYTE_ORDER_MARK + _written([_HEADERS[language]])).encode()
    async with database.transaction(key.store) as session:
        files = await repository.file_names(session, key)
    after = (-1, -1)
    while True:
        async with database.transaction(key.store) as session:
            rows = await repository.rows_after(session, key, after, _PAGE)
        if not rows:
            return
        yield _written(_line(files[row.position], row, language) for row in rows).encode()
        after = (rows[-1].position, rows[-1].row)


def _line(file: str, row: Any, language: Language) -> Sequence[str]:  # noqa: ANN401 - a row of a select over two tables
    levels = {_LEVELS[language].get(remark["level"], remark["level"]): None for remark in row.remarks}
    return (
        file,
        str(row.row),
        row.label,
        _OUTCOMES[language].get(row.outcome, row.outcome),
        ", ".join(levels),
        "; ".join(_sentence(remark, language) for remark in row.remarks),
        ", ".join(remark["code"] for remark in row.remarks),
    )


def _sentence(remark: Mapping[str, Any], language: Language) -> str:
    said = message(remark["code"], language, otherwise=remark["detail"])
    where = remark["column"] or remark["field"]
    shown = f" ({remark['value']})" if remark["value"] else ""
    return f"{where}: {said}{shown}" if where else said


def _written(lines: Iterable[Sequence[str]]) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([harmless(cell) for cell in line] for line in lines)
    return stream.getvalue()
