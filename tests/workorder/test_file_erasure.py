"""Files of a customer who is erased: seen by nobody at once, off the disk on their day, whatever ends in between."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from services.workorder.domain.files.erasure import goes_on
from services.workorder.domain.files.file import Purpose
from services.workorder.repository.files.objects import Objects
from services.workorder.service.files import files
from services.workorder.service.files.files import Cabinet
from tests.calls import Caller
from tests.harness import AStore
from tests.workorder.billing import ready_order, settle
from tests.workorder.caller import make_order
from tests.workorder.pictures import PDF, a_picture, send, upload
from tests.workorder.quoting import problem
from tests.workorder.test_customer_feed import CustomerService
from tests.workorder.test_files_api import app, cabinet, folder

__all__ = ["app", "cabinet", "folder"]
ASKED = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("purpose", "settled_on", "goes"),
    [
        (Purpose.FINDING_PHOTO, date(2026, 11, 1), ASKED),
        (Purpose.WALK_ROUND_PHOTO, None, ASKED),
        (Purpose.SIGNATURE, None, ASKED),
        (Purpose.SIGNATURE, date(2026, 11, 1), date(2028, 11, 1)),
        (Purpose.DOCUMENT, date(2024, 11, 28), ASKED),
        (Purpose.DOCUMENT, date(2024, 11, 29), date(2026, 11, 29)),
        (Purpose.DOCUMENT, date(2020, 1, 1), ASKED),
        (Purpose.SIGNATURE, date(2028, 2, 29), date(2030, 3, 1)),
    ],
)
def test_what_proves_the_contract_of_a_settled_order_is_kept_for_two_years(
    purpose: Purpose, settled_on: date | None, goes: date
) -> None:
    assert goes_on(purpose, settled_on, ASKED) == goes


@pytest.fixture
def customers(app: FastAPI, store: AStore) -> CustomerService:
    return CustomerService(app, store)


def erased(customers: CustomerService, number: str = "C1", version: int = 2) -> Any:
    return customers.customer(number, version, type_="customer.customer.erased", name=None)


async def swept(cabinet: Cabinet, store: AStore, **after: float) -> int:
    return await files.sweep(cabinet, store.id, datetime.now(UTC) + timedelta(**after))


def lying(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


async def document_of(manager: Caller, order: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = (await send(manager, order["id"], PDF, "document")).json()
    return told


async def test_what_shows_an_erased_customer_goes_and_what_shows_others_stays(
    manager: Caller, customers: CustomerService, cabinet: Cabinet, store: AStore, folder: Path
) -> None:
    mine, other = await make_order(manager), await make_order(manager, customer_number="C2")
    alone, shared = a_picture((600, 500)), a_picture((64, 48))
    gone = [await upload(manager, mine["id"], content) for content in (alone, shared)]
    kept = await upload(manager, other["id"], shared)
    await customers.says(erased(customers))
    for file in gone:
        assert problem(await manager.get(f"/v1/files/{file['id']}")) == (410, "file-erased")
        assert problem(await manager.get(file["address"])) == (410, "file-erased")
    assert (await manager.read(f"/v1/repair-orders/{mine['id']}/files"))["items"] == []
    finding = {"fault_kind": "related", "stage": "repair", "source": "incidental", "description": "x",
               "priority": "safety", "photos": [gone[0]["id"]]}  # fmt: skip
    unusable = await manager.post(f"/v1/repair-orders/{mine['id']}/findings", finding)
    assert problem(unusable) == (422, "file-unusable")
    assert (lying(folder), await swept(cabinet, store)) == (3, 0), "too young to tell"
    assert (await swept(cabinet, store, hours=25), lying(folder)) == (2, 1)
    assert (await manager.get(kept["address"])).status_code == 200


async def test_a_settled_orders_documents_are_hidden_at_once_and_gone_after_two_years(
    manager: Caller, customers: CustomerService, cabinet: Cabinet, store: AStore, folder: Path, app: FastAPI
) -> None:
    order = await ready_order(manager)
    await upload(manager, order["id"])
    signature = await document_of(manager, order)
    await settle(manager, order)
    await customers.says(erased(customers))
    assert problem(await manager.get(signature["address"])) == (410, "file-erased")
    assert (await swept(cabinet, store, days=2), lying(folder)) == (1, 1)
    assert (await swept(cabinet, store, days=725), lying(folder)) == (0, 1)
    assert (await swept(cabinet, store, days=735), lying(folder)) == (1, 0)
    row = await app.state.database.fetch_row(
        "SELECT count(*) FILTER (WHERE execute_after < now() + interval '1 minute'), "
        "count(*) FILTER (WHERE execute_after > now() + interval '728 days') FROM pgqueuer WHERE entrypoint = $1",
        files.SWEEP_JOB,
    )
    assert tuple(row) == (1, 1), "one sweep now, one when the two years are over"


async def test_told_twice_it_changes_nothing_and_all_numbers_of_a_person_are_meant(
    manager: Caller, customers: CustomerService, cabinet: Cabinet, store: AStore, folder: Path
) -> None:
    await customers.says(customers.customer("C1"), customers.customer("C2"), *customers.merged("C2", "C1"))
    order = await make_order(manager, customer_number="C2")
    file = await upload(manager, order["id"])
    event = erased(customers, version=3)
    await customers.says(event)
    await customers.says(event, event)
    assert problem(await manager.get(file["address"])) == (410, "file-erased")
    assert (await swept(cabinet, store, days=2), await swept(cabinet, store, days=2), lying(folder)) == (1, 0, 0)


async def test_a_process_that_ends_while_it_removes_leaves_no_row_without_its_file(
    manager: Caller, customers: CustomerService, cabinet: Cabinet, store: AStore, folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    mine, other = await make_order(manager), await make_order(manager, customer_number="C2")
    for number in range(3):
        await upload(manager, mine["id"], a_picture((30 + number, 20)))
    kept = [await upload(manager, other["id"], a_picture((40 + number, 20))) for number in range(2)]
    await customers.says(erased(customers))
    remove = Objects.remove
    done: list[str] = []

    async def once(objects: Objects, store_id: UUID, content_hash: str) -> None:
        if done:
            raise SystemExit("killed")
        await remove(objects, store_id, content_hash)
        done.append(content_hash)

    monkeypatch.setattr(Objects, "remove", once)
    with pytest.raises(SystemExit):
        await swept(cabinet, store, days=2)
    monkeypatch.setattr(Objects, "remove", remove)
    for file in kept:
        assert (await manager.get(file["address"])).status_code == 200
    assert lying(folder) == 4
    assert (await swept(cabinet, store, days=2), lying(folder)) == (2, 2)


async def test_a_customer_of_one_store_is_not_that_of_another(
    manager: Caller, app: FastAPI, other_store: AStore
) -> None:
    file = await upload(manager, (await make_order(manager))["id"])
    elsewhere = CustomerService(app, other_store)
    await elsewhere.says(erased(elsewhere))
    assert (await manager.get(file["address"])).status_code == 200
