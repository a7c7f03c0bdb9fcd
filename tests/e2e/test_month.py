"""A month of a real shop from its export to the pay of everybody, through the real processes."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from aftermile import work
from aftermile.client import Gateway
from aftermile.figures import MonthOfWork, figures_of, month_of_work, month_read
from aftermile.plan import NAMES
from aftermile.state import StateFolder
from tests.e2e.stacks import a_store, kill, own_base, run

pytestmark = pytest.mark.e2e
EXPORT = Path(__file__).resolve().parents[2] / "demo" / "dms-export-2026-09"
EXPECTED = json.loads((EXPORT / "expected.json").read_text(encoding="utf-8"))
MONTH = "2026-09"
OTHER_EXPORT = Path(__file__).with_name("october")
September = tuple[Gateway, MonthOfWork, MonthOfWork]


def as_numbers(value: Any) -> Any:
    """`expected.json` writes amounts as decimals: 24473.5 is 24473.50."""
    if isinstance(value, dict):
        return {key: as_numbers(each) for key, each in value.items()}
    if isinstance(value, str) and value.replace(".", "").lstrip("-").isdigit():
        return Decimal(value)
    return value


def differences(figures: dict[str, Any], expected: dict[str, Any] = EXPECTED) -> dict[str, tuple[Any, Any]]:
    """What is not as expected: what it is, and what it should be."""
    pairs = {name: (figures.get(name), expected.get(name)) for name in sorted({*figures, *expected})}
    return {name: pair for name, pair in pairs.items() if as_numbers(pair[0]) != as_numbers(pair[1])}


def ignore(_done: int, _total: int) -> None:
    pass


@pytest.fixture(scope="module")
def september(state: StateFolder) -> Iterator[September]:
    """Imported and run twice, for those who only look at it."""
    with a_store(state, "SEPTEMBER") as gateway:
        first, second = (month_of_work(gateway, EXPORT, MONTH, ignore) for _ in range(2))
        yield gateway, first, second


def test_the_demo_ends_well_with_every_figure_expected_and_leaves_nothing_running(open_folder: Path) -> None:
    figures = open_folder / "figures.json"
    state = StateFolder(open_folder / "demo")
    for language, word in (("zh", "满意度"), ("en", "Satisfaction")):
        ended = run(
            "demo", "--state", state.path, "--port-base", str(own_base()), "--json", figures, "--lang", language,
            seconds=180,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert word in ended.stdout
        assert "1641.08" in ended.stdout
        assert differences(json.loads(figures.read_text(encoding="utf-8"))) == {}
        assert state.running() is None


def test_another_shop_with_other_people_and_dirt_comes_out_as_worked_out_on_paper(state: StateFolder) -> None:
    expected = json.loads((OTHER_EXPORT / "expected.json").read_text(encoding="utf-8"))
    with a_store(state, "OCTOBER") as gateway:
        month = month_of_work(gateway, OTHER_EXPORT, "2026-10", ignore)
        assert differences(figures_of(month), expected) == {}


def test_sums_of_lines_are_pools_are_the_run(september: September) -> None:
    _, _, month = september
    lines = [line for statement in month.statements for line in statement["lines"]]
    assert sum(Decimal(line["amount"]) for line in lines) == Decimal(month.run["total"])
    for pool in month.figures["pools"]:
        own = [line for line in lines if line["node"].startswith(f"{pool['step']}/")]
        assert own or Decimal(pool["paid"]) == 0


def test_a_line_of_pay_leads_back_to_receipts_and_what_it_leads_to_leads_back_to_it(
    september: September,
) -> None:
    gateway, _, month = september
    lines = [line for statement in month.statements for line in statement["lines"]]
    share = next(line for line in lines if line["component"] == "share")
    back = gateway.get(f"/v1/threads/{share['id']}")
    assert joined(back) == {node["key"] for node in back["nodes"]}
    kinds = {node["kind"] for node in back["nodes"]}
    assert kinds >= {"upsell", "decision", "order_line", "order", "payment", "response", "fact", "step", "pay_line"}
    (line,) = [node for node in back["nodes"] if node["kind"] == "pay_line"]
    assert (line["data"]["amount"], line["data"]["clause"]) == (share["amount"], share["clause"])
    for kind in ("upsell", "payment", "fact"):
        node = next(each for each in back["nodes"] if each["kind"] == kind)
        forward = gateway.get(f"/v1/threads/{node['id']}")
        assert joined(forward) == {each["key"] for each in forward["nodes"]}
        assert line["key"] in joined(forward), kind
    order = back["anchor"]["orders"][-1]
    narrow = gateway.get(f"/v1/threads/{share['id']}", order=order)
    assert [node["id"] for node in narrow["nodes"] if node["kind"] == "order"] == [order]


def joined(thread: dict[str, Any]) -> set[str]:
    """What is reached from a node of the thread, along edges in either direction."""
    found = {thread["nodes"][0]["key"]}
    while more := {end for edge in thread["edges"] for end in (edge["from"], edge["to"])
                   if found & {edge["from"], edge["to"]}} - found:  # fmt: skip
        found |= more
    return found


def test_a_second_import_and_a_second_run_change_nothing(september: September) -> None:
    _, first, second = september
    assert differences(figures_of(first)) == {}
    assert second.run["hash"] == first.run["hash"]
    assert amounts(second) == amounts(first)
    assert sum(file["created"] + file["updated"] for file in second.report["files"]) == 0


def amounts(month: MonthOfWork) -> list[tuple[str, str, str]]:
    lines = [line for statement in month.statements for line in statement["lines"]]
    return [(line["employee"], line["component"], line["amount"]) for line in lines]


@pytest.mark.parametrize("victim", [*NAMES, "postgres"])
def test_a_process_killed_in_the_import_and_in_the_run_changes_no_figure(state: StateFolder, victim: str) -> None:
    killed: list[int] = []

    def kill_once(done: int, total: int) -> None:
        if not killed and total and done > total // 4:
            killed.append(done)
            kill(state, victim)

    with a_store(state, f"KILL-{victim.upper()}") as gateway:
        work.ensure_plan(gateway)
        work.ensure_questionnaire(gateway)
        report = work.import_export(gateway, EXPORT, MONTH, kill_once)
        assert killed, "the import ended before anything was killed"
        run = gateway.post("/v1/runs", {"month": MONTH})
        kill(state, victim)
        ended = work.ended_run(gateway, run)
        assert ended["status"] == "completed", ended["problem"]
        figures = figures_of(month_read(gateway, report, ended))
        for name in ("car_count", "receipts", "output", "team_hours", "team_pools", "pay", "pay_total", "upsells"):
            assert as_numbers(figures[name]) == as_numbers(EXPECTED[name]), name


def test_an_empty_folder_is_refused_before_anything_starts(open_folder: Path) -> None:
    (open_folder / "empty").mkdir()
    ended = run("demo", "--state", open_folder / "demo", "--export", open_folder / "empty")
    assert ended.returncode == 1
    assert "is empty" in ended.stderr
    assert not (open_folder / "demo").exists()


def test_a_folder_that_no_demo_made_is_left_alone(open_folder: Path) -> None:
    kept = open_folder / "kept"
    kept.mkdir()
    (kept / "secrets.json").write_text("precious")
    ended = run("demo", "--state", kept)
    assert ended.returncode == 1
    assert "left alone" in ended.stderr
    assert (kept / "secrets.json").read_text() == "precious"
