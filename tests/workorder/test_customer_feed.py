from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI

from chassis.consumer import FeedEvent
from tests.calls import Caller
from tests.harness import AStore, deliver, make_event
from tests.workorder.caller import settled_row

IDS = {number: UUID(int=n) for n, number in enumerate(("C1", "C2", "C3"), start=1)}


class CustomerService:
    """Says what the customer service would."""

    def __init__(self, app: FastAPI, store: AStore) -> None:
        self._app, self._store = app, store

    async def says(self, *events: FeedEvent) -> None:
        await deliver(self._app, "customer", self._store.id, *events)

    def customer(
        self, number: str, version: int = 1, type_: str = "customer.customer.changed", **data: Any
    ) -> FeedEvent:
        state = {"id": str(IDS[number]), "number": number, "name": f"Mr {number}", "kind": "person", **data}
        return make_event(type_, state, store=self._store.id, version=version)

    def merged(self, number: str, into: str, version: int = 2) -> list[FeedEvent]:
        """The survivor's new state, and that of who was merged."""
        names = {"merged_id": str(IDS[number]), "merged_number": number}
        return [
            self.customer(into, version, type_="customer.customer.merged", **names),
            self.customer(number, version, merged_into={"id": str(IDS[into]), "number": into}),
        ]

    def unmerged(self, number: str, of: str, version: int = 3) -> list[FeedEvent]:
        names = {"unmerged_id": str(IDS[number]), "unmerged_number": number}
        return [
            self.customer(of, version, type_="customer.customer.unmerged", **names),
            self.customer(number, version, merged_into=None),
        ]

    def vehicle(self, version: int = 1, **data: Any) -> FeedEvent:
        state = {"id": str(uuid4()), "vin": "LSGXEGX97MY815823", "plate": "苏BLQ9TY", "model": "别克英朗", "use": None,
                 "vehicle_class": None, "owner": {"source": "dms", "number": "C1", "id": None}, **data}  # fmt: skip
        return make_event("customer.vehicle.created", state, store=self._store.id, version=version)


@pytest.fixture
def customers(app: FastAPI, store: AStore) -> CustomerService:
    return CustomerService(app, store)


async def test_an_order_knows_its_customer_once_the_customer_service_has_spoken(
    manager: Caller, customers: CustomerService
) -> None:
    await manager.take_in("repair-orders", settled_row())
    vehicle = customers.vehicle()
    await customers.says(customers.customer("C1"), vehicle)
    order = await manager.read("/v1/repair-orders/by-number/W1")
    assert order["customer"] == {"source": "dms", "number": "C1", "id": str(IDS["C1"])}
    assert order["vehicle"]["id"] == vehicle.data["id"]


async def test_an_order_of_a_merged_customer_is_the_survivors(manager: Caller, customers: CustomerService) -> None:
    await manager.take_in("repair-orders", settled_row(), settled_row(number="W2", customer_number="C2"))
    await customers.says(*(customers.customer(number) for number in IDS))
    await customers.says(*customers.merged("C2", into="C1"), *customers.merged("C1", into="C3", version=3))
    order = await manager.read("/v1/repair-orders/by-number/W2")
    assert order["customer"]["id"] == str(IDS["C3"])
    page = await manager.read("/v1/repair-orders", customer="C3")
    assert [order["number"] for order in page["items"]] == ["W2", "W1"]
    for number in IDS:
        part = await manager.read(f"/v1/overview-parts/customers/{number}")
        assert part["orders"] == 2, number


async def test_a_merge_told_only_in_the_customers_state_is_followed(
    manager: Caller, customers: CustomerService
) -> None:
    await manager.take_in("repair-orders", settled_row(customer_number="C2"))
    into = {"id": str(IDS["C1"]), "number": "C1"}
    await customers.says(customers.customer("C1"), customers.customer("C2", version=2, merged_into=into))
    assert (await manager.read("/v1/repair-orders/by-number/W1"))["customer"]["id"] == str(IDS["C1"])
    await customers.says(customers.customer("C2", version=3, merged_into=None))
    assert (await manager.read("/v1/repair-orders/by-number/W1"))["customer"]["id"] == str(IDS["C2"])


async def test_a_replayed_feed_changes_nothing(manager: Caller, customers: CustomerService) -> None:
    await manager.take_in("repair-orders", settled_row(customer_number="C2"))
    told = [customers.customer("C1"), customers.customer("C2"), *customers.merged("C2", into="C1")]
    for _ in range(2):
        await customers.says(*told)
        assert (await manager.read("/v1/repair-orders/by-number/W1"))["customer"]["id"] == str(IDS["C1"])


@pytest.mark.parametrize("pages", [(0, 6), (0, 4, 6), (0, 4, 6, 0, 4)])
async def test_a_merge_that_was_undone_is_none_however_the_feed_is_cut_and_repeated(
    manager: Caller, customers: CustomerService, pages: tuple[int, ...]
) -> None:
    await manager.take_in("repair-orders", settled_row(customer_number="C2"))
    known = [customers.customer("C1"), customers.customer("C2")]
    told = [*known, *customers.merged("C2", into="C1"), *customers.unmerged("C2", of="C1")]
    for begin, end in pairwise(pages):
        await customers.says(*told[begin:end])
    assert (await manager.read("/v1/repair-orders/by-number/W1"))["customer"]["id"] == str(IDS["C2"])


async def test_an_older_state_does_not_overwrite_a_newer_one(manager: Caller, customers: CustomerService) -> None:
    await manager.take_in("repair-orders", settled_row())
    await customers.says(customers.vehicle(version=2, plate="new"))
    await customers.says(customers.vehicle(version=1, plate="old"))
    part = await manager.read("/v1/overview-parts/repair-orders/W1")
    assert part["vehicle"]["plate"] == "new"
