"""One shop's September worked out by hand under each of the three further plans, to the cent through the API.

Receipts that count, in the later month of settlement and payment:
    SA01  W1 42,000.00 + W2 8,350.40 + W3 31,200.00                     81,550.40
    SA02  W5 52,600.75 + W6 640.00 (W4 is paid, W7 settled in October)  53,240.75
    both                                                               134,791.15
Cars opened: W1 to W7 (W8 is a PDI, W9 cancelled): 7. Cars that left: W1 to W6: 6.
Hours: J101 64.50 + 81.30 = 145.80, J102 90.25 + 80.00 = 170.25, together 316.05.
By hand, approved: satisfaction 88.5, the month's score 96, profit 63,500.00, a rework each of J102 (机电二组) and SA02.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.harness import bearer, deliver
from tests.payroll import makers
from tests.payroll.plans_in_force import put_in_force
from tests.payroll.small_month import SmallMonth

SIGNED = {"month": "2026-09", "signed_on": "2026-08-28"}
PEOPLE = (
    ("SA01", "service_advisor", "业务组", None), ("SA02", "service_advisor", "业务组", None),
    ("SB01", "advisor_assistant", "业务组", None), ("QT01", "desk_supervisor", "业务组", None),
    ("ZZ01", "service_manager", "管理组", None), ("J101", "mechanic", "机电一组", "1.2"),
    ("J103", "mechanic", "机电一组", "0.8"), ("J102", "mechanic", "机电二组", "1"),
    ("KF01", "customer_care", None, None), ("PJ01", "parts_clerk", None, None),
)  # fmt: skip
TARGETS = (
    ("SA01", "output", "70000", "SA01"), ("SA02", "output", "60000", "SA02"), ("业务组", "output", "140000", "SA01"),
    ("业务组", "car_count", "7", "SA02"), ("管理组", "gross_profit", "50000", "ZZ01"),
)  # fmt: skip
SCORES = {"SA01": "98", "SA02": "96", "SB01": "100", "QT01": "92", "J101": "95", "J102": "100"}
MEASURES: tuple[dict[str, Any], ...] = (
    {"measure": "客户满意度", "number": "88.5", "document": "厂家满意度报告 9 月"},
    {"measure": "月度评分", "number": "96", "document": "区域经理评分表"},
    {"measure": "毛利", "amount": "63500.00", "document": "财务月报"},
    {"measure": "返修", "number": "1", "employee": "J102", "team": "机电二组", "document": "返修单 31"},
    {"measure": "返修", "number": "1", "employee": "SA02", "document": "返修单 32"},
)
NOT_APPROVED = {"measure": "毛利", "amount": "9999.00", "document": "口头"}

Worked = tuple[tuple[str, str, str, str], ...]
"""(employee, line, arithmetic, amount)."""
TIERED: Worked = (
    ("SA01", "output_commission", "81,550.40 ÷ 70,000 = 116.5% → 0.5%; satisfaction 88.5 < 90 → × 80%", "326.20"),
    ("SA01", "car_bonus", "7 ÷ 7 cars = 100% → 500 × 80%", "400.00"),
    ("SA02", "output_commission", "53,240.75 ÷ 60,000 = 88.7% → 0.3%; × 80% = 127.7778", "127.78"),
    ("SA02", "car_bonus", "500 × 80%", "400.00"),
    ("QT01", "supervisor_commission", "134,791.15 ÷ 140,000 = 96.3% → 0.05%; × 80% = 53.91646", "53.92"),
    ("J101", "hours_commission", "120 × 8 + 25.80 × 12 = 960.00 + 309.60", "1269.60"),
    ("J102", "hours_commission", "120 × 8 + 40 × 12 + 10.25 × 16 = 960.00 + 480.00 + 164.00", "1604.00"),
)
POOLS: Worked = (
    # (134,791.15 + claim 3,150.20) × 2% = 2,758.827; score 96 → × 110% = 3,034.7097
    # workshop 60% = 1,820.82582, desk 30% = 910.41291, support 10% = 303.47097
    # 机电一组 1,820.82582 × 145.80 ÷ 316.05 = 839.98230, no rework of 2 jobs → × 100%; weights 1.2 × 95% and 0.8 × 100%
    ("J101", "workshop_bonus", "839.98230 × 1.14 ÷ 1.94 = 493.59784, and the cent left over", "493.60"),
    ("J103", "workshop_bonus", "839.98230 × 0.80 ÷ 1.94 = 346.38445", "346.38"),
    ("J102", "workshop_bonus", "980.84352, 1 rework of 2 jobs = 50% → × 40%", "392.34"),
    # weights 1 × 98%, 1 × 96%, 0.5 × 100%, 1.5 × 92% = 3.82
    ("SA01", "desk_bonus", "910.41291 × 0.98 ÷ 3.82 = 233.56143", "233.56"),
    ("SA02", "desk_bonus", "910.41291 × 0.96 ÷ 3.82 = 228.79487, and the cent left over", "228.80"),
    ("SB01", "desk_bonus", "910.41291 × 0.50 ÷ 3.82 = 119.16399", "119.16"),
    ("QT01", "desk_bonus", "910.41291 × 1.38 ÷ 3.82 = 328.89262", "328.89"),
    ("KF01", "support_bonus", "303.47097 ÷ 2 = 151.735485, and the cent left over", "151.74"),
    ("PJ01", "support_bonus", "303.47097 ÷ 2 = 151.735485", "151.73"),
)
PER_CAR: Worked = (
    # profit 63,500 ÷ 50,000 = 127% → factor 120%
    ("SA01", "car_pay", "(1 × 5 + 1 × 8 + 1 × 30) × 120% = 43 × 1.2", "51.60"),
    ("SA02", "car_pay", "(1 × 5 + 2 × 8) × 120% = 21 × 1.2", "25.20"),
    ("SA02", "rework_fine", "first rework 50, no more than the 25.20 that he earned", "-25.20"),
    ("J101", "workshop_share", "6 × 20 × 120% = 144.00; × 145.80 ÷ 316.05 = 66.42999…", "66.43"),
    ("J102", "workshop_share", "144.00 × 170.25 ÷ 316.05 = 77.57000…", "77.57"),
    ("J102", "rework_fine", "first rework", "-50.00"),
    ("ZZ01", "manager_commission", "63,500 × 0.5% × 120%", "381.00"),
    ("QT01", "manager_commission", "63,500 × 0.5% × 120%", "381.00"),
)
WORKED: Mapping[str, Worked] = {"tiered-attainment": TIERED, "score-scaled-pools": POOLS, "pay-per-car": PER_CAR}


async def load(small: SmallMonth, resource: str, rows: list[dict[str, Any]]) -> None:
    body = {"source": "dms", "rows": [{"row": place, **row} for place, row in enumerate(rows, 2)]}
    answer = await small.client.post(f"/v1/bulk/{resource}", json=body, headers=small.headers)
    assert answer.json()["counts"] == {"created": len(rows)}, answer.text


async def measure(small: SmallMonth, given: Mapping[str, Any], *, approve: bool = True) -> None:
    body = {"occurred_on": "2026-09-30", "reason": "9 月计发", **given}
    entered = await small.client.post("/v1/measures", json=body, headers=small.headers)
    assert entered.status_code == 201, entered.text
    second = bearer(small.keys, "payroll", "service_manager", stores=[small.store], subject="second")
    if approve:
        address = f"/v1/measures/{entered.json()['id']}/approve"
        approved = await small.client.post(address, json={"note": "核对"}, headers=second | {"If-Match": '"1"'})
        assert approved.status_code == 200, approved.text


async def tell_orders(small: SmallMonth) -> None:
    store = small.store.id
    orders: dict[str, tuple[str, str | None, str, str | None, str | None]] = {
        "W1": ("repair", "SA01", "2026-09-02", "2026-09-04", "2026-09-04"),
        "W2": ("maintenance", "SA01", "2026-09-05", "2026-09-05", "2026-09-05"),
        "W3": ("accident", "SA01", "2026-09-08", "2026-09-25", "2026-09-25"),
        "W4": ("repair", "SA02", "2026-09-10", "2026-09-11", "2026-09-11"),
        "W5": ("repair", "SA02", "2026-09-14", "2026-09-15", "2026-09-15"),
        "W6": ("maintenance", "SA02", "2026-09-20", "2026-09-20", "2026-09-20"),
        "W7": ("maintenance", "SA02", "2026-09-30", "2026-10-03", "2026-10-03"),
        "W8": ("pdi", None, "2026-09-12", "2026-09-12", "2026-09-12"),
    }
    events = [
        makers.order_event(store, number, kind=kind, advisor=by, opened_on=opened, settled_on=settled, left_on=left)
        for number, (kind, by, opened, settled, left) in orders.items()
    ]
    cancelled = makers.order_event(store, "W9", cancelled=True, settled_on=None, left_on=None, state="cancelled")
    paid = (
        ("W1", "42000.00", "2026-09-04"), ("W2", "8350.40", "2026-09-05"), ("W3", "31200.00", "2026-09-26"),
        ("W4", "18000.00", "2026-10-02"), ("W5", "52600.75", "2026-09-15"), ("W6", "640.00", "2026-09-20"),
        ("W7", "500.00", "2026-09-30"),
    )  # fmt: skip
    done = (
        ("W1", 1, "64.50", "J101", "机电一组"), ("W5", 1, "81.30", "J101", "机电一组"),
        ("W3", 1, "90.25", "J102", "机电二组"), ("W5", 2, "80.00", "J102", "机电二组"),
    )  # fmt: skip
    await deliver(
        small.app, "workorder", store, *events, cancelled,
        *(makers.payment_event(store, order, amount, paid_on=day) for order, amount, day in paid),
        *(makers.labour_event(store, order, line, hours, technician=who, team=team)
          for order, line, hours, who, team in done),
        makers.claim_event(store, "W1", "3150.20"),
    )  # fmt: skip


@pytest.fixture
async def shop(small: SmallMonth) -> SmallMonth:
    named = ("number", "post", "team", "coefficient")
    await load(small, "employees", [{"name": p[0], **dict(zip(named, p, strict=True))} for p in PEOPLE])
    targeted = ("subject", "metric", "value", "signed_by")
    await load(small, "targets", [{**SIGNED, **dict(zip(targeted, t, strict=True))} for t in TARGETS])
    scores = [{"month": "2026-09", "employee": who, "score": score} for who, score in SCORES.items()]
    await load(small, "review-scores", scores)
    await tell_orders(small)
    for given in MEASURES:
        await measure(small, given)
    await measure(small, NOT_APPROVED, approve=False)
    return small


@pytest.mark.parametrize("template", WORKED)
async def test_the_month_comes_out_as_worked_by_hand(shop: SmallMonth, template: str) -> None:
    created = await shop.client.post("/v1/plans", json={"template": template}, headers=shop.headers)
    await put_in_force(shop.client, created.json(), shop.keys, shop.store)
    run = await shop.run()
    assert run["status"] == "completed", run["problem"]
    lines = (await shop.read(f"/v1/runs/{run['id']}/lines"))["items"]
    assert {(line["employee"], line["component"]): line["amount"] for line in lines} == {
        (who, line): amount for who, line, _, amount in WORKED[template]
    }
    assert all(line["clause"] for line in lines)
