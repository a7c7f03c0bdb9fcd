"""Photos where something was found, and signatures where it was agreed to."""

from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.workorder.domain.orders.order import OrderKind
from services.workorder.inspection_templates import shipped
from services.workorder.repository.upsells import quotes as repository
from services.workorder.service.upsells.quotes import revision_of
from tests.calls import Caller
from tests.harness import AStore
from tests.workorder.caller import make_order
from tests.workorder.pictures import PDF, a_picture, upload
from tests.workorder.quoting import at, make_link, make_quote, problem, quote_body, told
from tests.workorder.test_findings_api import propose, record
from tests.workorder.test_inspections_api import answer, answered, begin, photo_of
from tests.workorder.test_inspections_api import told as faults_of

UNKNOWN = "01900000-0000-7000-8000-000000000009"


def test_every_shipped_template_wants_photos_of_what_is_red() -> None:
    for kind in OrderKind:
        assert any(item.photo_on_red for item in shipped(kind).items), kind


async def test_a_red_item_needs_a_photo_and_words_are_none(manager: Caller) -> None:
    inspection = await begin(manager)
    red = {"code": "TY01", "value": "1"}
    assert faults_of(await answer(manager, inspection, {**red, "evidence": "worn to the cords"})) == [
        ("/items/0/photos", "photo-missing")
    ]
    photo = await photo_of(manager, inspection)
    after = await answered(manager, inspection, {**red, "evidence": "worn to the cords", "photos": [photo]})
    assert (after["items"][0]["result"], after["items"][0]["photos"]) == ("red", [photo])


async def wrong_files(manager: Caller, stranger: Caller, order_id: str) -> dict[str, str]:
    """Files that are no photos of this order."""
    other = await make_order(manager)
    theirs = await make_order(stranger)
    return {
        UNKNOWN: "file-unknown",
        (await upload(manager, other["id"]))["id"]: "file-unknown",
        (await upload(stranger, theirs["id"]))["id"]: "file-unknown",
        (await upload(manager, order_id, PDF, "document"))["id"]: "file-of-other-purpose",
        (await upload(manager, order_id, purpose="signature"))["id"]: "file-of-other-purpose",
    }


async def test_photos_are_pictures_of_the_order(manager: Caller, stranger: Caller) -> None:
    inspection = await begin(manager)
    order_id = inspection["order_id"]
    finding = await record(manager, {"id": order_id})
    for wrong, code in (await wrong_files(manager, stranger, order_id)).items():
        photos = {"photos": [wrong]}
        for refused, pointer in (
            (await answer(manager, inspection, {"code": "TY01", "value": "1", **photos}), "/items/0/photos/0"),
            (await manager.post(f"/v1/repair-orders/{order_id}/findings", finding_body(**photos)), "/photos/0"),
            (await manager.patch(f"/v1/findings/{finding['id']}", photos, If_Match='"1"'), "/photos/0"),
        ):
            assert problem(refused) == (422, "file-unusable")
            assert [(e["pointer"], e["code"]) for e in refused.json()["errors"]] == [(pointer, code)]
    assert await manager.read(f"/v1/inspections/{inspection['id']}") == inspection


def finding_body(**overrides: Any) -> dict[str, Any]:
    return {
        "source": "incidental", "fault_kind": "other", "stage": "road_test", "priority": "safety",
        "description": "front pads worn", **overrides,
    }  # fmt: skip


async def test_photos_of_a_finding_change_and_the_former_ones_are_kept(
    manager: Caller, app: FastAPI, store: AStore
) -> None:
    order = await make_order(manager, "in_progress")
    first, second = [(await upload(manager, order["id"], a_picture((n, 9))))["id"] for n in (20, 30)]
    finding = await record(manager, order, photos=[first])
    changed = (await manager.patch(f"/v1/findings/{finding['id']}", {"photos": [second, first]}, If_Match='"1"')).json()
    assert changed["photos"] == [second, first]
    kept = (await manager.patch(f"/v1/findings/{finding['id']}", {"priority": "soon"}, If_Match='"2"')).json()
    assert kept["photos"] == [second, first]
    async with app.state.database.transaction(store.id) as session:
        former = list(await session.scalars(text("SELECT state->'photos' FROM finding_history ORDER BY version")))
    assert former == [[first], [second, first]]
    for wrong in ([first, first], [UNKNOWN] * 13, ["x"]):
        refused = await manager.patch(f"/v1/findings/{finding['id']}", {"photos": wrong}, If_Match='"3"')
        assert refused.status_code == 422


async def quoted_with_photos(manager: Caller) -> tuple[dict[str, Any], list[str]]:
    """A quote of one thing that was found and photographed, and one that was not."""
    order = await make_order(manager, "in_progress")
    photos = [(await upload(manager, order["id"], a_picture((n, 40))))["id"] for n in (50, 60)]
    seen = await propose(manager, await record(manager, order, photos=photos), "BR01")
    unseen = await propose(manager, await record(manager, order), "EL01")
    return await manager.make(f"/v1/repair-orders/{order['id']}/quotes", quote_body(seen["id"], unseen["id"])), photos


async def test_a_quote_shows_the_photos_and_its_hash_holds_them(manager: Caller, app: FastAPI, store: AStore) -> None:
    quote, photos = await quoted_with_photos(manager)
    assert [item["photos"] for item in quote["items"]] == [photos, []]
    async with app.state.database.transaction(store.id) as session:
        revision = revision_of(await repository.quote_by_id(session, store.id, quote["id"]))
    assert revision.content_hash() == quote["content_hash"]
    assert "photos" in revision.items[0].told()
    assert "photos" not in revision.items[1].told()


async def test_a_customer_sees_the_photos_by_his_link_alone(manager: Caller, customer: Caller) -> None:
    quote, photos = await quoted_with_photos(manager)
    link = await make_link(manager, quote)
    shown = (await customer.read(at(link)))["quote"]["items"]
    assert [[photo["id"] for photo in item["photos"]] for item in shown] == [photos, []]
    for photo in shown[0]["photos"]:
        for address in (photo["address"], photo["preview_address"]):
            got = await customer.get(address)
            assert (got.status_code, got.headers["content-type"]) == (200, "image/jpeg")


async def test_what_was_quoted_keeps_its_photos_when_the_finding_gets_others(manager: Caller) -> None:
    quote, photos = await quoted_with_photos(manager)
    (finding,) = [f for f in (await manager.read("/v1/findings", order=quote["order_number"]))["items"] if f["photos"]]
    await manager.patch(f"/v1/findings/{finding['id']}", {"photos": []}, If_Match='"1"')
    assert (await manager.read(f"/v1/quotes/{quote['id']}"))["items"][0]["photos"] == photos


SIGNED = {"method": "in_person_signature"}


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        ({**SIGNED, "signature_id": "signature"}, True),
        (SIGNED, False),
        ({**SIGNED, "signature_id": "photo"}, False),
        ({**SIGNED, "signature_id": UNKNOWN}, False),
        ({"method": "contract", "signature_id": "signature"}, False),
        ({"method": "contract"}, True),
    ],
)
async def test_what_is_decided_in_person_is_signed(manager: Caller, body: dict[str, str], accepted: bool) -> None:
    quote = await make_quote(manager)
    files = {
        name: (await upload(manager, quote["order_id"], purpose=purpose))["id"]
        for name, purpose in (("signature", "signature"), ("photo", "finding_photo"))
    }
    given = {name: files.get(value, value) for name, value in body.items()}
    decided = await manager.post(f"/v1/quotes/{quote['id']}/decisions", told(quote, "approved", **given))
    assert decided.status_code == (200 if accepted else 422)
    after = await manager.read(f"/v1/quotes/{quote['id']}")
    assert [each["signature_id"] for each in after["decisions"]] == ([given.get("signature_id")] if accepted else [])


async def test_one_upsell_of_a_quote_is_signed_as_well(manager: Caller) -> None:
    quote = await make_quote(manager)
    address = f"/v1/upsells/{quote['items'][0]['upsell_id']}/approve"
    named = {**SIGNED, "quote_id": quote["id"]}
    assert (await manager.post(address, named, If_Match='"1"')).status_code == 422
    signature = (await upload(manager, quote["order_id"], purpose="signature"))["id"]
    await manager.make(address, {**named, "signature_id": signature}, If_Match='"1"')
    (kept,) = (await manager.read(f"/v1/quotes/{quote['id']}"))["decisions"]
    assert (kept["method"], kept["signature_id"]) == ("in_person_signature", signature)


async def test_a_signature_stands_under_one_thing(manager: Caller) -> None:
    quote = await make_quote(manager)
    order = f"/v1/repair-orders/{quote['order_id']}"
    signature = (await upload(manager, quote["order_id"], purpose="signature"))["id"]
    walked = {"odometer_km": 63370, "fuel_percent": 40, "signed_by": "王先生", "signature_id": signature}
    await manager.make(f"{order}/walk-round", walked)
    named = {**SIGNED, "quote_id": quote["id"], "signature_id": signature}
    upsell = f"/v1/upsells/{quote['items'][0]['upsell_id']}/approve"
    for refused in (
        await manager.post(f"{order}/walk-round", walked),
        await manager.post(
            f"/v1/quotes/{quote['id']}/decisions", told(quote, "approved", **SIGNED, signature_id=signature)
        ),
        await manager.post(upsell, named, If_Match='"1"'),
    ):
        assert refused.status_code == 422
        assert [(e["pointer"], e["code"]) for e in refused.json()["errors"]] == [("/signature_id", "signature-used")]


async def test_one_signature_stands_under_all_that_is_decided_on_its_quote(manager: Caller) -> None:
    quote = await make_quote(manager, "75.10", "20.05")
    signature = (await upload(manager, quote["order_id"], purpose="signature"))["id"]
    named = {**SIGNED, "quote_id": quote["id"], "signature_id": signature}
    for item in quote["items"]:
        await manager.make(f"/v1/upsells/{item['upsell_id']}/approve", named, If_Match='"1"')
    kept = (await manager.read(f"/v1/quotes/{quote['id']}"))["decisions"]
    assert [each["signature_id"] for each in kept] == [signature] * 2


async def test_work_without_a_quote_is_decided_as_before(manager: Caller) -> None:
    order = await make_order(manager, "in_progress")
    upsell = await propose(manager, await record(manager, order), "BR01")
    decided = await manager.make(f"/v1/upsells/{upsell['id']}/approve", SIGNED, If_Match='"1"')
    assert (decided["decision"], decided["decided_by_method"]) == ("approved", "in_person_signature")
