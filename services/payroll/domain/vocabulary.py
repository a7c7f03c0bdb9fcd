"""The fixed lists of the trade, each value with its Chinese and English spelling: data, not behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choices:
    """A closed list of values. `spellings` maps a stable code to the ways people write it, Chinese first."""

    name: str
    spellings: Mapping[str, tuple[str, ...]]

    def code(self, written: str) -> str | None:
        """The code of a value as written in Chinese or English; None when it is not of this list."""
        if written in self.spellings:
            return written
        for code, names in self.spellings.items():
            if written in names:
                return code
        return None

    def chinese(self, code: str) -> str:
        return self.spellings[code][0] if code in self.spellings else code

    def all_spellings(self) -> tuple[str, ...]:
        return tuple(name for code, names in self.spellings.items() for name in (code, *names))


POSTS = Choices(
    "post",
    {
        "service_advisor": ("业务接待",),
        "advisor_assistant": ("业务接待助理",),
        "accessory_seller": ("精品业务员",),
        "mechanic": ("机电技师",),
        "body_technician": ("钣喷技师",),
        "accessory_installer": ("精品加装技师",),
        "parts_clerk": ("配件员",),
        "quality_inspector": ("质检员",),
        "desk_supervisor": ("前台主管",),
        "service_manager": ("站长",),
        "workshop_manager": ("车间主任",),
        "customer_care": ("客服专员",),
    },
)
WORKSHOP_POSTS = ("mechanic", "body_technician", "accessory_installer", "quality_inspector")
ORDER_KINDS = Choices(
    "order kind",
    {
        "maintenance": ("保养",),
        "repair": ("一般维修", "维修"),
        "accident": ("事故",),
        "warranty": ("索赔",),
        "pdi": ("PDI",),
        "campaign": ("免费活动",),
    },
)
CAUSES = Choices(
    "cause",
    {
        "work_error": ("工作失误",),
        "service_manner": ("服务态度",),
        "price_dispute": ("价格异议",),
        "other": ("其他",),
    },
)
DEPARTMENTS = Choices(
    "department",
    {"front_desk": ("业务组", "前台"), "accessory": ("精品组",), "sales": ("销售部",), "other": ("其他",)},
)
METHODS = Choices(
    "method",
    {
        "wechat": ("微信",),
        "alipay": ("支付宝",),
        "card": ("刷卡",),
        "cash": ("现金",),
        "transfer": ("转账",),
        "other": ("其他",),
    },
)
METRICS = Choices(
    "metric",
    {
        "output": ("产值",),
        "car_count": ("接车台次", "台次"),
        "accessory_sales": ("精品销售",),
        "revenue": ("营收",),
        "receivables": ("应收账款回收", "应收帐款回收"),
        "sales": ("销售",),
        "gross_profit": ("毛利", "利润"),
        "satisfaction": ("客户满意度",),
        "rework_rate": ("返修率",),
    },
)
MONEY_METRICS = frozenset({"output", "accessory_sales", "revenue", "receivables", "sales", "gross_profit"})
"""Metrics measured in money; the others are plain numbers."""
