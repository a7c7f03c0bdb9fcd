"""What other systems tell: row by row, once, and never half."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.calls import Caller, tally
from tests.customer.caller import ID_NUMBER, OTHER_VIN, codes, complaint_row, customer_row, vehicle_row
from tests.harness import AStore, Keys, bearer, feed_of


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        ({"number": "C1"}, "name", "required"),
        ({"name": "王"}, "number", "required"),
        (customer_row(name=7), "name", "string-type"),
        (customer_row(name=" \u200b"), "name", "required"),
        (customer_row(number=" "), "number", "string-too-short"),
        (customer_row(rank=1), "rank", "unknown-field"),
        (customer_row(birth_date="2026-13-01"), "birth_date", "date-from-datetime-parsing"),
        (customer_row(hobbies="x" * 501), "hobbies", "string-too-long"),
    ],
)
async def test_a_wrong_row_costs_itself_only(manager: Caller, row: dict[str, Any], field: str, code: str) -> None:
    report = await manager.take_in("customers", row, customer_row(number="C2"))
    assert [result["outcome"] for result in report["results"]] == ["rejected", "created"]
    [error] = report["results"][0]["errors"]
    assert (error["field"], error["code"]) == (field, code)
    assert report["counts"] == {"created": 1, "updated": 0, "unchanged": 0, "duplicate": 0, "rejected": 1}


@pytest.mark.parametrize(
    ("resource", "row", "field"),
    [
        ("vehicles", vehicle_row(vin="LSGPCZCL4SD70051"), "vin"),
        ("vehicles", vehicle_row(use="racing"), "use"),
        ("vehicles", vehicle_row(first_service_km=-1), "first_service_km"),
        ("complaints", complaint_row(cause="weather"), "cause"),
        ("complaints", complaint_row(verified="yes"), "verified"),
        ("complaints", complaint_row(verified=True, employee=None), "employee"),
        ("complaints", complaint_row(number="\u200b"), "number"),
    ],
)
async def test_a_row_that_breaks_a_rule_is_rejected(
    manager: Caller, resource: str, row: dict[str, Any], field: str
) -> None:
    [result] = (await manager.take_in(resource, row))["results"]
    assert (result["outcome"], result["errors"][0]["field"]) == ("rejected", field)


async def test_the_first_of_a_number_stays_within_an_import(manager: Caller) -> None:
    import_id = str(uuid4())
    rows = [customer_row(), customer_row(occupation="律师")]
    assert await manager.outcomes("customers", *rows, import_id=import_id) == ["created", "duplicate"]
    assert await manager.outcomes("customers", customer_row(occupation="律师"), import_id=import_id) == ["duplicate"]
    assert await manager.outcomes("customers", customer_row(occupation="律师"), import_id=str(uuid4())) == ["updated"]
    repeated = str(uuid4())
    assert await manager.outcomes("customers", customer_row(occupation="律师"), import_id=repeated) == ["unchanged"]
    assert await manager.outcomes("customers", customer_row(occupation="会计"), import_id=repeated) == ["duplicate"]


async def test_a_later_export_that_differs_is_a_new_version_with_the_former_kept(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    await manager.take_in("customers", customer_row(id_number=ID_NUMBER))
    await manager.take_in("customers", customer_row(mobile="13900002222", name="王雷"))
    found = await manager.read("/v1/customers/by-number/C1", reveal=True)
    assert (found["version"], found["mobile"], found["id_number"], found["name"]) == (2, "13900002222", None, "王雷")
    [former] = (await manager.read(f"/v1/customers/{found['id']}/history"))["items"]
    assert (former["mobile"], former["id_number"]) == ("138****1111", "310*************8X")
    assert tally(await feed_of(client, keys, "customer")) == {
        "customer.customer.created": 1, "customer.customer.changed": 1,
    }  # fmt: skip
    assert [each["number"] for each in (await manager.read("/v1/customers", name="王雷"))["items"]] == ["C1"]
    assert (await manager.read("/v1/customers", name="王磊"))["items"] == []


async def test_an_edit_made_here_outlives_an_export_that_repeats_itself(manager: Caller) -> None:
    await manager.take_in("customers", customer_row())
    found = await manager.read("/v1/customers/by-number/C1")
    await manager.patch(f"/v1/customers/{found['id']}", {"occupation": "律师"}, If_Match='"1"')
    assert await manager.outcomes("customers", customer_row()) == ["unchanged"]
    assert await manager.outcomes("customers", customer_row(hobbies="钓鱼")) == ["updated"]
    found = await manager.read("/v1/customers/by-number/C1")
    assert (found["occupation"], found["hobbies"]) == ("律师", "钓鱼")


async def test_absence_never_deletes(manager: Caller) -> None:
    await manager.take_in("customers", customer_row(), customer_row(number="C2", name="李静"))
    await manager.take_in("customers", customer_row())
    assert len((await manager.read("/v1/customers"))["items"]) == 2


async def test_what_is_doubtful_is_kept_with_a_warning(manager: Caller) -> None:
    report = await manager.take_in("customers", customer_row(mobile="138000011", id_number="330106197104277286"))
    assert codes(report) == {"mobile-not-11-digits": 1, "id-number-check-digit": 1}
    found = await manager.read("/v1/customers/by-number/C1", reveal=True)
    assert (found["mobile"], found["mobile_valid"]) == ("138000011", False)
    report = await manager.take_in("vehicles", vehicle_row(vin="LSGGFRJH1PJ151953"))
    assert codes(report) == {"vin-check-digit": 1}


async def test_a_changed_vehicle_row_ends_the_old_plate(manager: Caller) -> None:
    await manager.take_in("vehicles", vehicle_row(), vehicle_row(vin=OTHER_VIN, plate=None))
    assert await manager.outcomes("vehicles", vehicle_row(plate="苏B9"), vehicle_row(vin=OTHER_VIN, plate=None)) == [
        "updated", "unchanged",
    ]  # fmt: skip
    found = await manager.read(f"/v1/vehicles/by-vin/{vehicle_row()['vin']}")
    plates = await manager.read(f"/v1/vehicles/{found['id']}/plates")
    assert [each["plate"] for each in plates["items"]] == ["苏B12345", "苏B9"]


async def test_an_import_over_a_record_made_here_takes_it_over(manager: Caller) -> None:
    await manager.make("/v1/customers", customer_row())
    assert await manager.outcomes("customers", customer_row(occupation="律师")) == ["updated"]
    found = await manager.read("/v1/customers/by-number/C1")
    assert (found["source"], found["occupation"], found["version"]) == ("dms", "律师", 2)


async def test_the_same_import_sent_twice_at_once_is_taken_in_once(
    manager: Caller, client: httpx.AsyncClient, keys: Keys
) -> None:
    rows = [customer_row(number=f"C{n}", name=f"王{n}", mobile=None) for n in range(200)]
    both = await asyncio.gather(manager.take_in("customers", *rows), manager.take_in("customers", *rows))
    assert sorted(report["counts"]["created"] for report in both) == [0, 200]
    assert sorted(report["counts"]["unchanged"] for report in both) == [0, 200]
    assert len(await feed_of(client, keys, "customer")) == 200


async def test_a_row_number_that_is_none_becomes_the_rows_place(manager: Caller) -> None:
    report = await manager.take_in("customers", customer_row(row="x"), customer_row(number="C2", row=10**30))
    assert [result["row"] for result in report["results"]] == [1, 2]


async def test_a_body_of_the_wrong_shape_is_refused_whole(manager: Caller) -> None:
    wrong: list[dict[str, Any]] = [{"source": "dms"}, {"rows": []}, {"source": "dms", "rows": [], "mode": "x"}]
    for body in wrong:
        assert (await manager.post("/v1/bulk/customers", body)).status_code == 422
    rows = [{"row": n} for n in range(5001)]
    assert (await manager.post("/v1/bulk/customers", {"source": "dms", "rows": rows})).status_code == 422
    assert (await manager.take_in("customers"))["results"] == []


async def test_only_importers_bring_rows_in(client: httpx.AsyncClient, keys: Keys, store: AStore) -> None:
    advisor = Caller(client, bearer(keys, "customer", "service_advisor", stores=[store]))
    assert (await advisor.post("/v1/bulk/customers", {"source": "dms", "rows": []})).status_code == 403
    dms = Caller(client, bearer(keys, "customer", "dms", stores=[store], kind="client"))
    assert await dms.outcomes("customers", customer_row()) == ["created"]
