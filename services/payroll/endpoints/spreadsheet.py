"""Files that people open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence

from fastapi import Response


def plain_cell(text: str) -> str:
    """What a spreadsheet would take for a formula is marked as text (OWASP, CSV injection)."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def csv_file(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """In UTF-8 with a mark, by which spreadsheets know it."""
    told = io.StringIO()
    written = csv.writer(told, lineterminator="\r\n")
    written.writerow(columns)
    written.writerows(rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response("\ufeff" + told.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)
