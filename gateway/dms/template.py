"""An empty workbook for the files of a mapping: columns with what belongs in them, and lists to choose from."""

import io
from pathlib import PurePosixPath
from typing import Any

import xlsxwriter

from gateway.dms.mapping import KEEP, UNKNOWN, FieldMapping, FileMapping, Mapping
from gateway.dms.messages import Language, message

WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMATS = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm", "money": "0.00", "decimal": "General",
            "integer": "0"}  # fmt: skip
_AS_TEXT = "@"
"""Of anything else: a spreadsheet would take the zeros off a number, and make a date of a month."""
_ROWS = 5000
_LIST_SIGNS = 255
"""What a spreadsheet holds of a list."""


def template_of(mapping: Mapping, language: Language) -> bytes:
    told = io.BytesIO()
    with xlsxwriter.Workbook(told, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#F2F3F5", "bottom": 1, "num_format": _AS_TEXT})
        needed = book.add_format({"bold": True, "bg_color": "#D9E8E0", "bottom": 1, "num_format": _AS_TEXT})
        formats = {kind: book.add_format({"num_format": shown}) for kind, shown in _FORMATS.items()}
        as_text = book.add_format({"num_format": _AS_TEXT})
        for mapped in mapping.files:
            page = book.add_worksheet(_sheet(mapped))
            page.freeze_panes(1, 0)
            for at, field in enumerate(mapped.fields):
                page.set_column(at, at, 16, formats.get(field.kind, as_text))
                page.write_string(0, at, field.column, needed if field.required else head)
                page.write_comment(0, at, _note(field, mapping, language), {"x_scale": 2})
                _offer(page, at, field, mapping)
    return told.getvalue()


def _sheet(mapped: FileMapping) -> str:
    return PurePosixPath(mapped.file).stem


def _words(field: FieldMapping, mapping: Mapping) -> list[str]:
    if field.kind == "yes_no":
        return [mapping.yes[0], mapping.no[0]]
    return list(field.values)


def _note(field: FieldMapping, mapping: Mapping, language: Language) -> str:
    lines = [message("needed" if field.required else "not-needed", language), message(f"kind-{field.kind}", language)]
    if words := _words(field, mapping):
        lines.append("\n".join(words))
    if not field.required and mapping.blank_keeps:
        lines.append(message("blank-keeps", language))
    return "\n".join(lines)


def _offer(page: Any, at: int, field: FieldMapping, mapping: Mapping) -> None:  # noqa: ANN401 - xlsxwriter is not typed
    """A list where the words are known; other words are let through where the mapping takes them."""
    words = _words(field, mapping)
    if not words or len(",".join(words)) > _LIST_SIGNS:
        return
    kind = "warning" if field.otherwise in {KEEP, UNKNOWN} else "stop"
    page.data_validation(1, at, _ROWS, at, {"validate": "list", "source": words, "error_type": kind})
