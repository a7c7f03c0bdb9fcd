import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from services.workorder.domain.upsells.related_work import RelatedWorkOpen
from services.workorder.service.inspections.inspections import require_related_settled
from tests.calls import Caller, statements_of
from tests.harness import AStore, Keys, bearer, feed_of
from tests.workorder.caller import line_body, make_order, upsell_body
from tests.workorder.quoting import quote_body
from tests.workorder.test_inspections_api import answer, answered, begin, photo_of, told

SEEN = {
    "source": "targeted", "fault_kind": "related", "stage": "maintenance", "finder": "J104", "priority": "safety",
    "description": "前制动片 1.2 mm\nfront pads worn", "evidence": "photo 3",
}  # fmt: skip
RULE = {
    "operation_code": "BR01",
    "related": [
        {"code": "BR02", "name": "更换前制动盘", "reason": "worn discs spoil new pads"},
        {"code": "BR05", "name": "更换制动液"},
    ],
}


async def record(caller: Caller, order: dict[str, Any] | None = None, **overrides: Any) -> dict[str, Any]:
    order = order or await make_order(caller, "in_progress")
    return await caller.make(f"/v1/repair-orders/{order['id']}/findings", {**SEEN, **overrides})


async def propose(caller: Caller, finding: dict[str, Any], *codes: str, **overrides: Any) -> dict[str, Any]:
    body = {"lines": [line_body(code=code, name=code) for code in codes], "finding_id": finding["id"], **overrides}
    return await caller.make(f"/v1/repair-orders/{finding['order_id']}/upsells", body)


async def related(caller: Caller, finding: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What is listed for a finding, by code."""
    return {work["code"]: work for work in (await caller.read(f"/v1/findings/{finding['id']}"))["related_work"]}


@pytest.fixture
def technician(client: httpx.AsyncClient, keys: Keys, store: AStore) -> Caller:
    return Caller(client, bearer(keys, "workorder", "technician", stores=[store], employee="J104"))


async def test_a_finding_says_what_was_seen_by_whom_and_whether_it_was_shown(manager: Caller) -> None:
    finding = await record(manager, part_shown=True)
    assert {name: finding[name] for name in SEEN} == SEEN
    assert (finding["part_shown"], finding["inspection_item_id"], finding["related_work"]) == (True, None, [])
    assert datetime.fromisoformat(finding["part_shown_at"]) <= datetime.now(UTC)
    unseen = await record(manager, finder=None, evidence=None, priority="comfort")
    assert (unseen["finder"], unseen["part_shown"], unseen["part_shown_at"]) == ("SA01", False, None)
    listed = await manager.read("/v1/findings", order=finding["order_number"])
    assert listed["items"] == [finding]
    assert (await manager.read("/v1/findings", priority="comfort"))["items"] == [unseen]
    assert (await manager.read("/v1/findings", finder="J104", source="targeted"))["items"] == [finding]
    assert (await manager.read("/v1/findings", source="incidental"))["items"] == []


async def test_more_is_known_later_and_the_former_version_is_kept(manager: Caller) -> None:
    finding = await record(manager)
    address = f"/v1/findings/{finding['id']}"
    shown = {"part_shown": True, "part_shown_at": "2026-09-08T14:30:00+08:00", "fault_kind": "hidden"}
    changed = (await manager.patch(address, shown, If_Match='"1"')).json()
    assert (changed["part_shown_at"], changed["fault_kind"], changed["version"]) == (
        "2026-09-08T06:30:00Z", "hidden", 2,
    )  # fmt: skip
    assert changed["description"] == finding["description"]
    assert (await manager.patch(address, {"priority": "soon"}, If_Match='"1"')).status_code == 412
    assert (await manager.patch(address, {"priority": "soon"})).status_code == 428
    assert (await manager.patch(address, {"source": "incidental"}, If_Match='"2"')).status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [
        {"description": " "},
        {"description": "a\x00"},
        {"description": "a\x1b[31m"},
        {"finder": "J1\n04"},
        {"evidence": "\u200b"},
        {"stage": "lunch"},
        {"part_shown_at": "2026-09-08T14:30:00+08:00"},
        {"part_shown": True, "part_shown_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()},
        {"inspection_item_id": "0190b7a0-0000-7000-8000-000000000000"},
    ],
)
async def test_a_finding_is_legible_and_of_its_order(manager: Caller, wrong: dict[str, Any]) -> None:
    order = await make_order(manager)
    refused = await manager.post(f"/v1/repair-orders/{order['id']}/findings", {**SEEN, **wrong})
    assert refused.status_code == 422


async def test_a_yellow_or_red_item_becomes_a_finding_and_stays_faulty(manager: Caller) -> None:
    inspection = await begin(manager)
    photo = await photo_of(manager, inspection)
    inspection = await answered(
        manager,
        inspection,
        {"code": "TY01", "value": "1", "evidence": "worn to the cords", "photos": [photo]},
        {"code": "TY02", "value": "5"},
    )
    red, green, unanswered = (each["id"] for each in inspection["items"])
    address = f"/v1/repair-orders/{inspection['order_id']}/findings"
    body = {**SEEN, "evidence": None, "finder": None}
    finding = await manager.make(address, {**body, "inspection_item_id": red})
    assert (finding["item_code"], finding["item_result"]) == ("TY01", "red")
    assert (finding["evidence"], finding["photos"], finding["finder"]) == ("worn to the cords", [photo], "SA01")
    for item in (green, unanswered):
        refused = await manager.post(address, {**body, "inspection_item_id": item})
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:aftermile:problem:item-not-faulty")
    assert told(await answer(manager, inspection, {"code": "TY01", "value": "5"})) == [
        ("/items/0/result", "finding-recorded")
    ]
    assert told(await answer(manager, inspection, {"code": "TY01"})) == [("/items/0/result", "finding-recorded")]
    better = await answered(manager, inspection, {"code": "TY01", "value": "2"})
    assert better["items"][0]["result"] == "yellow"


async def test_an_item_becomes_no_finding_of_another_order_or_store(manager: Caller, stranger: Caller) -> None:
    inspection = await begin(manager)
    inspection = await answered(manager, inspection, {"code": "EL01", "result": "red"})
    body = {**SEEN, "inspection_item_id": inspection["items"][2]["id"]}
    for caller in (manager, stranger):
        other = await make_order(caller)
        refused = await caller.post(f"/v1/repair-orders/{other['id']}/findings", body)
        assert (refused.status_code, told(refused)) == (422, [("/inspection_item_id", "item-unknown")])


async def test_no_item_turns_green_while_it_becomes_a_finding(manager: Caller) -> None:
    inspection = await begin(manager)
    inspection = await answered(manager, inspection, {"code": "EL01", "result": "red"})
    body = {**SEEN, "inspection_item_id": inspection["items"][2]["id"]}
    recorded, turned = await asyncio.gather(
        manager.post(f"/v1/repair-orders/{inspection['order_id']}/findings", body),
        answer(manager, inspection, {"code": "EL01", "result": "green"}),
    )
    assert (recorded.status_code, turned.status_code) in {(201, 422), (409, 200)}


async def test_an_upsell_takes_its_origin_from_the_finding_and_tells_of_it(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    finding = await record(manager)
    upsell = await propose(manager, finding, "BR01")
    assert (upsell["finding_id"], upsell["source"], upsell["stage"], upsell["finder"]) == (
        finding["id"], "targeted", "maintenance", "J104",
    )  # fmt: skip
    lines = (await manager.read(f"/v1/repair-orders/{finding['order_id']}/lines"))["items"]
    [line] = [each for each in lines if each["code"] == "BR01"]
    assert (line["upsell_source"], line["finder"]) == ("targeted", "J104")
    await propose(manager, finding, "BR09", source="targeted", stage="maintenance", finder="J104")
    refused = await manager.post(
        f"/v1/repair-orders/{finding['order_id']}/upsells",
        {"lines": [line_body()], "finding_id": finding["id"], "source": "incidental", "finder": "SA01"},
    )
    assert (refused.status_code, told(refused)) == (
        422, [("/source", "finding-disagrees"), ("/finder", "finding-disagrees")],
    )  # fmt: skip
    events = await feed_of(client, keys, "workorder")
    [event] = [each for each in events if each["subject"] == upsell["id"]]
    assert event["data"]["finding_id"] == finding["id"]


async def test_an_upsell_without_a_finding_says_where_it_came_from(manager: Caller) -> None:
    order = await make_order(manager, "in_progress")
    refused = await manager.post(f"/v1/repair-orders/{order['id']}/upsells", {"lines": [line_body()]})
    assert told(refused) == [("/source", "missing"), ("/stage", "missing"), ("/finder", "missing")]
    upsell = await manager.make(f"/v1/repair-orders/{order['id']}/upsells", upsell_body())
    assert upsell["finding_id"] is None


async def test_an_upsell_hangs_on_no_finding_of_another_order_or_store(manager: Caller, stranger: Caller) -> None:
    finding = await record(manager)
    for caller in (manager, stranger):
        other = await make_order(caller, "in_progress")
        body = {"lines": [line_body()], "finding_id": finding["id"]}
        refused = await caller.post(f"/v1/repair-orders/{other['id']}/upsells", body)
        assert (refused.status_code, told(refused)) == (422, [("/finding_id", "finding-unknown")])


async def test_a_proposal_calls_for_related_work_and_answers_what_is_proposed_too(manager: Caller) -> None:
    await manager.make("/v1/related-work-rules", RULE)
    finding = await record(manager)
    await propose(manager, finding, "BR01")
    listed = await related(manager, finding)
    assert {code: (work["state"], work["because_of"]) for code, work in listed.items()} == {
        "BR02": ("open", "BR01"), "BR05": ("open", "BR01"),
    }  # fmt: skip
    assert listed["BR02"]["reason"] == "worn discs spoil new pads"
    await propose(manager, finding, "BR02")
    listed = await related(manager, finding)
    assert (listed["BR02"]["state"], listed["BR02"]["needed"], listed["BR02"]["decided_by"]) == (
        "assessed", True, "SA01",
    )  # fmt: skip
    assert (listed["BR05"]["state"], len(listed)) == ("open", 2)
    together = await record(manager)
    await propose(manager, together, "BR01", "BR05")
    states = {code: work["state"] for code, work in (await related(manager, together)).items()}
    assert states == {"BR02": "open", "BR05": "assessed"}


async def test_related_work_is_assessed_by_the_workshop_and_waived_by_the_desk_alone(
    manager: Caller, technician: Caller
) -> None:
    await manager.make("/v1/related-work-rules", RULE)
    finding = await record(technician, await make_order(manager, "in_progress"))
    await propose(technician, finding, "BR01")
    listed = await related(manager, finding)
    discs, fluid = listed["BR02"], listed["BR05"]
    address = f"/v1/related-work/{discs['id']}"
    assert (await technician.post(f"{address}/assess", {}, If_Match='"1"')).status_code == 422
    assert (await technician.post(f"{address}/assess", {"needed": True})).status_code == 428
    assert (await technician.post(f"{address}/assess", {"needed": True}, If_Match='"2"')).status_code == 412
    done = await technician.make(f"{address}/assess", {"needed": False, "note": "22 mm"}, If_Match='"1"')
    assert (done["state"], done["needed"], done["decision_note"], done["decided_by"]) == (
        "assessed", False, "22 mm", "J104",
    )  # fmt: skip
    assert done["decided_at"]
    refused = await manager.post(f"{address}/waive", {"reason": "customer's wish"}, If_Match='"2"')
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:aftermile:problem:related-work-settled")
    assert (await manager.make(f"{address}/assess", {"needed": True}, If_Match='"2"'))["needed"] is True
    address = f"/v1/related-work/{fluid['id']}"
    assert (await technician.post(f"{address}/waive", {"reason": "new"}, If_Match='"1"')).status_code == 403
    assert (await manager.post(f"{address}/waive", {}, If_Match='"1"')).status_code == 422
    waived = await manager.make(f"{address}/waive", {"reason": "changed in May"}, If_Match='"1"')
    assert (waived["state"], waived["needed"], waived["decision_note"]) == ("waived", None, "changed in May")
    assert await manager.read(address) == waived
    again = await technician.make(f"{address}/assess", {"needed": True}, If_Match='"2"')
    assert (again["state"], again["decided_by"]) == ("assessed", "J104")


async def test_open_related_work_is_listed_and_holds_up_a_quote(
    manager: Caller, app: FastAPI, store: AStore, other_store: AStore
) -> None:
    await manager.make("/v1/related-work-rules", RULE)
    finding, free = await record(manager), await record(manager)
    await propose(manager, finding, "BR01")
    [fluid, discs] = (await manager.read("/v1/related-work", state="open", order=finding["order_number"]))["items"]
    assert (await manager.read("/v1/related-work", finding=free["id"]))["items"] == []
    found = [UUID(finding["id"]), UUID(free["id"])]
    async with app.state.database.transaction(store.id) as session:
        with pytest.raises(RelatedWorkOpen, match="BR02 更换前制动盘") as refused:
            await require_related_settled(session, store.id, found)
        assert [work["code"] for work in refused.value.members["open"]] == ["BR02", "BR05"]
        await require_related_settled(session, store.id, found[1:])
        await require_related_settled(session, store.id, [])
    async with app.state.database.transaction(other_store.id) as session:
        await require_related_settled(session, other_store.id, found)
    await manager.make(f"/v1/related-work/{discs['id']}/assess", {"needed": True}, If_Match='"1"')
    await manager.make(f"/v1/related-work/{fluid['id']}/waive", {"reason": "new"}, If_Match='"1"')
    async with app.state.database.transaction(store.id) as session:
        await require_related_settled(session, store.id, found)


async def test_nothing_is_quoted_while_work_related_to_its_finding_is_open(manager: Caller) -> None:
    await manager.make("/v1/related-work-rules", RULE)
    finding = await record(manager)
    upsell = await propose(manager, finding, "BR01")
    await propose(manager, await record(manager), "BR01")
    address = f"/v1/repair-orders/{finding['order_id']}/quotes"
    refused = await manager.post(address, quote_body(upsell["id"]))
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:aftermile:problem:related-work-open")
    assert "BR05 更换制动液 (because of BR01)" in refused.json()["detail"]
    assert [(work["code"], work["finding_id"]) for work in refused.json()["open"]] == [
        ("BR02", finding["id"]), ("BR05", finding["id"]),
    ]  # fmt: skip
    for work in (await related(manager, finding)).values():
        await manager.make(f"/v1/related-work/{work['id']}/assess", {"needed": False}, If_Match='"1"')
    assert (await manager.make(address, quote_body(upsell["id"])))["number"] == 1


async def test_rules_are_data_of_the_store(manager: Caller, technician: Caller, stranger: Caller) -> None:
    assert (await technician.post("/v1/related-work-rules", RULE)).status_code == 403
    rule = await manager.make("/v1/related-work-rules", RULE)
    assert rule["related"][1] == {"code": "BR05", "name": "更换制动液", "reason": None}
    taken = await manager.post("/v1/related-work-rules", RULE)
    assert (taken.status_code, taken.json()["type"]) == (409, "urn:aftermile:problem:code-taken")
    itself = [{"code": "BR01", "name": "x"}]
    for wrong in ({"related": itself}, {"related": [RULE["related"][0]] * 2}, {"operation_code": "A\x00"}):
        assert (await manager.post("/v1/related-work-rules", {**RULE, **wrong})).status_code == 422
    address = f"/v1/related-work-rules/{rule['id']}"
    assert (await manager.patch(address, {"related": itself}, If_Match='"1"')).status_code == 422
    assert (await manager.patch(address, {"related": []}, If_Match='"3"')).status_code == 412
    changed = (await manager.patch(address, {"related": []}, If_Match='"1"')).json()
    assert (changed["related"], changed["version"]) == ([], 2)
    assert (await manager.read("/v1/related-work-rules", operation="BR01"))["items"] == [changed]
    assert (await stranger.read("/v1/related-work-rules"))["items"] == []
    assert (await stranger.get(address)).status_code == 404
    assert (await stranger.patch(address, {"related": []}, If_Match='"2"')).status_code == 404
    finding = await record(manager)
    await propose(manager, finding, "BR01")
    assert await related(manager, finding) == {}


async def test_another_store_sees_no_finding_and_settles_nothing(manager: Caller, stranger: Caller) -> None:
    await manager.make("/v1/related-work-rules", RULE)
    finding = await record(manager)
    await propose(manager, finding, "BR01")
    work = (await related(manager, finding))["BR02"]
    for path in ("/v1/findings", "/v1/related-work"):
        assert (await stranger.read(path))["items"] == []
    address = f"/v1/findings/{finding['id']}"
    assert (await stranger.get(address)).status_code == 404
    assert (await stranger.patch(address, {"priority": "soon"}, If_Match='"1"')).status_code == 404
    assert (await stranger.get(f"/v1/related-work/{work['id']}")).status_code == 404
    for verb, body in (("assess", {"needed": True}), ("waive", {"reason": "x"})):
        assert (await stranger.post(f"/v1/related-work/{work['id']}/{verb}", body, If_Match='"1"')).status_code == 404
    assert (await stranger.post(f"/v1/repair-orders/{finding['order_id']}/findings", SEEN)).status_code == 404


async def test_nothing_is_found_on_a_car_that_is_not_here(
    manager: Caller, client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    booked = await manager.make("/v1/repair-orders", {"kind": "repair", "booked": True})
    refused = await manager.post(f"/v1/repair-orders/{booked['id']}/findings", SEEN)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:aftermile:problem:car-not-here")
    order = await make_order(manager, "ready")
    cashier = Caller(client, bearer(keys, "workorder", "cashier", stores=[store]))
    assert (await cashier.post(f"/v1/repair-orders/{order['id']}/findings", SEEN)).status_code == 403
    finding = await record(manager, order, stage="final_check")
    assert (await cashier.read(f"/v1/findings/{finding['id']}")) == finding


async def test_queries_do_not_grow_with_findings_and_related_work(manager: Caller, app: FastAPI) -> None:
    await manager.make("/v1/related-work-rules", RULE)
    finding = await record(manager)
    with statements_of(app) as sent:
        await propose(manager, finding, "X1")
        one = len(sent)
        sent.clear()
        await propose(manager, finding, "BR01")
        assert len(sent) == one + 1, "all that is called for at once"
        sent.clear()
        await propose(manager, finding, "BR02")
        assert len(sent) == one + 2, "its former version, and that it is assessed now"
    for _ in range(4):
        await record(manager)
    with statements_of(app) as sent:
        assert len((await manager.read("/v1/findings"))["items"]) == 5
        assert len(sent) == 2
        sent.clear()
        assert len((await manager.read("/v1/related-work"))["items"]) == 2
        assert len(sent) == 1
