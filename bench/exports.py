"""A large export: the demo's month again and again, under other numbers, with all its dirt."""

import csv
import re
import string
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from bench.stacks import EXPORT
from services.customer.domain.identity import id_number_check_digit
from services.customer.domain.vin import vin_check_digit

ENCODING = "gb18030"
_PEOPLE, _ORDERS = 10, 26
COPIES: Mapping[str, int] = {
    "客户档案": _PEOPLE,
    "车辆档案": _PEOPLE,
    "工单": _ORDERS,
    "工单明细": 18,
    "收款": _ORDERS,
    "索赔回款": _ORDERS,
    "事故定审": _ORDERS,
    "满意度答卷": 4,
    "精品销售": 5,
}
"""How often a file is repeated; what is not named here comes once."""

_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{11}[0-9]{6}")
_ID_NUMBER = re.compile(r"[0-9]{17}[0-9X]")
Renamed = Callable[[str, int], str]


def _numbered(value: str, copy: int) -> str:
    return f"{value}{copy:02}" if value else value


def _rotated(value: str, copy: int) -> str:
    """Every digit of the last four moved on, in the width in which it was written."""
    moved = string.digits[copy % 10 :] + string.digits[: copy % 10]
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in string.digits)
    table = str.maketrans(string.digits + wide, moved + "".join(chr(ord(digit) + 0xFEE0) for digit in moved))
    return value[:-4] + value[-4:].translate(table)


def _id_number(value: str, copy: int) -> str:
    if not _ID_NUMBER.fullmatch(value):
        return value
    seventeen = value[:14] + _rotated(value[14:17], copy)
    holds = id_number_check_digit(value[:17]) == value[17]
    return seventeen + (id_number_check_digit(seventeen) if holds else value[17])


def _vin(value: str, copy: int) -> str:
    plain = "".join(unicodedata.normalize("NFKC", value).split()).upper()
    if not _VIN.fullmatch(plain):
        return value
    moved = f"{plain[:11]}{(int(plain[11:]) + copy * 99_991) % 1_000_000:06}"
    if vin_check_digit(plain) != plain[8]:
        return moved
    return moved[:8] + vin_check_digit(moved) + moved[9:]


_RENAMED: Mapping[str, Renamed] = {
    "客户编号": lambda value, copy: _numbered(value, copy % _PEOPLE),
    "手机": _rotated,
    "身份证号": _id_number,
    "底盘号": lambda value, copy: _vin(value, copy % _PEOPLE),
    "派工单号": _numbered,
    "单号": _numbered,
}


def write_export(folder: Path) -> dict[str, int]:
    """The files of an export of some 100,000 rows, in GB18030; rows by file."""
    rows: dict[str, int] = {}
    for path in sorted(EXPORT.glob("*.csv")):
        header, *month = csv.reader(path.read_text(ENCODING).splitlines())
        with (folder / path.name).open("w", encoding=ENCODING, newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(header)
            copies = COPIES.get(path.stem, 1)
            for copy in range(copies):
                writer.writerows(_renamed(header, month, copy))
        rows[path.stem] = len(month) * copies
    return rows


def _renamed(header: list[str], month: Iterable[list[str]], copy: int) -> Iterable[list[str]]:
    renamed = [_RENAMED.get(column) for column in header]
    for row in month:
        yield [rename(cell, copy) if rename else cell for rename, cell in zip(renamed, row, strict=False)]
