"""Plans as files, through the command line: checked with their examples, formatted, compared."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aftermile import cli
from services.payroll.domain.plans.meaning import same_plan
from services.payroll.language import parse_plan
from tests.payroll.shipped_plan import PLANS, shipped_plan
from tests.payroll.test_api_plans import SMALL, small_example

SHIPPED = PLANS / "4s-after-sales.plan"
Told = tuple[int, str, str]
Run = Callable[..., Told]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def told(*arguments: object) -> Told:
        monkeypatch.setattr(sys, "argv", ["aftermile", "plan", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return told


def test_the_shipped_plan_is_checked_with_the_examples_beside_it(run: Run) -> None:
    status, out, _ = run("check", SHIPPED, "--lang", "zh")
    assert status == 0
    assert out.startswith("✓ [二] 业务组一个月\n")
    assert "4S店售后提成方案: 例题通过" in out


def test_a_plan_with_problems_is_refused_with_file_line_and_column(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "bad.plan"
    file.write_text(SMALL.replace("计数", "记数"), encoding="utf-8")
    status, out, error = run("check", file, "--lang", "en")
    assert (status, out) == (1, "")
    assert f"{file}:3:18: there is no function '记数' [function-unknown] → 计数" in error
    assert f"{file}:3:18: 没有函数“记数”" in run("check", file, "--lang", "zh")[2]


def test_an_example_that_fails_says_what_it_gives(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "small.plan"
    file.write_text(SMALL, encoding="utf-8")
    examples = tmp_path / "own.json"
    examples.write_text(json.dumps({"examples": [small_example("21.00")]}), encoding="utf-8")
    status, out, error = run("check", file, "--examples", examples, "--lang", "en")
    assert (status, error) == (1, "aftermile: 1 of the examples fail\n")
    assert "✗ [乙] two cars\n    SA01 total: expected 21.00, got 20.00\nsmall plan: examples passed 0/1\n" in out


def test_a_plan_is_formatted_in_either_language_and_as_json_and_back(run: Run, tmp_path: Path) -> None:
    status, english, _ = run("format", SHIPPED, "--lang", "en")
    assert (status, same_plan(parse_plan(english), shipped_plan())) == (0, True)
    document = tmp_path / "plan.json"
    document.write_text(run("format", SHIPPED, "--json")[1], encoding="utf-8")
    assert run("format", document, "--lang", "en")[1] == english


def test_an_exported_plan_is_checked_with_its_own_examples_whatever_the_file_is_called(
    run: Run, tmp_path: Path
) -> None:
    exported = tmp_path / "exported.txt"
    told = {"format": "aftermile.plan-file/1", "text": SMALL, "examples": {"examples": [small_example("20.00")]}}
    exported.write_text(json.dumps(told), encoding="utf-8-sig")
    status, out, _ = run("check", exported, "--lang", "en")
    assert (status, out.splitlines()[-1]) == (0, "small plan: examples passed 1/1")
    text = tmp_path / "small.plan"
    text.write_text(SMALL, encoding="utf-8")
    assert run("diff", exported, text, "--lang", "zh")[0] == 0
    assert run("format", exported, "--lang", "en")[1] == run("format", text, "--lang", "en")[1]


def test_two_plans_are_compared_in_words(run: Run, tmp_path: Path) -> None:
    older, newer = tmp_path / "older.plan", tmp_path / "newer.plan"
    older.write_text(SMALL, encoding="utf-8")
    newer.write_text(SMALL.replace("10元", "12元").replace("每台奖金", "单台奖金"), encoding="utf-8")
    status, out, _ = run("diff", older, newer, "--lang", "zh")
    assert status == 0
    assert out == (
        "[甲] 参数“每台奖金”(per_car)改名为“单台奖金”(per_car) (不影响金额)\n"
        "[甲] 参数“单台奖金”自 2026-01-01 起由 10元 改为 12元\n"
    )
    assert run("diff", older, older, "--lang", "en")[1] == "they say the same\n"


@pytest.mark.parametrize(
    ("content", "name"), [(b"\xff\xfe\x00", "x.plan"), (b"{", "x.json"), (b"[" * 100_000, "x.json"), (None, "x.plan")]
)
def test_a_file_that_cannot_be_read_is_one_plain_sentence(
    run: Run, tmp_path: Path, content: bytes | None, name: str
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    for command in ("check", "format"):
        status, _, error = run(command, file)
        assert (status, error.count("\n")) == (1, 1)
        assert error.startswith("aftermile: ")
