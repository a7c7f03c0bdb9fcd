import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.calls import Caller, statements_of
from tests.harness import AStore, Keys, bearer
from tests.workorder.caller import make_order
from tests.workorder.pictures import upload

TREAD = {"unit": "mm", "yellow_below": "3.0", "red_below": "1.6"}


def item(code: str, **overrides: Any) -> dict[str, Any]:
    return {"code": code, "name": {"zh": "轮胎", "en": "tyre"}, "group": {"zh": "轮胎", "en": "Tyres"}, **overrides}


def template_body(**overrides: Any) -> dict[str, Any]:
    items = [item("TY01", measure=TREAD, photo_on_red=True), item("TY02", measure=TREAD), item("EL01")]
    return {"order_kind": "repair", "name": {"zh": "检查", "en": "Inspection"}, "items": items, **overrides}


def of(thing: dict[str, Any]) -> str:
    """The version that was read, as If-Match wants it."""
    return f'"{thing["version"]}"'


async def publish(caller: Caller, **overrides: Any) -> dict[str, Any]:
    draft = await caller.make("/v1/inspection-templates", template_body(**overrides))
    return await caller.make(f"/v1/inspection-templates/{draft['id']}/publish", If_Match=of(draft))


async def begin(caller: Caller, until: str = "in_progress", **order: Any) -> dict[str, Any]:
    """An inspection of a new order, from the small template."""
    if not (await caller.read("/v1/inspection-templates"))["items"]:
        await publish(caller)
    made = await make_order(caller, until, **order)
    return await caller.make(f"/v1/repair-orders/{made['id']}/inspections")


async def photo_of(caller: Caller, inspection: dict[str, Any]) -> str:
    return str((await upload(caller, inspection["order_id"]))["id"])


async def answer(caller: Caller, inspection: dict[str, Any], *items: dict[str, Any]) -> httpx.Response:
    return await caller.patch(f"/v1/inspections/{inspection['id']}", {"items": list(items)}, If_Match=of(inspection))


async def answered(caller: Caller, inspection: dict[str, Any], *items: dict[str, Any]) -> dict[str, Any]:
    response = await answer(caller, inspection, *items)
    assert response.status_code == 200, response.text
    changed: dict[str, Any] = response.json()
    return changed


def told(response: httpx.Response) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in response.json()["errors"]]


GREEN = ({"code": "TY01", "value": "5"}, {"code": "TY02", "value": "5"}, {"code": "EL01", "result": "green"})


@pytest.fixture
def as_role(client: httpx.AsyncClient, keys: Keys, store: AStore) -> Callable[[str], Caller]:
    return lambda role: Caller(client, bearer(keys, "workorder", role, stores=[store], employee="J104"))


async def test_a_store_without_templates_uses_those_that_come_with_the_product(manager: Caller) -> None:
    for kind in ("maintenance", "pdi"):
        order = await make_order(manager, kind=kind)
        inspection = await manager.make(f"/v1/repair-orders/{order['id']}/inspections", {"technician": "J104"})
        assert (inspection["order_kind"], inspection["revision"], inspection["technician"]) == (kind, 1, "J104")
        assert inspection["open"] == [each["code"] for each in inspection["items"]]
    shipped = (await manager.read("/v1/inspection-templates/shipped"))["items"]
    assert {each["order_kind"] for each in shipped} == {
        "maintenance", "repair", "accident", "warranty", "pdi", "campaign",
    }  # fmt: skip
    [maintenance] = [each for each in shipped if each["order_kind"] == "maintenance"]
    assert len(maintenance["items"]) >= 20
    assert {"zh", "en"} == set(maintenance["items"][0]["name"])
    own = await manager.read("/v1/inspection-templates", kind="maintenance", published=True)
    assert [each["published_by"] for each in own["items"]] == ["aftermile"]
    draft = await manager.make("/v1/inspection-templates", maintenance)
    assert (draft["revision"], draft["items"]) == (None, maintenance["items"])


async def test_a_published_template_is_followed_by_another_and_never_changed(manager: Caller) -> None:
    first = await publish(manager)
    assert (first["revision"], first["published_by"], first["version"]) == (1, "SA01", 2)
    address = f"/v1/inspection-templates/{first['id']}"
    refused = await manager.patch(address, {"items": [item("X")]}, If_Match=of(first))
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:aftermile:problem:template-published")
    assert (await manager.post(f"{address}/publish", If_Match=of(first))).status_code == 409
    draft = await manager.make("/v1/inspection-templates", template_body())
    stale = await manager.patch(f"/v1/inspection-templates/{draft['id']}", {"items": [item("X")]}, If_Match='"9"')
    assert stale.status_code == 412
    changed = await manager.patch(
        f"/v1/inspection-templates/{draft['id']}", {"items": [item("EL09")]}, If_Match=of(draft)
    )
    assert [each["code"] for each in changed.json()["items"]] == ["EL09"]
    order = await make_order(manager)
    assert (await manager.make(f"/v1/repair-orders/{order['id']}/inspections"))["revision"] == 1
    second = await manager.make(f"/v1/inspection-templates/{draft['id']}/publish", If_Match=of(changed.json()))
    assert second["revision"] == 2
    other = await make_order(manager)
    inspection = await manager.make(f"/v1/repair-orders/{other['id']}/inspections")
    assert (inspection["revision"], inspection["open"]) == (2, ["EL09"])
    drafts = await manager.read("/v1/inspection-templates", published=False)
    assert drafts["items"] == []


@pytest.mark.parametrize(
    "items",
    [
        [],
        [item("A"), item("A")],
        [item("A", measure={"unit": "mm"})],
        [item("A", measure={"unit": "mm", "yellow_below": "1", "red_below": "2"})],
        [item("A", measure={"unit": "mm", "red_below": "1.00001"})],
        [item("A", measure={"unit": "mm", "red_below": 1.5})],
        [item("A\x00")],
        [item("A", name={"zh": "轮胎"})],
        [item("A", name={"zh": "轮\n胎", "en": "tyre"})],
        [item("A", group={"zh": "\u200b", "en": "tyre"})],
    ],
)
async def test_a_template_makes_sense_and_is_legible(manager: Caller, items: list[dict[str, Any]]) -> None:
    assert (await manager.post("/v1/inspection-templates", template_body(items=items))).status_code == 422


async def test_items_are_answered_bit_by_bit_and_the_measure_gives_the_result(manager: Caller) -> None:
    inspection = await begin(manager)
    inspection = await answered(manager, inspection, {"code": "TY01", "value": "3.0", "note": "左前\nfront"})
    assert (inspection["version"], inspection["open"], inspection["worst"]) == (2, ["TY02", "EL01"], "green")
    inspection = await answered(
        manager,
        inspection,
        {"code": "TY01", "value": "1.6"},
        {"code": "TY02", "value": "1.5999", "evidence": "worn", "photos": [await photo_of(manager, inspection)]},
    )
    first, second, third = inspection["items"]
    assert (first["result"], first["value"], first["note"]) == ("yellow", "1.6", None)
    assert (second["result"], second["value"], second["answered_by"]) == ("red", "1.5999", "SA01")
    assert (third["result"], third["answered_at"]) == (None, None)
    assert inspection["worst"] == "red"
    assert await manager.read(f"/v1/inspections/{inspection['id']}") == inspection
    again = await answered(manager, inspection, {"code": "TY02"})
    assert again["open"] == ["TY02", "EL01"]


async def test_a_red_measure_is_not_green_and_nothing_of_the_body_is_saved(manager: Caller) -> None:
    inspection = await begin(manager)
    refused = await answer(
        manager,
        inspection,
        {"code": "EL01", "result": "green"},
        {"code": "TY01", "result": "green", "value": "1.5"},
        {"code": "TY02", "result": "green"},
        {"code": "NONE", "result": "green"},
    )
    assert refused.status_code == 422
    assert refused.json()["type"] == "urn:aftermile:problem:inspection-answers-refused"
    assert "TY01 (轮胎 tyre) is 1.5 mm, red below 1.6 mm: not green" in refused.json()["detail"]
    assert told(refused) == [
        ("/items/1/result", "measure-contradicts-result"),
        ("/items/2/value", "measure-missing"),
        ("/items/3/code", "item-unknown"),
    ]
    assert told(await answer(manager, inspection, {"code": "TY01", "value": "1"})) == [
        ("/items/0/photos", "photo-missing")
    ]
    assert await manager.read(f"/v1/inspections/{inspection['id']}") == inspection


@pytest.mark.parametrize(
    "told_of_item",
    [
        {"code": "EL01", "result": "green", "note": "bad\x07"},
        {"code": "EL01", "result": "green", "evidence": "a\x00"},
        {"code": "EL01", "result": "blue"},
        {"code": "TY01", "value": "1.55555"},
        {"code": "TY01", "value": 5},
        {"code": "TY01", "value": "10000000"},
        {"code": "EL01", "result": "green", "colour": "x"},
    ],
)
async def test_what_cannot_be_stored_or_read_is_refused(manager: Caller, told_of_item: dict[str, Any]) -> None:
    inspection = await begin(manager)
    assert (await answer(manager, inspection, told_of_item)).status_code == 422
    twice = {"code": "EL01", "result": "green"}
    assert (await answer(manager, inspection, twice, twice)).status_code == 422


async def test_an_inspection_is_completed_when_nothing_is_open_and_then_stays(manager: Caller) -> None:
    inspection = await begin(manager)
    address = f"/v1/inspections/{inspection['id']}"
    inspection = await answered(manager, inspection, *GREEN[:2])
    refused = await manager.post(f"{address}/complete", If_Match=of(inspection))
    assert (refused.status_code, refused.json()["open"]) == (409, ["EL01"])
    assert refused.json()["type"] == "urn:aftermile:problem:inspection-items-open"
    inspection = await answered(manager, inspection, {"code": "EL01", "result": "not_applicable"})
    assert (await manager.post(f"{address}/complete", If_Match='"1"')).status_code == 412
    assert (await manager.post(f"{address}/complete")).status_code == 428
    done = await manager.make(f"{address}/complete", If_Match=of(inspection))
    assert (done["completed_by"], done["open"], done["worst"]) == ("SA01", [], "green")
    for refused in (
        await answer(manager, done, {"code": "EL01", "result": "red"}),
        await manager.post(f"{address}/complete", If_Match=of(done)),
    ):
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:aftermile:problem:inspection-completed")
    another = await manager.make(f"/v1/repair-orders/{done['order_id']}/inspections")
    listed = await manager.read("/v1/inspections", order=done["order_number"])
    assert [each["id"] for each in listed["items"]] == [another["id"], done["id"]]
    assert (await manager.read("/v1/inspections", completed=True, technician="SA01"))["items"] == [done]


async def test_an_order_has_one_open_inspection_also_when_two_begin_at_once(manager: Caller) -> None:
    order = await make_order(manager, kind="accident")
    address = f"/v1/repair-orders/{order['id']}/inspections"
    answers = await asyncio.gather(manager.post(address), manager.post(address))
    assert sorted(response.status_code for response in answers) == [201, 409]
    [refused] = [response.json() for response in answers if response.status_code == 409]
    [running] = (await manager.read("/v1/inspections"))["items"]
    assert (refused["type"], refused["inspection_id"]) == ("urn:aftermile:problem:inspection-open", running["id"])


async def test_of_two_first_inspections_one_takes_the_template_over(manager: Caller) -> None:
    made = [await make_order(manager, kind="campaign") for _ in range(3)]
    await asyncio.gather(*(manager.make(f"/v1/repair-orders/{order['id']}/inspections") for order in made))
    inspections = (await manager.read("/v1/inspections"))["items"]
    assert [each["revision"] for each in inspections] == [1, 1, 1]
    assert len((await manager.read("/v1/inspection-templates"))["items"]) == 1


async def test_of_two_answers_to_one_version_one_wins(manager: Caller) -> None:
    inspection = await begin(manager)
    answers = await asyncio.gather(*(answer(manager, inspection, GREEN[place]) for place in (0, 1)))
    assert sorted(response.status_code for response in answers) == [200, 412]


async def test_only_a_car_in_the_shop_is_inspected(manager: Caller) -> None:
    await publish(manager)
    booked = await manager.make("/v1/repair-orders", {"kind": "repair", "booked": True})
    refused = await manager.post(f"/v1/repair-orders/{booked['id']}/inspections")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:aftermile:problem:car-not-here")
    inspection = await begin(manager, "ready")
    left = await manager.make(
        f"/v1/repair-orders/{inspection['order_id']}/deliver",
        {"reason": "credit", "credit_override": "known well"},
        If_Match=of(await manager.read(f"/v1/repair-orders/{inspection['order_id']}")),
    )
    assert left["left_at"]
    assert (await answer(manager, inspection, GREEN[0])).status_code == 409


async def test_who_works_on_the_car_inspects_it_and_who_plans_writes_templates(
    manager: Caller, as_role: Callable[[str], Caller]
) -> None:
    technician = as_role("technician")
    assert (await technician.post("/v1/inspection-templates", template_body())).status_code == 403
    await publish(as_role("workshop_manager"))
    order = await make_order(manager)
    inspection = await technician.make(f"/v1/repair-orders/{order['id']}/inspections")
    inspection = await answered(technician, inspection, *GREEN)
    assert (inspection["technician"], inspection["items"][0]["answered_by"]) == ("J104", "J104")
    for role in ("cashier", "customer_care", "auditor"):
        assert (await answer(as_role(role), inspection, GREEN[0])).status_code == 403
        assert (await as_role(role).get(f"/v1/inspections/{inspection['id']}")).status_code == 200
    assert (await as_role("customer").get("/v1/inspections")).status_code == 403
    await technician.make(f"/v1/inspections/{inspection['id']}/complete", If_Match=of(inspection))


async def test_another_store_sees_no_inspection_and_answers_none(manager: Caller, stranger: Caller) -> None:
    inspection = await begin(manager)
    address = f"/v1/inspections/{inspection['id']}"
    for path in ("/v1/inspections", "/v1/inspection-templates"):
        assert (await stranger.read(path))["items"] == []
    assert (await stranger.get(address)).status_code == 404
    assert (await answer(stranger, inspection, GREEN[0])).status_code == 404
    assert (await stranger.post(f"{address}/complete", If_Match='"1"')).status_code == 404
    assert (await stranger.post(f"/v1/repair-orders/{inspection['order_id']}/inspections")).status_code == 404
    template = f"/v1/inspection-templates/{inspection['template_id']}"
    assert (await stranger.get(template)).status_code == 404
    assert (await begin(stranger))["revision"] == 1


async def test_queries_do_not_grow_with_inspections_and_items(manager: Caller, app: FastAPI) -> None:
    first = await begin(manager)
    with statements_of(app) as sent:
        order = await make_order(manager, kind="maintenance")
        sent.clear()
        await manager.make(f"/v1/repair-orders/{order['id']}/inspections")
        assert len(sent) <= 12, "with the 24 items of the template that is taken over"
    with statements_of(app) as sent:
        await answered(manager, first, GREEN[0])
        one = len(sent)
    for _ in range(4):
        await begin(manager)
    with statements_of(app) as sent:
        assert len((await manager.read("/v1/inspections"))["items"]) == 6
        assert len(sent) == 2
        sent.clear()
        assert len((await manager.read("/v1/inspection-templates"))["items"]) == 2
        assert len(sent) == 1
        sent.clear()
        second = await manager.read("/v1/inspections")
        sent.clear()
        await answered(manager, second["items"][0], *GREEN)
        assert len(sent) == one
