"""A target's weight from where it is set to what is paid: as it was signed, and corrected when it changes later."""

from decimal import Decimal
from typing import Any

from tests.harness import AStore, Keys
from tests.payroll.plans_in_force import put_in_force
from tests.payroll.small_month import TARGETS, SmallMonth
from tests.payroll.test_pay_months import Office

PLAN = """计划 "加权达成" "weighed attainment"
[一] 门店 产值 output = 合计(收款; 金额; 月份(收款日期) = 本月)
[一] 门店 台次 cars = 计数(工单; 月份(进厂日期) = 本月)
[一] 门店 综合达成率 weighed = (达成率(产值; 班组(业务接待); 产值) × 目标权重(班组(业务接待); 产值)
    + 达成率(台次; 班组(业务接待); 接车台次) × 目标权重(班组(业务接待); 接车台次))
    ÷ (目标权重(班组(业务接待); 产值) + 目标权重(班组(业务接待); 接车台次))
[一] 个人(业务接待) 奖 bonus = 1000元 × 综合达成率
[一] 发放 奖
"""
EXAMPLE: dict[str, Any] = {
    "name": {"zh": "三七开", "en": "three to seven"}, "clause": "一", "month": "2026-09",
    "people": [{"number": "SA01", "post": "业务接待", "team": "业务组"}],
    "targets": [
        {"subject": "业务组", "metric": "产值", "value": "100", "weight": "0.7", "signed_on": "2026-08-30",
         "signed_by": "SA01"},
        {"subject": "业务组", "metric": "接车台次", "value": "4", "weight": "0.3", "signed_on": "2026-08-30",
         "signed_by": "SA01"},
    ],
    "facts": [{"kind": "工单", "维修类别": "保养", "进厂日期": "2026-09-02"}],
    "expect": {"totals": {"SA01": "75.00"}},
}  # fmt: skip


async def bonus(small: SmallMonth, month: str = "2026-09") -> dict[str, Decimal]:
    run = await small.run(month)
    assert run["status"] == "completed", run["problem"]
    lines = (await small.read(f"/v1/runs/{run['id']}/lines"))["items"]
    return {f"{line['employee']} {line['of_month'] or ''}".strip(): Decimal(line["amount"]) for line in lines}


async def test_what_is_paid_follows_the_weights_that_were_signed_and_a_later_weight_is_corrected(
    small: SmallMonth, keys: Keys, store: AStore
) -> None:
    """September has 1,100 of 1,000 yuan and two cars of two: 110% × 0.6 + 100% × 0.4 = 106%; by half and half 105%."""
    weights = ("0.6", "0.4")
    september = [{**each, "weight": weight} for each, weight in zip(TARGETS, weights, strict=True)]
    october = [{**each, "month": "2026-10", "signed_on": "2026-09-29", "row": at} for at, each in enumerate(TARGETS, 9)]
    await small.prepare(targets=(*september, *october))
    created = await small.client.post("/v1/plans", json={"text": PLAN, "examples": [EXAMPLE]}, headers=small.headers)
    await put_in_force(small.client, created.json(), keys, store, effective_from="2026-09-01")
    await small.tell()
    assert await bonus(small) == {"SA01": Decimal("1060.00"), "SA02": Decimal("1060.00")}
    await Office(small, keys, store).close()
    targets = (await small.read("/v1/targets?month=2026-09"))["items"]
    for target in targets:
        changing = {**small.headers, "If-Match": f'"{target["version"]}"'}
        address = f"/v1/targets/{target['id']}"
        changed = await small.client.patch(address, json={"weight": "1"}, headers=changing)
        assert changed.status_code == 200, changed.text
        signing = {**small.person("SA01"), "If-Match": changed.headers["etag"]}
        assert (await small.client.post(f"{address}/sign", headers=signing)).status_code == 200
    paid = await bonus(small, "2026-10")
    assert (paid["SA01 2026-09"], paid["SA02 2026-09"]) == (Decimal("-10.00"), Decimal("-10.00"))
