"""The pay clerk's own workbook: a template to fill in, taken by the real payroll service, seen by whom it is for."""

import io
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import xlsxwriter
from python_calamine import load_workbook

from gateway.exchange import TokenExchange
from gateway.imports import ImportRunner
from gateway.imports.repository import Key
from services.payroll.main import create_app
from services.payroll.settings import Settings
from tests.gateway.importing import Importing, importing
from tests.gateway.test_import_month import InProcess
from tests.harness import AStore, Clone, Keys, bearer, calling, process_environment

Sheets = Mapping[str, Sequence[Sequence[object]]]
SHEETS: Sheets = {
    "员工": [
        ["工号", "姓名", "岗位", "班组", "提成系数", "基本工资", "入职日期", "试用期至", "生效日期"],
        ["J101", "曾轩", "机电技师", "机电一组", 1.2, 3200, date(2024, 3, 1), None, None],
        ["007", "白露", "漆面技师", None, None, "3,600.00", date(2026, 9, 16), None, None],
    ],
    "考勤": [["月份", "工号", "出勤天数"], ["2026-09", "J101", 21.5], ["2026-09", "007", "31天"]],
    "手工指标": [
        ["指标", "日期", "工号", "班组", "凭证", "数值", "金额", "工时", "原因"],
        ["返修", date(2026, 9, 12), "J101", None, "QC-0912", 1, None, None, "制动异响返修"],
        ["返修", date(2026, 9, 13), None, "机电一组", "QC-0913", None, None, None, "没有数"],
    ],
    "补贴扣款": [
        ["工号", "岗位", "项目", "英文名称", "计算方式", "金额", "扣款", "起始月份", "截止月份", "原因"],
        ["J101", None, "餐补", None, "按出勤天数", 15, None, "2026-09", None, "按出勤"],
        ["007", None, "工装押金", "Uniform", None, 50, "是", "2026-09", "2026-09", "领用工装"],
        ["J999", None, "餐补", None, "按出勤天数", 15, None, "2026-09", None, "查无此人"],
        [None, None, "餐补", None, "按小时", 15, None, "2026年13月", None, ""],
    ],
}


def workbook(sheets: Sheets) -> bytes:
    told = io.BytesIO()
    with xlsxwriter.Workbook(told) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            for at, row in enumerate(rows):
                for place, cell in enumerate(row):
                    page.write(at, place, cell, day if isinstance(cell, date) else None)
    return told.getvalue()


class Desk:
    """A clerk with the gateway before him and payroll behind it."""

    def __init__(self, gateway: Importing, payroll: httpx.AsyncClient, services: InProcess) -> None:
        self.gateway, self.payroll, self._services = gateway, payroll, services
        self.headers = gateway.headers("payroll_clerk")

    async def take(self, sheets: Sheets) -> dict[str, Any]:
        posted = await self.gateway.post({"工资.xlsx": workbook(sheets)}, {"mapping": "pay-sheets"}, self.headers)
        assert posted.status_code == 202, posted.text
        key = Key(self.gateway.store.id, UUID(posted.json()["id"]))
        await ImportRunner(self.gateway.database, self._services).run(key)
        return await self.gateway.get(f"/v1/imports/{key.id}", self.headers)

    async def read(self, path: str) -> dict[str, Any]:
        clerk = bearer(self.gateway.keys, "payroll", "payroll_clerk", stores=[self.gateway.store])
        body: dict[str, Any] = (await self.payroll.get(path, headers=clerk)).json()
        return body


@pytest.fixture
async def desk(
    clone_database: Callable[[str], Clone], keys: Keys, store: AStore, other_store: AStore
) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        told = process_environment("payroll", clone_database("payroll").app_url, keys)
        payroll = await stack.enter_async_context(calling(create_app(Settings(**told))))
        gateway = await stack.enter_async_context(importing(clone_database, keys, store, other_store))
        yield Desk(gateway, payroll, InProcess({"payroll": payroll}, TokenExchange(keys.signer("gateway"))))


def counted(read: dict[str, Any]) -> dict[str, tuple[int, int, int, int]]:
    names = ("created", "updated", "unchanged", "rejected")
    return {file["resource"]: tuple(file[name] for name in names) for file in read["files"]}


async def test_what_the_clerk_fills_in_is_in_payroll_and_every_wrong_row_says_which_column(desk: Desk) -> None:
    read = await desk.take(SHEETS)
    assert (read["state"], counted(read)) == ("finished", {
        "employees": (2, 0, 0, 0), "attendance-days": (1, 0, 0, 1), "measures": (1, 0, 0, 1), "pay-items": (2, 0, 0, 2),
    })  # fmt: skip
    rows = await desk.gateway.get(
        f"{read['rows']}?outcome=rejected&limit=50", {**desk.headers, "Accept-Language": "zh"}
    )
    told = {(row["file"], row["row"]): [(each["column"], each["message"]) for each in row["remarks"]]
            for row in rows["items"]}  # fmt: skip
    assert told == {
        ("考勤.csv", 3): [(None, "该月只有 30 天 / the month has 30 days")],
        ("手工指标.csv", 3): [(None, "写数值、金额或工时 / give a number, an amount or hours")],
        ("补贴扣款.csv", 4): [("工号", "没有这个员工")],
        ("补贴扣款.csv", 5): [
            ("计算方式", "不是可以用的取值"), ("起始月份", "没有这样的日期或时间"), ("原因", "必填，但为空"),
        ],
    }  # fmt: skip
    painter = await desk.read("/v1/employees/007")
    assert (painter["hired_on"], painter["terms"]["base_pay"], painter["terms"]["post"]) == (
        "2026-09-16", "3600.00", "漆面技师",
    )  # fmt: skip
    items = {each["name_zh"]: each for each in (await desk.read("/v1/pay-items"))["items"]}
    assert (items["工装押金"]["deducted"], items["餐补"]["basis"], items["餐补"]["name_en"]) == (
        True, "attendance_days", "餐补",
    )  # fmt: skip
    assert items["餐补"]["recorded_by"] == "tester"


async def test_the_same_workbook_again_changes_nothing_and_an_empty_cell_leaves_what_is_there(desk: Desk) -> None:
    await desk.take(SHEETS)
    assert counted(await desk.take(SHEETS)) == {
        "employees": (0, 0, 2, 0), "attendance-days": (0, 0, 1, 1), "measures": (0, 0, 1, 1), "pay-items": (0, 0, 2, 2),
    }  # fmt: skip
    raised: Sheets = {"员工": [["工号", "姓名", "岗位", "基本工资", "提成系数", "生效日期"],
                      ["J101", "曾轩", "机电技师", 3400, None, date(2026, 10, 1)]]}  # fmt: skip
    assert counted(await desk.take(raised)) == {"employees": (0, 1, 0, 0)}
    terms = (await desk.read("/v1/employees/J101/terms"))["terms"]
    assert [(each["valid_from"], each["base_pay"], each["coefficient"], each["team"]) for each in terms] == [
        ("2024-03-01", "3200.00", "1.2", "机电一组"), ("2026-10-01", "3400.00", "1.2", "机电一组"),
    ]  # fmt: skip


async def test_the_template_has_the_columns_that_are_read_with_numbers_kept_as_text(desk: Desk, tmp_path: Path) -> None:
    listed = await desk.gateway.client.get("/v1/import-mappings", headers=desk.headers)
    (mapping,) = listed.json()
    filled = tmp_path / "template.xlsx"
    answer = await desk.gateway.client.get(mapping["template"], headers={**desk.headers, "Accept-Language": "zh"})
    filled.write_bytes(answer.content)
    with load_workbook(filled) as book:
        columns = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    assert columns == {name: [list(rows[0])] for name, rows in SHEETS.items()}
    assert (answer.headers["content-disposition"], answer.headers["content-language"]) == (
        'attachment; filename="pay-sheets.xlsx"', "zh",
    )  # fmt: skip
    unknown = await desk.gateway.client.get("/v1/import-mappings/acme/template", headers=desk.headers)
    assert unknown.status_code == 404


async def test_each_sees_and_starts_imports_of_the_kinds_that_are_for_him(desk: Desk, other_store: AStore) -> None:
    gateway, get = desk.gateway, desk.gateway.client.get
    archive = await gateway.accepted()
    mine = (await desk.take({"考勤": SHEETS["考勤"]}))["id"]
    refused = await gateway.post(None, {"mapping": "4s-standard"}, desk.headers)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/mapping")
    for path in ("", "/rows", "/report.csv", "/progress"):
        assert (await get(f"/v1/imports/{archive.id}{path}", headers=desk.headers)).status_code == 404, path
    for move in ("cancel", "resume"):
        stale = {**desk.headers, "If-Match": '"1"'}
        assert (await gateway.client.post(f"/v1/imports/{archive.id}/{move}", headers=stale)).status_code == 404
    seen = {}
    for role in ("payroll_clerk", "service_manager", "dms"):
        listed = await get("/v1/imports", headers=gateway.headers(role))
        seen[role] = {UUID(each["id"]) for each in listed.json()["items"]}
    assert seen == {
        "payroll_clerk": {UUID(mine)}, "service_manager": {archive.id, UUID(mine)}, "dms": {archive.id},
    }  # fmt: skip
    stranger = gateway.headers("payroll_clerk", store=other_store)
    assert (await get(f"/v1/imports/{mine}", headers=stranger)).status_code == 404
    assert (await get("/v1/imports", headers=gateway.headers("technician"))).status_code == 403
