"""Imports over HTTP: handing in, watching, reading the report, cancelling."""

import asyncio
import csv
import io
import zipfile
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import orjson
import pytest
from sqlalchemy import text

from chassis.auth import Principal
from gateway.imports import report, service
from tests.gateway.dms_exports import as_csv, september, september_rows
from tests.gateway.importing import Importing, ObedientServices, importing
from tests.harness import AStore, Clone, Keys, client_of, serving


@pytest.fixture
async def gateway(
    clone_database: Callable[[str], Clone], keys: Keys, store: AStore, other_store: AStore
) -> AsyncIterator[Importing]:
    async with importing(clone_database, keys, store, other_store) as made:
        yield made


async def _jobs(gateway: Importing) -> int:
    async with gateway.database.transaction() as session:
        counted: int = (
            await session.execute(text("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'import'"))
        ).scalar_one()
    return counted


async def test_an_export_is_taken_in_with_its_job_and_told_where_to_watch(gateway: Importing) -> None:
    answer = await gateway.post(fields={"month": "2026-09"})
    body = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (202, f"/v1/imports/{body['id']}")
    assert (body["state"], body["month"], body["mapping"]) == ("waiting", "2026-09", "4s-standard")
    assert (body["files"], body["problem"], body["created_by"]) == ([], None, "tester")
    assert {upload["name"]: upload["size"] for upload in body["uploads"]} == {n: len(c) for n, c in september().items()}
    assert await _jobs(gateway) == 1


async def test_a_zip_is_taken_in_as_one_upload(gateway: Importing) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for name, content in september().items():
            packed.writestr(f"导出/{name}", content)
    read = await gateway.imported({"导出.zip": stream.getvalue()})
    assert (read["state"], read["totals"]["rows"]) == ("finished", 6296)


@pytest.mark.parametrize(
    ("files", "fields", "pointer"),
    [
        ({}, {"mapping": "4s-standard"}, "/files"),
        (None, {"mapping": "../../etc/passwd"}, "/mapping"),
        (None, {"month": "2026-13"}, "/month"),
        (None, {"month": "九月"}, "/month"),
        (None, {"colour": "red"}, "/colour"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_stored(
    gateway: Importing, files: dict[str, bytes] | None, fields: dict[str, str], pointer: str
) -> None:
    answer = await gateway.post(files, fields) if files is None else await gateway.client.post(
        "/v1/imports", files={"mapping": (None, fields["mapping"])}, headers=gateway.headers()
    )  # fmt: skip
    assert (answer.status_code, [e["pointer"] for e in answer.json()["errors"]]) == (422, [pointer])
    assert (await gateway.count("dms_import"), await _jobs(gateway)) == (0, 0)


async def test_what_is_no_form_is_refused(gateway: Importing) -> None:
    json = await gateway.client.post("/v1/imports", json={}, headers=gateway.headers())
    assert (json.status_code, json.json()["type"]) == (400, "urn:aftermile:problem:multipart-required")
    headers = {**gateway.headers(), "Content-Type": "multipart/form-data; boundary=x"}
    broken = await gateway.client.post("/v1/imports", content=b"--y\r\nnonsense", headers=headers)
    assert broken.status_code in {400, 422}


@pytest.mark.parametrize("roles", [("service_advisor",), ("technician",), ("customer",)])
async def test_only_those_who_answer_for_the_data_may_import(gateway: Importing, roles: tuple[str, ...]) -> None:
    assert (await gateway.post(headers=gateway.headers(*roles))).status_code == 403
    for path in ("", f"/{uuid4()}", f"/{uuid4()}/rows", f"/{uuid4()}/report.csv", f"/{uuid4()}/progress"):
        answer = await gateway.client.get(f"/v1/imports{path}", headers=gateway.headers(*roles))
        assert answer.status_code == 403


async def test_an_upload_beyond_the_bound_is_refused_whether_it_says_its_size_or_not(
    clone_database: Callable[[str], Clone], keys: Keys, store: AStore
) -> None:
    async with importing(clone_database, keys, store, max_body_bytes=100_000) as gateway:
        assert (await gateway.post()).status_code == 413
        request = gateway.client.build_request("POST", "/v1/imports", files=[("files", ("a.csv", b"x" * 200_000))])

        async def pieces() -> AsyncIterator[bytes]:
            body = await request.aread()
            for start in range(0, len(body), 10_000):
                yield body[start : start + 10_000]

        headers = {**gateway.headers(), "Content-Type": request.headers["content-type"]}
        answer = await gateway.client.post("/v1/imports", content=pieces(), headers=headers)
        assert answer.status_code == 413
        assert await gateway.count("dms_import") == 0


async def test_the_same_key_is_one_import_and_another_body_under_it_is_refused(gateway: Importing) -> None:
    headers = {**gateway.headers(), "Idempotency-Key": "september"}
    first, second = await gateway.post(headers=headers), await gateway.post(headers=headers)
    assert (second.status_code, second.json()["id"]) == (202, first.json()["id"])
    assert second.headers["idempotent-replayed"] == "true"
    assert second.headers["location"] == first.headers["location"]
    other = await gateway.post({**september(), "工单.csv": b"x"}, headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "urn:aftermile:problem:idempotency-key-reused")
    assert await gateway.count("dms_import") == 1


async def test_imports_are_listed_newest_first_and_only_those_of_the_own_store(
    gateway: Importing, other_store: AStore
) -> None:
    ids = [str((await gateway.accepted({"a.csv": b"x"})).id) for _ in range(3)]
    page = await gateway.get("/v1/imports?limit=2")
    assert [item["id"] for item in page["items"]] == ids[:0:-1]
    assert [item["id"] for item in (await gateway.get(page["next"]))["items"]] == ids[:1]
    foreign = gateway.headers(store=other_store)
    assert (await gateway.client.get("/v1/imports", headers=foreign)).json()["items"] == []
    for path in ("", "/rows", "/report.csv", "/progress"):
        assert (await gateway.client.get(f"/v1/imports/{ids[0]}{path}", headers=foreign)).status_code == 404


async def test_rows_can_be_asked_for_by_outcome_and_file(gateway: Importing) -> None:
    read = await gateway.imported()
    rows = f"/v1/imports/{read['id']}/rows"
    duplicates = await gateway.all_rows(f"{rows}?outcome=duplicate&limit=3")
    assert [(row["file"], row["outcome"]) for row in duplicates] == [("客户档案.csv", "duplicate")] * 5 + [
        ("工单.csv", "duplicate")
    ]
    warned = await gateway.all_rows(f"{rows}?outcome=warned&file=客户档案.csv")
    assert {remark["code"] for row in warned for remark in row["remarks"]} == {"mobile-not-11-digits"}
    lines = await gateway.all_rows(f"{rows}?file=工单明细.csv&limit=100")
    assert [row["row"] for row in lines] == list(range(2, 2838))
    assert lines[0]["key"] == "W260900001/1"
    assert (await gateway.client.get(f"{rows}?colour=red", headers=gateway.headers())).status_code == 400
    assert (await gateway.client.get(f"{rows}?outcome=lost", headers=gateway.headers())).status_code == 400


@pytest.mark.parametrize(
    ("language", "said"),
    [("zh-CN", "底盘号不是 17 位，或含有字母 I、O、Q"), ("en", "The VIN is not of 17 characters, or has I, O or Q")],
)
async def test_findings_are_told_in_the_readers_language(gateway: Importing, language: str, said: str) -> None:
    read = await gateway.imported()
    path = f"/v1/imports/{read['id']}"
    vehicles = next(
        f for f in (await gateway.get(path, {"Accept-Language": language}))["files"] if f["file"] == "车辆档案.csv"
    )
    assert [finding["message"] for finding in vehicles["findings"]] == [said]
    row = (await gateway.get(f"{path}/rows?outcome=rejected", {"Accept-Language": language}))["items"][0]
    assert (row["remarks"][0]["message"], row["remarks"][0]["column"]) == (said, "底盘号")


async def test_the_report_is_a_csv_that_excel_opens_and_cannot_be_harmed_by(gateway: Importing) -> None:
    orders = september_rows("工单.csv")
    orders[1][0] = "=cmd|'/c calc'!A1"
    orders[2][8] = "+1+1"
    read = await gateway.imported(september() | {"工单.csv": as_csv(orders)})
    answer = await gateway.client.get(read["report"], headers=gateway.headers() | {"Accept-Language": "zh"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert lines[0] == ["文件", "行", "编号", "结果", "提示级别", "说明", "代码"]
    assert len(lines) == 1 + 6296
    of_orders = [line for line in lines if line[0] == "工单.csv"]
    assert of_orders[0][1:4] == ["2", "'=cmd|'/ccalc'!A1", "新增"]
    assert of_orders[1][3:] == ["拒收", "错误", "承诺交车时间: 不是可以识别的日期 (+1+1)", "date-unreadable"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for line in lines for cell in line)


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@A", "\t=1", "＝1"])
def test_a_cell_that_would_run_is_put_behind_an_apostrophe(cell: str) -> None:
    assert report.harmless(cell) == f"'{cell}"


def test_an_ordinary_cell_stays_as_it_is() -> None:
    assert report.harmless("W260900001") == "W260900001"


async def test_waiting_ends_with_the_import_or_with_the_time(gateway: Importing) -> None:
    key = await gateway.accepted()
    still = await gateway.get(f"/v1/imports/{key.id}?wait=0.1")
    assert still["state"] == "waiting"
    waiting = asyncio.create_task(gateway.get(f"/v1/imports/{key.id}?wait=60"))
    await gateway.runner().run(key)
    assert (await asyncio.wait_for(waiting, 25))["state"] == "finished"


async def test_with_a_version_waiting_ends_at_the_next_change(gateway: Importing) -> None:
    key = await gateway.accepted()
    path = f"/v1/imports/{key.id}"
    first = await gateway.client.get(path, headers=gateway.headers())
    seen = {**gateway.headers(), "If-None-Match": first.headers["etag"]}
    assert (await gateway.client.get(f"{path}?wait=0.1", headers=seen)).status_code == 304
    gateway.services.held = {"customers": asyncio.Event()}
    waiting = asyncio.create_task(gateway.client.get(f"{path}?wait=60", headers=seen))
    running = asyncio.create_task(gateway.runner().run(key))
    changed = await asyncio.wait_for(waiting, 25)
    assert changed.json()["state"] in {"reading", "writing"}
    gateway.services.held["customers"].set()
    await running


def _events(streamed: str) -> list[tuple[str, dict[str, Any]]]:
    blocks = [
        dict(line.split(": ", 1) for line in block.split("\n")) for block in streamed.split("\n\n") if "event" in block
    ]
    return [(block["event"], orjson.loads(block["data"])) for block in blocks]


class OneCallPerLook:
    """Lets the services answer one call for every event that was seen, so that none is missed."""

    def __init__(self, services: ObedientServices) -> None:
        self._services = services
        self.looks = asyncio.Semaphore(0)

    async def send(self, caller: Principal, resource: str, key: str, body: bytes) -> bytes:
        await self.looks.acquire()
        return await self._services.send(caller, resource, key, body)


async def test_progress_is_streamed_until_the_import_ends(gateway: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_LOOK_SECONDS", 0.01)
    key = await gateway.accepted()
    services = OneCallPerLook(gateway.services)
    running = asyncio.create_task(gateway.runner(services).run(key))
    lines = []
    async with (
        asyncio.timeout(120),
        serving(gateway.app) as address,
        client_of(address) as client,
        client.stream("GET", f"/v1/imports/{key.id}/progress", headers=gateway.headers()) as answer,
    ):
        async for line in answer.aiter_lines():
            lines.append(line)
            if line.startswith("event: "):
                services.looks.release()
    await running
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = _events("\n".join(lines).strip())
    assert [name for name, _ in events][-1] == "ended"
    done = [read["progress"]["rows_done"] for _, read in events]
    assert done == sorted(done)
    assert len(set(done)) > 5
    assert len({read["progress"]["file"] for _, read in events}) > 3


async def test_a_quiet_stream_shows_that_it_lives(gateway: Importing) -> None:
    key = await gateway.accepted()
    watching = service.watch(gateway.database, key, heartbeat=0.02, seconds=600)
    async with asyncio.timeout(60):
        seen = [await anext(watching) for _ in range(3)]
    assert [whole is None for whole in seen] == [False, True, True]


async def test_a_stream_ends_with_its_time_too(gateway: Importing) -> None:
    key = await gateway.accepted()
    async with asyncio.timeout(60):
        seen = [whole async for whole in service.watch(gateway.database, key, heartbeat=0.02, seconds=0.2)]
    assert seen[0] is not None
    assert not any(seen[1:])


async def test_an_import_can_be_cancelled_until_it_writes(gateway: Importing) -> None:
    key = await gateway.accepted()
    path = f"/v1/imports/{key.id}"
    assert (await gateway.client.post(f"{path}/cancel", headers=gateway.headers())).status_code == 428
    stale = await gateway.client.post(f"{path}/cancel", headers=gateway.headers() | {"If-Match": '"7"'})
    assert stale.status_code == 412
    answer = await gateway.client.post(f"{path}/cancel", headers=gateway.headers() | {"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["state"], answer.headers["etag"]) == (200, "cancelled", '"2"')
    assert await gateway.count("dms_import_part") == 0
    await gateway.runner().run(key)
    assert not gateway.services.calls


async def test_an_import_that_has_written_cannot_be_cancelled_nor_resumed(gateway: Importing) -> None:
    read = await gateway.imported()
    match = gateway.headers() | {"If-Match": f'"{read["version"]}"'}
    cancel = await gateway.client.post(f"/v1/imports/{read['id']}/cancel", headers=match)
    assert (cancel.status_code, cancel.json()["type"]) == (409, "urn:aftermile:problem:import-writing")
    resume = await gateway.client.post(f"/v1/imports/{read['id']}/resume", headers=match)
    assert (resume.status_code, resume.json()["type"]) == (409, "urn:aftermile:problem:import-ended")


async def test_an_import_whose_attempts_have_run_out_can_be_resumed(gateway: Importing) -> None:
    key = await gateway.accepted()
    answer = await gateway.client.post(f"/v1/imports/{key.id}/resume", headers=gateway.headers() | {"If-Match": '"1"'})
    assert (answer.status_code, await _jobs(gateway)) == (200, 2)


async def test_the_systems_that_can_be_imported_are_listed(gateway: Importing) -> None:
    answer = await gateway.client.get("/v1/import-mappings", headers=gateway.headers() | {"Accept-Language": "zh"})
    assert [(m["name"], len(m["files"])) for m in answer.json()] == [("4s-standard", 14), ("pay-sheets", 4)]
    assert "标准" in answer.json()[0]["title"]
