"""Files that people open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import xlsxwriter
from fastapi import Response

from services.payroll.service.months.workbook import Cell, PayBook, Sheet

WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PLAIN = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
"""Rows are written away as they come, and no text is taken for anything else."""
_CENTS = -2
CSV_ANSWER: Mapping[str, Any] = {
    "response_class": Response,
    "responses": {200: {"description": "for a spreadsheet", "content": {"text/csv": {"schema": {"type": "string"}}}}},
}
"""What a route that answers with a `csv_file` says of it."""


def plain_cell(text: str) -> str:
    """What a spreadsheet would take for a formula is marked as text (OWASP, CSV injection)."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def csv_file(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """In UTF-8 with a mark, by which spreadsheets know it."""
    told = io.StringIO()
    written = csv.writer(told, lineterminator="\r\n")
    written.writerow(columns)
    written.writerows(rows)
    return Response("\ufeff" + told.getvalue(), media_type="text/csv; charset=utf-8", headers=_named(f"{name}.csv"))


def workbook_file(book: PayBook) -> Response:
    told = io.BytesIO()
    with xlsxwriter.Workbook(told, _PLAIN) as file:
        file.set_properties({"title": book.heading, "created": book.at.replace(tzinfo=None)})
        amount, bold = file.add_format({"num_format": "#,##0.00"}), file.add_format({"bold": True})
        sums = file.add_format({"num_format": "#,##0.00", "bold": True, "top": 1})
        heads = file.add_format({"bold": True, "text_wrap": True, "bg_color": "#F2F3F5", "bottom": 1, "valign": "top"})
        for sheet in book.sheets:
            page = file.add_worksheet(sheet.name)
            _lay_out(page, sheet)
            page.write_string(0, 0, book.heading, bold)
            page.set_row(1, 30)
            for at, column in enumerate(sheet.columns):
                page.write_string(1, at, f"{column.chinese}\n{column.english}", heads)
            count = _write_rows(page, sheet.rows, amount)
            page.autofilter(1, 0, max(count, 1) + 1, len(sheet.columns) - 1)
            if sheet.total is not None:
                _write_row(page, count + 2, sheet.total, sums)
    return Response(told.getvalue(), media_type=WORKBOOK_TYPE, headers=_named(f"{book.name}.xlsx"))


def _lay_out(page: Any, sheet: Sheet) -> None:  # noqa: ANN401 - xlsxwriter is not typed
    """Headings stay in view, and a printed sheet is one page wide."""
    for at, column in enumerate(sheet.columns):
        page.set_column(at, at, column.width)
    page.freeze_panes(2, 2)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(1)


def _write_rows(page: Any, rows: Iterable[Sequence[Cell]], amount: object) -> int:  # noqa: ANN401
    count = 0
    for count, row in enumerate(rows, 1):
        _write_row(page, count + 1, row, amount)
    return count


def _write_row(page: Any, at: int, row: Sequence[Cell], amount: object) -> None:  # noqa: ANN401
    """A double holds fifteen digits exactly: amounts have at most fourteen."""
    for place, cell in enumerate(row):
        if isinstance(cell, Decimal):
            page.write_number(at, place, float(cell), amount if cell.as_tuple().exponent == _CENTS else None)
        elif isinstance(cell, int):
            page.write_number(at, place, cell)
        elif cell:
            page.write_string(at, place, cell)


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
