"""The parts that this service adds to the gateway's overviews."""

from fastapi import FastAPI

from tests.harness import AStore, deliver
from tests.survey.caller import Caller, make_customer, make_order, make_row


async def part(caller: Caller, *, of: str) -> dict[str, object]:
    found: dict[str, object] = await caller.read(f"/v1/overview-parts/{of}")
    return found


async def test_a_customer_shows_the_answers_of_everyone_he_was_merged_from(
    app: FastAPI, manager: Caller, store: AStore
) -> None:
    orders = [
        make_order(store, f"W{n}", customer={"source": "dms", "number": number, "id": None})
        for n, number in enumerate(["C1", "C2", "C3", "C9"])
    ]
    await deliver(app, "workorder", store.id, *orders)
    await manager.imports([make_row(f"W{n}", answers={"skill": 10 - n}) for n in range(4)])
    assert (await part(manager, of="customers/C2"))["n"] == 1
    await deliver(
        app, "customer", store.id,
        *(make_customer(store, number) for number in ("C1", "C2", "C3")),
        make_customer(store, "C2", 2, merged_into="C1"),
        make_customer(store, "C3", 2, merged_into="C2"),
    )  # fmt: skip
    for number in ("C1", "C2", "C3"):
        whole = await part(manager, of=f"customers/{number}")
        assert (whole["customer_number"], whole["n"], whole["csi_mean"]) == ("C1", 3, "900.0000")
    await deliver(app, "customer", store.id, make_customer(store, "C3", 1), make_customer(store, "C2", 3))
    assert (await part(manager, of="customers/C1"))["n"] == 1
    assert (await part(manager, of="customers/C3"))["n"] == 2


async def test_a_customer_without_answers_is_known_and_a_stranger_is_not(
    app: FastAPI, manager: Caller, store: AStore
) -> None:
    await deliver(app, "customer", store.id, make_customer(store, "C5"))
    assert await part(manager, of="customers/C5") == {"customer_number": "C5", "n": 0, "csi_mean": None, "answers": []}
    assert (await manager.get("/v1/overview-parts/customers/C6")).status_code == 404


async def test_only_the_last_twenty_answers_are_listed(app: FastAPI, manager: Caller, store: AStore) -> None:
    await deliver(app, "workorder", store.id, *(make_order(store, f"W{n}") for n in range(25)))
    await manager.imports([make_row(f"W{n}", submitted_at=f"2026-09-{n + 1:02}T10:00:00+08:00") for n in range(25)])
    whole = await part(manager, of="customers/C1")
    answers = whole["answers"]
    assert isinstance(answers, list)
    assert (whole["n"], len(answers), answers[0]["order_number"]) == (25, 20, "W24")


async def test_a_repair_order_shows_what_was_answered_about_it(app: FastAPI, manager: Caller, store: AStore) -> None:
    await manager.imports([make_row("W1", answers={"skill": 9, "expectation": 8, "recommendation": 7}, comment="好")])
    await deliver(app, "workorder", store.id, make_order(store, "W1"), make_order(store, "W2"))
    shown = await part(manager, of="repair-orders/W1")
    answers = shown["answers"]
    assert isinstance(answers, list)
    (answer,) = answers
    assert (answer["factors"], answer["expectations"], answer["nps"]) == ({"skill": 9}, {"expectation": 8}, 7)
    assert (answer["comment"], answer["advisor"], answer["csi"]) == ("好", "SA01", "900.0000")
    assert (await part(manager, of="repair-orders/W2"))["answers"] == []
    assert (await manager.get("/v1/overview-parts/repair-orders/W3")).status_code == 404


async def test_an_employee_shows_means_nps_and_months(app: FastAPI, manager: Caller, store: AStore) -> None:
    await deliver(app, "workorder", store.id, *(make_order(store, f"W{n}") for n in range(3)))
    await manager.imports(
        [
            make_row("W0", answers={"skill": 9, "recommendation": 10}),
            make_row("W1", answers={"skill": 6, "price": 8, "recommendation": 5}),
            make_row("W2", answers={"recommendation": 8}, submitted_at="2026-08-31T23:00:00+08:00"),
        ]
    )
    shown = await part(manager, of="employees/SA01")
    assert (shown["n"], shown["csi_mean"]) == (3, "800.0000")
    assert shown["nps"] == {"n": 3, "promoters": 1, "passives": 1, "detractors": 1, "score": "0.0000"}
    assert shown["factors"] == {"skill": {"n": 2, "mean": "7.5000"}, "price": {"n": 1, "mean": "8.0000"}}
    months = shown["months"]
    assert isinstance(months, list)
    assert [(month["month"], month["n"], month["csi_mean"]) for month in months] == [
        ("2026-09", 2, "800.0000"),
        ("2026-08", 1, None),
    ]
    assert (await manager.get("/v1/overview-parts/employees/J101")).status_code == 404


async def test_a_month_of_the_store_is_there_even_when_nobody_answered(
    app: FastAPI, manager: Caller, store: AStore
) -> None:
    await deliver(app, "workorder", store.id, make_order(store, "W1"), make_order(store, "W2"))
    await manager.imports([make_row("W1"), make_row("W9")])
    month = await part(manager, of="stores/2026-09")
    assert (month["n"], month["csi_mean"], month["waiting_for_order"]) == (2, "900.0000", 1)
    assert (month["orders_delivered"], month["orders_answered"]) == (2, 1)
    empty = await part(manager, of="stores/2026-07")
    assert (empty["n"], empty["csi_mean"]) == (0, None)
    for wrong in ("2026-13", "2026", "soon"):
        assert (await manager.get(f"/v1/overview-parts/stores/{wrong}")).status_code == 404
