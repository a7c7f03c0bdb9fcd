"""What an import does: everything is read before anything is written, and being cut off anywhere changes nothing."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina

from chassis.auth import Principal
from gateway.imports.bulk import BatchRefused, ServiceUnavailable, read_answer
from gateway.imports.repository import Key
from gateway.imports.workspace import workspace
from tests.gateway.dms_exports import as_csv, september, september_rows
from tests.gateway.importing import Importing, ObedientServices, importing, unavailable
from tests.harness import AStore, Clone, Keys, eventually

_PAYMENTS = ["派工单号", "收款日期", "金额", "方式"]
_SMALL_TOTALS = {"rows": 6296, "updated": 0, "unchanged": 0, "merged": 0}


@pytest.fixture
async def gateway(clone_database: Callable[[str], Clone], keys: Keys, store: AStore) -> AsyncIterator[Importing]:
    async with importing(clone_database, keys, store) as made:
        yield made


@pytest.fixture(autouse=True)
def _hasty_retries() -> Iterator[None]:
    stamina.set_testing(testing=True, attempts=2)
    yield
    stamina.set_testing(testing=False)


def _comparable(read: dict[str, Any]) -> dict[str, Any]:
    return {name: read[name] for name in ("state", "totals", "files", "problem", "notes")}


async def test_the_month_is_imported_and_every_row_accounted_for(gateway: Importing) -> None:
    read = await gateway.imported(fields={"month": "2026-09"})
    assert read["state"] == "finished"
    assert read["totals"].items() >= _SMALL_TOTALS.items()
    files = {file["file"]: file for file in read["files"]}
    assert [*files][:5] == ["员工.csv", "目标.csv", "考核成绩.csv", "客户档案.csv", "车辆档案.csv"]
    assert (files["工单.csv"]["created"], files["工单.csv"]["duplicate"]) == (620, 1)
    assert (files["客户档案.csv"]["created"], files["客户档案.csv"]["duplicate"]) == (918, 5)
    assert read["progress"] == {"file": None, "rows_done": 6296, "rows": 6296, "trouble": None}
    assert await gateway.count("dms_import_row") == 6296


async def test_it_is_written_with_the_rights_and_in_the_name_of_who_asked(gateway: Importing) -> None:
    await gateway.imported()
    assert gateway.services.callers == {("tester", frozenset({"service_manager"}), gateway.store.id)}


async def test_the_same_export_again_changes_nothing(gateway: Importing) -> None:
    await gateway.imported()
    kept = {key: row for key, (row, _) in gateway.services.kept.items()}
    again = await gateway.imported()
    assert {key: row for key, (row, _) in gateway.services.kept.items()} == kept
    counts = again["totals"]
    assert (counts["created"], counts["updated"]) == (0, 0)
    assert counts["unchanged"] + counts["duplicate"] + counts["rejected"] == 6296


async def test_a_changed_row_is_an_update_and_what_is_left_out_stays(gateway: Importing) -> None:
    await gateway.imported()
    rows = september_rows("投诉.csv")
    rows[4][-1] = "是"
    again = await gateway.imported(september() | {"投诉.csv": as_csv(rows[:5])})
    complaints = next(file for file in again["files"] if file["file"] == "投诉.csv")
    assert (complaints["rows"], complaints["updated"], complaints["unchanged"]) == (4, 1, 3)
    assert sum(resource == "complaints" for resource, _ in gateway.services.kept) == 5


@pytest.mark.parametrize(
    ("files", "fields", "codes"),
    [
        ({"工单.csv": b"\0"}, {}, ["nul-bytes"]),
        ({"满意度答卷.csv": b"\xff\xff"}, {}, ["not-text"]),
        ({}, {"month": "2026-08"}, ["month-not-in-export"]),
        ({"收款.csv": as_csv([_PAYMENTS, ["X1", "2026-09-08", "1", "微信"]])}, {}, ["references-dangling"]),
    ],
)  # fmt: skip
async def test_an_export_with_a_problem_writes_nothing_anywhere(
    gateway: Importing, files: dict[str, bytes], fields: dict[str, str], codes: list[str]
) -> None:
    read = await gateway.imported(september() | files, fields)
    assert (read["state"], [error["code"] for error in read["problem"]["errors"]]) == ("refused", codes)
    assert read["problem"]["type"] == "urn:aftermile:problem:import-refused"
    assert not gateway.services.calls
    assert (await gateway.count("dms_import_row"), await gateway.count("dms_import_file")) == (0, 0)


async def test_what_was_uploaded_is_thrown_away_at_the_end(gateway: Importing) -> None:
    key = await gateway.accepted()
    assert await gateway.count("dms_import_part") == 14
    await gateway.runner().run(key)
    assert await gateway.count("dms_import_part") == 0
    read = await gateway.get(f"/v1/imports/{key.id}")
    assert len(read["uploads"]) == 14
    assert all(len(upload["sha256"]) == 64 for upload in read["uploads"])


async def test_rows_refused_here_and_by_a_service_stand_in_one_report(gateway: Importing) -> None:
    vehicles = september_rows("车辆档案.csv")
    vehicles[1][7] = "去年"
    read = await gateway.imported(september() | {"车辆档案.csv": as_csv(vehicles)})
    file = next(file for file in read["files"] if file["file"] == "车辆档案.csv")
    codes = {finding["code"]: finding["rows"] for finding in file["findings"]}
    assert codes["date-unreadable"] == 1
    assert codes["vin-invalid"] >= 1
    assert file["rejected"] == codes["date-unreadable"] + codes["vin-invalid"]
    assert sum(file[name] for name in ("created", "updated", "unchanged", "duplicate", "rejected")) == file["rows"]


async def test_a_service_that_is_down_is_tried_again_and_nothing_is_written_twice(gateway: Importing) -> None:
    undisturbed = await gateway.imported()
    gateway.services.__init__()  # type: ignore[misc]
    gateway.services.before_of = {"vehicles": [unavailable()]}
    gateway.services.after_of = {"payments": [unavailable()]}
    assert _comparable(await gateway.imported()) == _comparable(undisturbed)
    assert max(gateway.services.calls.values()) == 2


async def test_a_service_that_stays_down_leaves_the_import_waiting_and_says_for_what(gateway: Importing) -> None:
    key = await gateway.accepted()
    gateway.services.before_of = {"customers": [unavailable(), unavailable()]}
    with pytest.raises(ServiceUnavailable):
        await gateway.runner().run(key)
    read = await gateway.get(f"/v1/imports/{key.id}")
    assert (read["state"], read["progress"]["trouble"]) == ("writing", "customer: nobody answers")
    await gateway.runner().run(key)
    read = await gateway.get(f"/v1/imports/{key.id}")
    assert (read["state"], read["progress"]["trouble"]) == ("finished", None)


@pytest.mark.parametrize(("moment", "at"), [("before", 0), ("after", 0), ("before", 5), ("after", 8)])
async def test_a_run_killed_anywhere_is_taken_up_with_the_same_report(gateway: Importing, moment: str, at: int) -> None:
    undisturbed = await gateway.imported()
    gateway.services.__init__()  # type: ignore[misc]
    setattr(gateway.services, moment, [*[None] * at, _KilledError()])
    key = await gateway.accepted()
    with pytest.raises(_KilledError):
        await gateway.runner().run(key)
    await gateway.runner().run(key)
    read = await gateway.get(f"/v1/imports/{key.id}")
    assert _comparable(read) == _comparable(undisturbed)
    assert sum(gateway.services.calls.values()) == len(gateway.services.answered) + 1
    assert await gateway.count("dms_import_row") == 2 * 6296


class _KilledError(Exception):
    """Stands for the end of the process: nothing catches it."""


class OpenTo:
    """The services as one run reaches them: at first those of these resources only."""

    def __init__(self, services: ObedientServices, *resources: str) -> None:
        self._services = services
        self._resources = resources
        self.all_open = asyncio.Event()

    async def send(self, caller: Principal, resource: str, key: str, body: bytes) -> bytes:
        if resource not in self._resources:
            await self.all_open.wait()
        return await self._services.send(caller, resource, key, body)


async def test_two_runs_of_the_same_import_do_not_disturb_each_other(gateway: Importing) -> None:
    undisturbed = await gateway.imported()
    gateway.services.__init__()  # type: ignore[misc]
    key = await gateway.accepted()
    await asyncio.gather(gateway.runner().run(key), gateway.runner().run(key))
    read = await gateway.get(f"/v1/imports/{key.id}")
    assert _comparable(read) == _comparable(undisturbed)
    assert await gateway.count("dms_import_row") == 2 * 6296


async def test_of_two_runs_that_overtake_each_other_neither_leaves_the_import_unfinished(gateway: Importing) -> None:
    undisturbed = await gateway.imported()
    gateway.services.__init__()  # type: ignore[misc]
    key = await gateway.accepted()
    ways = OpenTo(gateway.services, "customers"), OpenTo(gateway.services, "employees")
    runs = [asyncio.create_task(gateway.runner(way).run(key)) for way in ways]

    async def each_is_ahead_somewhere() -> bool:
        files = (await gateway.get(f"/v1/imports/{key.id}"))["files"]
        return {"客户档案.csv", "员工.csv"} <= {each["file"] for each in files if each["rows_done"] == each["rows"]}

    await eventually(each_is_ahead_somewhere)
    for way in ways:
        way.all_open.set()
    await asyncio.gather(*runs)
    assert _comparable(await gateway.get(f"/v1/imports/{key.id}")) == _comparable(undisturbed)
    assert await gateway.count("dms_import_row") == 2 * 6296


async def test_a_batch_that_a_service_will_never_take_ends_the_import_with_what_was_written(gateway: Importing) -> None:
    key = await gateway.accepted()
    gateway.services.before_of = {"targets": [BatchRefused("403 not for you")]}
    gateway.services.held = {"customers": asyncio.Event()}
    running = asyncio.create_task(gateway.runner().run(key))
    await eventually(lambda: "targets" in gateway.services.asked)
    gateway.services.held["customers"].set()
    await running
    read = await gateway.get(f"/v1/imports/{key.id}", {"Accept-Language": "zh"})
    assert (read["state"], read["files"][0]["created"], read["files"][1]["created"]) == ("failed", 27, 0)
    assert read["totals"]["created"] == len(gateway.services.kept)
    assert {"employees", "customers"} <= {resource for resource, _ in gateway.services.kept}
    assert not {"review-scores", "vehicles"} & {resource for resource, _ in gateway.services.kept}
    assert read["problem"]["errors"][0]["code"] == "service-refused"
    assert "目标.csv: 403 not for you" in read["problem"]["errors"][0]["message"]


async def test_an_import_that_has_ended_is_not_run_again(gateway: Importing) -> None:
    key = await gateway.accepted()
    await gateway.runner().run(key)
    calls = sum(gateway.services.calls.values())
    await gateway.runner().run(key)
    await gateway.runner().run(Key(AStore().id, key.id))
    assert sum(gateway.services.calls.values()) == calls


@pytest.mark.parametrize(
    "answer",
    [
        b"not json",
        b"[]",
        b'{"results": [{"row": 2}]}',
        b'{"results": [{"row": 2, "outcome": "vanished"}]}',
        b'{"results": [{"row": 3, "outcome": "created"}]}',
        b'{"results": [{"row": 2, "outcome": "created"}, {"row": 2, "outcome": "created"}]}',
        b'{"results": []}',
    ],
)
def test_an_answer_that_does_not_account_for_every_row_is_no_answer(answer: bytes) -> None:
    with pytest.raises(BatchRefused):
        read_answer(answer, [2])


def test_a_folder_left_by_a_killed_process_is_cleared_away_by_a_later_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "aftermile-import-old").mkdir()
    (tmp_path / "someone-elses").mkdir()
    with workspace() as first, workspace(now=time.time() + 3600):
        assert first.stat().st_mode & 0o077 == 0
        assert (tmp_path / "aftermile-import-old").exists()
    with workspace(now=time.time() + 7 * 3600):
        assert (tmp_path / "someone-elses").exists()
        assert not (tmp_path / "aftermile-import-old").exists()
