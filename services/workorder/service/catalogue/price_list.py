"""The price list of a store: a page of it, or all of it as a file for a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from chassis.errors import Invalid, Language
from chassis.representation import PageWish, paginate, plain
from services.workorder.domain.catalogue.catalogue_entries import Car
from services.workorder.domain.catalogue.price_list import Group, Listed, price_list, words
from services.workorder.domain.catalogue.pricing import Asked
from services.workorder.domain.orders.order import OrderKind
from services.workorder.repository.catalogue import price_list as repository
from services.workorder.repository.catalogue.pricing import load_catalogue
from services.workorder.service.desk import Desk

MOST_ENTRIES = 10_000
_AT_ONCE = 2000
_HEADERS: dict[Language, Sequence[str]] = {
    "zh": ("类别", "代码", "名称", "零件号", "配件来源", "工时", "价格", "币种", "生效日", "说明"),
    "en": ("group", "code", "name", "part number", "origin", "hours", "price", "currency", "on", "remark"),
}
_BYTE_ORDER_MARK = "\ufeff"
"""Without it a spreadsheet takes the file for one in the system's own encoding."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def asked_for(desk: Desk, day: date | None, model: str | None, kind: OrderKind) -> Asked:
    return Asked(day or desk.today, kind, car=Car(model))


async def page_of_list(
    desk: Desk, wish: PageWish, asked: Asked, group: Group | None
) -> tuple[list[Listed], str | None]:  # fmt: skip
    query, keys = repository.entries(desk.store_id, asked.day, group)
    rows, following = await paginate(desk.session, query, keys, wish)
    return await _priced(desk, [(repository.group_of(row), row.code) for row in rows], asked), following


async def _priced(desk: Desk, wanted: Sequence[tuple[Group, str]], asked: Asked) -> list[Listed]:
    menus = [code for group, code in wanted if group is Group.MENU]
    operations = [code for group, code in wanted if group is not Group.MENU]
    return price_list(await load_catalogue(desk.session, desk.store_id, operations, menus), wanted, asked)


async def file_of_list(desk: Desk, asked: Asked, language: Language) -> bytes:
    wanted = await repository.all_entries(desk.session, desk.store_id, asked.day, MOST_ENTRIES)
    if len(wanted) > MOST_ENTRIES:
        raise Invalid(f"The list is longer than {MOST_ENTRIES} lines; read it page by page")
    lines: list[Sequence[str]] = [_HEADERS[language]]
    for begin in range(0, len(wanted), _AT_ONCE):
        listed = await _priced(desk, wanted[begin : begin + _AT_ONCE], asked)
        lines += [_line(each, desk.store.currency, asked.day, language) for each in listed]
    return (_BYTE_ORDER_MARK + _written(lines)).encode()


def _line(each: Listed, currency: str, day: date, language: Language) -> Sequence[str]:
    return (
        words(each.group, language),
        each.code,
        each.name,
        each.part_number or "",
        words(each.origin, language) if each.origin else "",
        "" if each.hours is None else plain(each.hours.normalize()),
        "" if each.price is None else f"{each.price:.2f}",
        currency,
        day.isoformat(),
        words(each.unpriced, language) if each.unpriced else "",
    )


def _written(lines: Iterable[Sequence[str]]) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(_harmless(line) for line in lines)
    return stream.getvalue()


def _harmless(line: Sequence[str]) -> Iterator[str]:
    """A cell that a spreadsheet would run as a formula gets an apostrophe before it (OWASP, CSV injection)."""
    return (f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell for cell in line)
