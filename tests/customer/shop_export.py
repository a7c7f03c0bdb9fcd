"""The demo month as bulk rows, read in the plainest way; the gateway's own translation is tested elsewhere."""

import csv
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

EXPORT = Path(__file__).parents[2] / "demo" / "dms-export-2026-09"
USES = {"私家车": "private", "公务车": "official", "营运车": "for_hire"}
CAUSES = {"工作失误": "work_error", "服务态度": "service_manner", "价格异议": "price_dispute", "其他": "other"}
CUSTOMER_COLUMNS = {
    "客户编号": "number", "姓名": "name", "手机": "mobile", "身份证号": "id_number", "职业": "occupation",
    "家庭住址": "home_address", "兴趣爱好": "hobbies", "学历": "education", "收入": "income", "工作单位": "employer",
    "单位地址": "employer_address", "感兴趣的服务": "services_of_interest", "付款方式": "payment_method",
}  # fmt: skip
VEHICLE_COLUMNS = {
    "底盘号": "vin", "客户编号": "customer_number", "车牌号": "plate", "车型": "model", "发动机号": "engine_number",
    "变速器号": "gearbox_number", "车身颜色": "colour", "档次": "vehicle_class",
}  # fmt: skip


def _records(name: str) -> Iterator[tuple[int, dict[str, str]]]:
    with (EXPORT / name).open(encoding="gb18030", newline="") as file:
        yield from enumerate(csv.DictReader(file), start=2)


def _day(value: str) -> str | None:
    parts = re.findall(r"\d+", unicodedata.normalize("NFKC", value))
    return "-".join([parts[0], *(part.zfill(2) for part in parts[1:3])]) if parts else None


def customer_rows() -> list[dict[str, Any]]:
    return [
        {"row": row, **{name: record[column] or None for column, name in CUSTOMER_COLUMNS.items()}}
        for row, record in _records("客户档案.csv")
    ]


def vehicle_rows() -> list[dict[str, Any]]:
    return [
        {
            "row": row,
            **{name: record[column] or None for column, name in VEHICLE_COLUMNS.items()},
            "purchase_date": _day(record["购车日期"]),
            "first_service_date": _day(record["首保日期"]),
            "first_service_km": int(record["首保里程"]) if record["首保里程"] else None,
            "use": USES[record["用途"]],
        }
        for row, record in _records("车辆档案.csv")
    ]


def complaint_rows() -> list[dict[str, Any]]:
    return [
        {
            "row": row,
            "number": record["投诉单号"],
            "occurred_on": _day(record["日期"]),
            "order_number": record["派工单号"],
            "employee": record["责任人工号"],
            "cause": CAUSES[record["原因"]],
            "verified": {"是": True, "否": False}.get(record["是否属实"]),
        }
        for row, record in _records("投诉.csv")
    ]
