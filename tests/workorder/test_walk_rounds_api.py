"""The walk round a car at reception: marks, what is in the car, and who signed."""

import asyncio
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.workorder.domain.files.walk_round import Damage, View
from services.workorder.endpoints.files.sketch import PLACES, drawn
from services.workorder.schemas.files.walk_rounds import MarkBody
from tests.calls import Caller
from tests.harness import AStore, Keys, bearer
from tests.workorder.caller import make_order
from tests.workorder.pictures import a_picture, clear, upload
from tests.workorder.quoting import problem

NOTED = "SELECT detail FROM order_entries WHERE what = 'walk_round.recorded' ORDER BY id"
EVIL = "<script>alert(1)</script>\"'&"


def mark(**overrides: Any) -> dict[str, Any]:
    return {"view": "left", "x": "0.25", "y": "0.5000", "kind": "scratch", **overrides}


def walk(**overrides: Any) -> dict[str, Any]:
    seen = {"odometer_km": 63370, "fuel_percent": 40, "refusal_reason": "in a hurry"}
    return {**seen, "belongings": "child seat\numbrella", "warning_lights": ["ABS"], "marks": [mark()], **overrides}


def at(order: dict[str, Any]) -> str:
    return f"/v1/repair-orders/{order['id']}/walk-round"


async def test_a_walk_round_is_recorded_signed_and_stays_as_it_was(
    manager: Caller, app: FastAPI, store: AStore
) -> None:
    order = await make_order(manager)
    photo, other = [
        (await upload(manager, order["id"], a_picture((n, 20)), "walk_round_photo"))["id"] for n in (20, 30)
    ]
    signature = (await upload(manager, order["id"], clear((200, 80)), "signature"))["id"]
    signed = {"refusal_reason": None, "signed_by": "王先生", "signature_id": signature}
    marks = [mark(photos=[photo], note="door"), mark(view="top", kind="dent", x="0", y="1")]
    first = await manager.make(at(order), walk(**signed, marks=marks, photos=[other]))
    assert (first["number"], first["newest"], first["recorded_by"]) == (1, 1, "SA01")
    assert [(m["number"], m["view"], m["x"], m["y"], m["photos"]) for m in first["marks"]] == [
        (1, "left", "0.2500", "0.5000", [photo]), (2, "top", "0.0000", "1.0000", []),
    ]  # fmt: skip
    assert (first["signed_by"], first["signature_id"], first["photos"]) == ("王先生", signature, [other])
    second = await manager.make(at(order), walk(marks=[]))
    assert (second["number"], second["refusal_reason"], second["marks"]) == (2, "in a hurry", [])
    assert await manager.read(at(order)) == second
    assert await manager.read(at(order), number=1) == {**first, "newest": 2}
    assert (await manager.get(at(order), number=3)).status_code == 404
    async with app.state.database.transaction(store.id) as session:
        noted = await session.scalars(text(NOTED))
    assert list(noted) == [
        {"number": 1, "marks": 2, "signed": True}, {"number": 2, "marks": 0, "signed": False},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"marks": [mark(x="1.0001")]}, "/marks/0/x"),
        ({"marks": [mark(x="-0.1")]}, "/marks/0/x"),
        ({"marks": [mark(y="0.12345")]}, "/marks/0/y"),
        ({"marks": [mark(x=0.5)]}, "/marks/0/x"),
        ({"marks": [mark(view="below")]}, "/marks/0/view"),
        ({"marks": [mark(kind="rust")]}, "/marks/0/kind"),
        ({"marks": [mark(note="a\x00")]}, "/marks/0/note"),
        ({"marks": [mark()] * 61}, "/marks"),
        ({"fuel_percent": 101}, "/fuel_percent"),
        ({"odometer_km": -1}, "/odometer_km"),
        ({"odometer_km": 10**12}, "/odometer_km"),
        ({"warning_lights": ["\u200b"]}, "/warning_lights/0"),
        ({"belongings": "a\x1b[31m"}, "/belongings"),
        ({"refusal_reason": None}, ""),
        ({"refusal_reason": " "}, "/refusal_reason"),
        ({"signed_by": "王先生"}, ""),
        ({"signed_by": "王先生", "refusal_reason": None}, ""),
        ({"signed_by": "王先生", "signature_id": "01900000-0000-7000-8000-000000000009"}, ""),
        (
            {"signed_by": "王先生", "signature_id": "01900000-0000-7000-8000-000000000009", "refusal_reason": None},
            "/signature_id",
        ),
        ({"photos": ["01900000-0000-7000-8000-000000000009"]}, "/photos/0"),
        ({"colour": "red"}, "/colour"),
    ],
)
async def test_a_walk_round_makes_sense_or_nothing_of_it_is_kept(
    manager: Caller, wrong: dict[str, Any], pointer: str
) -> None:
    order = await make_order(manager)
    refused = await manager.post(at(order), walk(**wrong))
    assert (refused.status_code, [each["pointer"] for each in refused.json()["errors"]]) == (422, [pointer])
    assert (await manager.get(at(order))).status_code == 404


async def test_a_photo_of_a_mark_is_one_of_the_order(manager: Caller) -> None:
    order, other = await make_order(manager), await make_order(manager)
    photo = (await upload(manager, other["id"], purpose="walk_round_photo"))["id"]
    refused = await manager.post(at(order), walk(marks=[mark(), mark(photos=[photo])]))
    assert problem(refused) == (422, "file-unusable")
    assert refused.json()["errors"][0]["pointer"] == "/marks/1/photos/0"


@pytest.mark.parametrize("booked", [True, False])
async def test_only_a_car_that_is_here_is_walked_round(manager: Caller, booked: bool) -> None:
    order = await make_order(manager, "booked" if booked else "checked_in", booked=booked)
    assert (await manager.post(at(order), walk())).status_code == (409 if booked else 201)


async def test_the_floor_records_it_readers_see_it_and_other_stores_do_not(
    client: httpx.AsyncClient, manager: Caller, stranger: Caller, keys: Keys, store: AStore
) -> None:
    order = await make_order(manager)
    for role, may in (("service_advisor", True), ("technician", True), ("cashier", False), ("auditor", False)):
        caller = Caller(client, bearer(keys, "workorder", role, stores=[store], employee="E1"))
        assert (await caller.post(at(order), walk())).status_code == (201 if may else 403)
        assert (await caller.get(at(order))).status_code == 200
        assert (await caller.get(f"{at(order)}/sketch.svg")).status_code == 200
    assert (await stranger.post(at(order), walk())).status_code == 404
    for path in (at(order), f"{at(order)}/sketch.svg"):
        assert (await stranger.get(path)).status_code == 404


async def test_two_at_once_get_two_numbers(manager: Caller) -> None:
    order = await make_order(manager)
    made = await asyncio.gather(*(manager.make(at(order), walk()) for _ in range(4)))
    assert sorted(each["number"] for each in made) == [1, 2, 3, 4]


async def test_the_database_refuses_to_change_one(manager: Caller, app: FastAPI, store: AStore) -> None:
    await manager.make(at(await make_order(manager)), walk())
    for change in ("UPDATE walk_rounds SET fuel_percent = 100", "DELETE FROM walk_rounds"):
        with pytest.raises(DBAPIError, match="never changed"):
            async with app.state.database.transaction(store.id) as session:
                await session.execute(text(change))


async def test_the_sketch_shows_each_mark_with_its_number(manager: Caller) -> None:
    order = await make_order(manager)
    marks = [mark(view=str(view), kind=str(kind), note=EVIL) for view in View for kind in Damage]
    told = await manager.make(at(order), walk(marks=marks))
    sketch = await manager.get(told["sketch"])
    assert (sketch.status_code, sketch.headers["content-type"]) == (200, "image/svg+xml")
    assert "sandbox" in sketch.headers["content-security-policy"]
    assert "<script" not in sketch.text
    root = ET.fromstring(sketch.text)
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert [each for each in texts if each and each.isdigit()] == [str(n) for n in range(1, 26)]
    assert any(EVIL in (element.text or "") for element in root.iter("{http://www.w3.org/2000/svg}title"))


@pytest.mark.parametrize("view", View)
@pytest.mark.parametrize(("x", "y"), [("0", "0"), ("1", "1"), ("0.3333", "0.6667")])
def test_a_mark_lies_on_its_view(view: View, x: str, y: str) -> None:
    root = ET.fromstring(drawn([MarkBody.model_validate(mark(view=str(view), x=x, y=y)).mark()]))
    circle = list(root.iter("{http://www.w3.org/2000/svg}circle"))[-1]
    left, top, width, height = PLACES[view]
    assert float(circle.attrib["cx"]) == pytest.approx(left + float(x) * width, abs=0.1)
    assert float(circle.attrib["cy"]) == pytest.approx(top + float(y) * height, abs=0.1)
