"""Wrong input through the real stack: a clear problem, and nothing left behind but the record that it was tried."""

import asyncio
import json
import zipfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from aftermile import work
from aftermile.client import Gateway, Refused
from aftermile.keys import load
from aftermile.plan import NAMES
from aftermile.postgres import running_port
from aftermile.session import gateway_of
from aftermile.state import StateFolder
from tests.e2e.stacks import a_store, run

pytestmark = pytest.mark.e2e
OCTOBER = Path(__file__).parent / "october"
MONTH = "2026-10"
TEMPLATE = Path(work.__file__).parents[1] / "services" / "payroll" / "plans" / "4s-after-sales.plan"
OUTPUT = "正常维修实收 + 索赔回款额 + 事故产值 + 精品产值"
RECORDS = {"dms_import", "dms_import_upload", "audit_entry", "idempotency_key", "login_session", "refresh_token"}
"""What may grow although nothing was accepted; besides the log of the job queue."""
NUMBERS = count(1)
Rows = dict[str, int]
Spoil = Callable[[dict[str, bytes]], None]


@pytest.fixture
def shop(state: StateFolder) -> Iterator[Gateway]:
    with a_store(state, f"WRONG-{next(NUMBERS)}") as gateway:
        yield gateway


def rows(state: StateFolder) -> Rows:
    """Of every table of the five databases, the records of what was tried aside, once all that was told is known."""
    with gateway_of(state, "en") as platform:
        work.wait_for_feeds(platform)
    return asyncio.run(_rows(state))


async def _rows(state: StateFolder) -> Rows:
    port, password = running_port(state.postgres), load(state.secrets).postgres
    found: Rows = {}
    for name in NAMES:
        connection = await asyncpg.connect(f"postgresql://postgres:{password}@127.0.0.1:{port}/aftermile_{name}")
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in tables:
            if table not in RECORDS and not table.startswith("pgqueuer"):
                found[f"{name}.{table}"] = await connection.fetchval(f'SELECT count(*) FROM "{table}"')
        await connection.close()
    return found


def export(folder: Path, spoil: Spoil = lambda _files: None) -> Path:
    """October's, spoiled."""
    files = {path.name: path.read_bytes() for path in OCTOBER.glob("*.csv")}
    spoil(files)
    target = folder / "export"
    target.mkdir()
    for name, content in files.items():
        (target / name).write_bytes(content)
    return target


def imported(gateway: Gateway, path: Path, month: str | None = None) -> dict[str, Any]:
    return work.import_export(gateway, path, month, lambda _done, _total: None)


def refusal(state: StateFolder, gateway: Gateway, path: Path, month: str | None = None) -> set[tuple[str, str]]:
    """The (code, file) of each reason, once it is sure that both languages have them and that nothing was written."""
    before = rows(state)
    with pytest.raises(work.ImportFailed, match="nothing was written"):
        imported(gateway, path, month)
    assert rows(state) == before
    [tried] = gateway.items("/v1/imports")
    chinese = gateway.answer("GET", f"/v1/imports/{tried['id']}", headers={"Accept-Language": "zh"}).json()
    assert (tried["state"], "没有写入任何数据" in chinese["problem"]["title"]) == ("refused", True)
    reasons = list(zip(tried["problem"]["errors"], chinese["problem"]["errors"], strict=True))
    assert all(english["message"] != zh["message"] for english, zh in reasons)
    return {(english["code"], english["file"]) for english, _ in reasons}


def without_orders(files: dict[str, bytes]) -> None:
    del files["工单.csv"]


def with_a_program(files: dict[str, bytes]) -> None:
    files["工单.csv"] = b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 40


def with_one_long_line(files: dict[str, bytes]) -> None:
    files["收款.csv"] += b"a" * 8_000_000


def with_payments_for_nothing(files: dict[str, bytes]) -> None:
    files["收款.csv"] += b"X1,2026-10-05,1.00,cash\n" * 3


def with_nothing_in_them(files: dict[str, bytes]) -> None:
    files.update(dict.fromkeys(files, b""))


@pytest.mark.parametrize(
    ("spoil", "month", "reasons"),
    [
        (without_orders, None, {("file-missing", "工单.csv")}),
        (with_a_program, None, {("nul-bytes", "工单.csv")}),
        (with_one_long_line, None, {("line-too-long", "收款.csv")}),
        (with_payments_for_nothing, None, {("references-dangling", "收款.csv")}),
        (lambda _files: None, "2026-09", {("month-not-in-export", "目标.csv")}),
        (with_nothing_in_them, None, {("file-empty", path.name) for path in OCTOBER.glob("*.csv")}),
    ],
    ids=["missing", "binary", "line", "references", "month", "empty"],
)
def test_an_export_that_is_no_good_is_refused_as_a_whole(
    state: StateFolder, shop: Gateway, tmp_path: Path, spoil: Spoil, month: str | None, reasons: set[tuple[str, str]]
) -> None:
    assert refusal(state, shop, export(tmp_path, spoil), month) == reasons


def test_a_hundred_megabytes_of_one_line_are_not_taken_in(state: StateFolder, shop: Gateway, tmp_path: Path) -> None:
    folder = export(tmp_path)
    with (folder / "收款.csv").open("ab") as payments:
        payments.writelines([b"a" * 1_000_000] * 100)
    before = rows(state)
    with pytest.raises(work.ImportFailed, match=r"(?s)larger than allowed.*收款.csv 有 100 MB"):
        imported(shop, folder)
    assert rows(state) == before
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)
    assert refusal(state, shop, packed) == {("archive-bomb", "export.zip")}


def test_the_command_says_what_is_wrong_and_where(state: StateFolder, tmp_path: Path) -> None:
    with a_store(state, "COMMAND"):
        pass
    (tmp_path / "empty").mkdir()
    before = rows(state)
    empty = run("import", tmp_path / "empty", "--state", state.path)
    assert (empty.returncode, "is empty" in empty.stderr) == (1, True)
    folder = export(tmp_path, with_a_program)
    for language, said in (("zh", "不是文本文件"), ("en", "Not a text file")):
        refused = run("import", folder, "--state", state.path, "--lang", language, "--store", "COMMAND")
        assert refused.returncode == 1
        assert f"工单.csv: {said}" in refused.stderr
        assert "Traceback" not in refused.stderr
    assert rows(state) == before


def test_the_command_names_the_rows_that_were_rejected(state: StateFolder, tmp_path: Path) -> None:
    sheet = tmp_path / "考勤.csv"
    sheet.write_text("月份,工号,出勤天数\n2026-11,A1,31\n2026-13,A1,1\n2026-11,[A2],21\n", encoding="utf-8")
    with a_store(state, "SHEETS"):
        told = run(
            "import", sheet, "--mapping", "pay-sheets", "--state", state.path, "--store", "SHEETS", "--lang", "zh"
        )
    assert "  考勤.csv 2 2026-11/A1: 该月只有 30 天" in told.stdout, told.stdout + told.stderr
    assert "  考勤.csv 3 A1: 月份: 没有这样的日期或时间 (2026-13)" in told.stdout
    assert "2026-11/[A2]" not in told.stdout
    assert "/report.csv" in told.stdout


def test_a_formula_in_a_name_is_text_and_harmless_in_the_report(shop: Gateway, tmp_path: Path) -> None:
    def spoil(files: dict[str, bytes]) -> None:
        for name, content in files.items():
            files[name] = content.replace(b"K001", b"=K001").replace("张甲".encode("gb18030"), b"=cmd|'/c calc'!A1")

    report = imported(shop, export(tmp_path, spoil))
    customer = shop.get("/v1/customers/by-number/=K001")
    assert customer["name"] == "=cmd|'/c calc'!A1"
    told = shop.answer("GET", f"/v1/imports/{report['id']}/report.csv").text
    assert ",'=K001," in told
    assert ",=" not in told


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ("(" * 5000 + "1元" + ")" * 5000, "nesting-too-deep"),
        ("-" * 3000 + "1元", "nesting-too-deep"),
        ("没有这个名字 + 索赔回款额", "name-unknown"),
        ('__import__("os")', "function-unknown"),
        ("9" * 5000 + "元", "number-too-long"),
        ("产值 + 1元", "cycle"),
    ],
    ids=["brackets", "signs", "name", "function", "number", "cycle"],
)
def test_a_plan_that_cannot_be_read_is_not_kept(state: StateFolder, shop: Gateway, formula: str, code: str) -> None:
    before = rows(state)
    with pytest.raises(Refused, match="line 60, column") as refused:
        shop.post("/v1/plans", {"text": template_with(formula), "examples": examples()})
    assert code in {error["code"] for error in refused.value.problem["errors"]}
    assert rows(state) == before


@pytest.mark.parametrize(
    ("formula", "actual"),
    [("索赔回款额 ÷ 0", "除数为零 / the divisor is zero"), ("索赔回款额", "316076/5")],
    ids=["division", "figures"],
)
def test_a_plan_whose_examples_fail_stays_a_draft(state: StateFolder, shop: Gateway, formula: str, actual: str) -> None:
    plan = shop.post("/v1/plans", {"text": template_with(formula), "examples": examples()})
    before = rows(state)
    with pytest.raises(Refused) as refused:
        shop.post(f"/v1/plans/{plan['id']}/activate", version=plan["version"])
    failed = refused.value.problem["examples"]
    assert actual in " ".join(each["actual"] for example in failed for each in example["differences"])
    assert shop.get(f"/v1/plans/{plan['id']}")["status"] == "draft"
    assert rows(state) == before


def template_with(formula: str) -> str:
    """The shipped plan with another formula for the output."""
    text = TEMPLATE.read_text(encoding="utf-8")
    assert OUTPUT in text
    return text.replace(OUTPUT, formula)


def examples() -> Any:
    return json.loads(TEMPLATE.with_suffix(".examples.json").read_text(encoding="utf-8"))


def test_a_correction_in_a_later_export_is_a_new_version_and_what_is_missing_stays(
    shop: Gateway, tmp_path: Path
) -> None:
    imported(shop, export(tmp_path))
    before = {payment["id"]: payment for payment in shop.items("/v1/payments")}

    def spoil(files: dict[str, bytes]) -> None:
        lines = files["收款.csv"].splitlines(keepends=True)
        files["收款.csv"] = b"".join(lines[:2]).replace(b"1,000.00", b"1,234.00")

    (tmp_path / "later").mkdir()
    imported(shop, export(tmp_path / "later", spoil))
    after = {payment["id"]: payment for payment in shop.items("/v1/payments")}
    assert after.keys() == before.keys()
    [changed] = [each for each in after.values() if each["version"] == 2]
    assert (before[changed["id"]]["amount"], changed["amount"]) == ("1000.00", "1234.00")
