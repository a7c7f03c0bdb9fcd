"""What the services take in bulk, as far as a mapping must know it: whose resource it is, its fields, their codes."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Resource:
    service: str
    required: frozenset[str]
    optional: frozenset[str] = frozenset()
    codes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """For a field with a closed list: the only values that it may have."""

    def knows(self, name: str) -> bool:
        """A dot leads into an object of free keys: `answers.attitude` is a key of the field `answers`."""
        return name.partition(".")[0] in self.required | self.optional


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


RESOURCES: Mapping[str, Resource] = {
    "employees": Resource(
        "payroll",
        _words("number name post"),
        _words("team coefficient hired_on probation_until base_pay effective_from"),
    ),
    "targets": Resource(
        "payroll",
        _words("month subject metric value"),
        _words("scope weight signed_on signed_by"),
        {"scope": _words("person team")},
    ),
    "review-scores": Resource("payroll", _words("month employee score")),
    "attendance-days": Resource("payroll", _words("month employee days")),
    "measures": Resource(
        "payroll", _words("measure occurred_on document reason"), _words("employee team number amount hours")
    ),
    "pay-items": Resource(
        "payroll",
        _words("name_zh amount from_month reason"),
        _words("employee post name_en basis deducted until_month"),
        {"basis": _words("month calendar_days attendance_days")},
    ),
    "customers": Resource(
        "customer",
        _words("number name"),
        _words(
            "mobile id_number sex birth_date occupation home_address hobbies education income employer"
            " employer_address services_of_interest payment_method"
        ),
    ),
    "vehicles": Resource(
        "customer",
        _words("vin"),
        _words(
            "customer_number plate model engine_number gearbox_number colour purchase_date first_service_date"
            " first_service_km use vehicle_class"
        ),
        {"use": _words("private official for_hire")},
    ),
    "complaints": Resource(
        "customer",
        _words("number occurred_on cause"),
        _words("order_number employee cause_text verified"),
        {"cause": _words("work_error service_manner price_dispute other")},
    ),
    "repair-orders": Resource(
        "workorder",
        _words("number kind opened_at status"),
        _words("vin customer_number advisor odometer_km complaint promised_at left_at settled_on"),
        {
            "kind": _words("maintenance repair accident warranty pdi campaign"),
            "status": _words("settled in_work cancelled"),
        },
    ),
    "repair-order-lines": Resource(
        "workorder",
        _words("order_number line_number kind code name quantity list_price amount payer is_upsell"),
        _words("standard_hours upsell_source stage finder decision team"),
        {
            "kind": _words("labour part accessory outside_work fee"),
            "payer": _words("customer maker insurer internal"),
            "upsell_source": _words("targeted incidental"),
            "stage": _words("reception maintenance repair road_test final_check"),
            "decision": _words("approved declined deferred"),
        },
    ),
    "payments": Resource(
        "workorder",
        _words("order_number paid_on amount method ordinal"),
        codes={"method": _words("wechat alipay card cash transfer other")},
    ),
    "reimbursements": Resource("workorder", _words("order_number paid_on amount ordinal")),
    "insurer-approvals": Resource(
        "workorder", _words("order_number approved_on approved_amount"), _words("owner_share")
    ),
    "accessory-sales": Resource(
        "workorder",
        _words("number sold_on item list_price amount department given_away installed generic"),
        _words("seller"),
        {"department": _words("front_desk accessory sales other")},
    ),
    "consumables": Resource("workorder", _words("team used_on item amount ordinal")),
    "operations": Resource(
        "workorder", _words("code name kind"), _words("standard_hours list_price"), {"kind": _words("labour part")}
    ),
    "responses": Resource("survey", _words("questionnaire order_number submitted_at answers"), _words("comment")),
}
