"""A small June worked out by hand, line by line, with rules of the plan meeting each other.

Desk: SA1, SA2 (0.4 each), SB1 (0.1), SB2 (0.1, on probation). Targets 200,000 and 100 cars, signed by SA2.
  receipts     88,000.00 (order paid in May, settled in June) + 31,999.99 = 119,999.99; a June payment on an accident
               order (9,000.00) and one not settled until July (4,000.00) stay out
  warranty     20,000.01 (reimbursed in June)
  accident     30,000.00 + 10,000.00 owner (left in May, approved in June)             output    = 180,000.00
  cars         70 + 15 of a campaign; 5 PDI and 2 cancelled stay out                    car count = 85
  commission   180,000.00 × 0.5% × 0.9 × 0.85                                                     =     688.50
  goods        900.00 installed × 6% = 54.00; 450.00 not installed × 10% = 45.00                  =      99.00
  pool         688.50 + 99.00 = 787.50;  ÷ 0.9 (SB2 leaves the denominator)
  shares       0.4 → 350.00, 0.4 → 350.00, 0.1 → 87.50
  complaints   SA1 two in June (20%) → −70.00; one of May verified is not June's
  review       SA1 95.9 → −35.00; SA2 96 → nothing; SB1 no score → a notice
Sellers: JP1 target 10,000: 6,000 (not installed) + 3,000 (installed) + 1,600 of 2,000 list (80%) → 10,600: 1.06
  JP1          6,000 × 10% × 1.06 = 636.00; 3,000 × 10% × 1.06 = 318.00 × 60% = 190.80            =     826.80
Other department: list 7,143.00 given away → 0.7% = 50.001, 0.6% = 42.858
  JP1 50.00; parts PJ1, PJ2 42.86 → 21.43 each
Installers: 900 × 4% = 36.00 + 318.00 × 40% = 127.20 + 50.001 = 213.201 → 213.20; AZ1 1.0, AZ2 0.5 → 142.13 / 71.07
Mechanics M (1.2, 1.0 and one on probation 0.8): (100.5 h × 120 − 348.00) ÷ 1.17 × 18% = 11,712 ÷ 1.17 × 0.18
               = 1,801.846… → 1,801.85; ÷ 2.2 → 982.825… / 819.020… → 982.83 / 819.02
  M1           one hour taken: −120 ÷ 1.17 × 18% = −18.46
Body team: 3 h × 100 − 500.00 < 0 → nothing
Together: 245.00 + 350.00 + 87.50 + 876.80 + 42.86 + 213.20 + 964.37 + 819.02 = 3,598.75
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from services.payroll.domain.calculation.evaluation import evaluate
from services.payroll.domain.calculation.facts import Fact, FactValue, in_columns
from services.payroll.domain.calculation.given import Person, RunInput, Target
from services.payroll.domain.calculation.outcome import Scope
from services.payroll.domain.month import Month
from tests.payroll.shipped_plan import lines_of, make_fact, shipped_plan

MAY, JUNE, JULY = date(2026, 5, 31), date(2026, 6, 15), date(2026, 7, 1)
PEOPLE = (
    Person("SA1", "", "业务接待", "业务组", Fraction("0.4")),
    Person("SA2", "", "业务接待", "业务组", Fraction("0.4")),
    Person("SB1", "", "业务接待助理", "业务组", Fraction("0.1")),
    Person("SB2", "", "业务接待助理", "业务组", Fraction("0.1"), on_probation=True),
    Person("JP1", "", "精品业务员", None, Fraction(1)),
    Person("PJ2", "", "配件员", None, None),
    Person("PJ1", "", "配件员", None, None),
    Person("AZ1", "", "精品加装技师", None, Fraction(1)),
    Person("AZ2", "", "精品加装技师", None, Fraction("0.5")),
    Person("M1", "", "机电技师", "M", Fraction("1.2")),
    Person("M2", "", "机电技师", "M", Fraction(1)),
    Person("M3", "", "机电技师", "M", Fraction("0.8"), on_probation=True),
    Person("B1", "", "钣喷技师", "B", Fraction(1)),
)


def target(subject: str, metric: str, value: int, by: str) -> Target:
    scope = Scope.PERSON if subject == by else Scope.TEAM
    return Target(scope, subject, metric, Decimal(value), date(2026, 5, 28), by)


def on_order(id_: str, kind: str, order_kind: str, **fields: FactValue) -> Fact:
    return make_fact(id_, kind, order_kind=order_kind, **fields)


def sale(id_: str, department: str, listed: str, amount: str, **fields: FactValue) -> Fact:
    given: dict[str, FactValue] = {"list_price": Decimal(listed), "amount": Decimal(amount), "sold_on": JUNE}
    return make_fact(id_, "accessory_sale", department=department, **{**given, **fields})


FACTS = (
    on_order("r1", "receipt", "repair", amount=Decimal("88000.00"), paid_on=MAY, settled_on=JUNE),
    on_order("r2", "receipt", "保养", amount=Decimal("31999.99"), paid_on=JUNE, settled_on=JUNE),
    on_order("r3", "receipt", "accident", amount=Decimal("9000.00"), paid_on=JUNE, settled_on=JUNE),
    on_order("r4", "receipt", "repair", amount=Decimal("4000.00"), paid_on=JUNE, settled_on=JULY),
    on_order("w1", "reimbursement", "索赔", amount=Decimal("20000.01"), paid_on=JUNE),
    on_order("a1", "insurer_approval", "事故", approved_amount=30000, owner_share=10000, approved_on=JUNE, left_on=MAY),
    on_order("o1", "order", "repair", opened_on=JUNE, quantity=70),
    on_order("o2", "order", "campaign", opened_on=JUNE, quantity=15),
    on_order("o3", "order", "pdi", opened_on=JUNE, quantity=5),
    on_order("o4", "order", "repair", opened_on=JUNE, quantity=2, cancelled=True),
    sale("s1", "front_desk", "1000.00", "900.00", seller="SA1", installed=True),
    sale("s2", "front_desk", "500.00", "450.00", seller="SA2"),
    sale("s3", "accessory", "6000.00", "6000.00", seller="JP1"),
    sale("s4", "accessory", "3000.00", "3000.00", seller="JP1", installed=True),
    sale("s5", "accessory", "2000.00", "1600.00", seller="JP1", installed=True),
    sale("s6", "sales", "7143.00", "0.00", given_away=True),
    make_fact("c1", "complaint", employee="SA1", cause="工作失误", verified=True, occurred_on=date(2026, 6, 1)),
    make_fact("c2", "complaint", employee="SA1", cause="服务态度", verified=True, occurred_on=date(2026, 6, 30)),
    make_fact("c3", "complaint", employee="SA1", cause="服务态度", verified=True, occurred_on=MAY),
    on_order("h1", "labour", "repair", standard_hours=Decimal("100.5"), team="M", completed_on=JUNE),
    on_order("h2", "labour", "accident", standard_hours=3, team="B", completed_on=JUNE),
    make_fact("u1", "consumable", team="M", amount=Decimal("348.00"), used_on=JUNE),
    make_fact("u2", "consumable", team="B", amount=Decimal("500.00"), used_on=JUNE),
    make_fact("d1", "hours_deduction", employee="M1", hours=1, occurred_on=JUNE),
)


def test_a_june_worked_out_by_hand() -> None:
    targets = (
        target("业务组", "output", 200_000, "SA2"),
        target("业务组", "car_count", 100, "SA2"),
        target("JP1", "accessory_sales", 10_000, "JP1"),
    )
    scores = {"SA1": Decimal("95.9"), "SA2": Decimal(96)}
    outcome = evaluate(shipped_plan(), RunInput(Month(2026, 6), PEOPLE, targets, scores, in_columns(FACTS)))
    assert outcome.figures.store["output"] == 180_000
    assert outcome.figures.store["car_count"] == 85
    assert outcome.figures.store["service_advisor_pool"] == Fraction("787.50")
    assert lines_of(outcome) == {
        "SA1": {"share": "350.00", "complaint": "-70.00", "review": "-35.00"},
        "SA2": {"share": "350.00"},
        "SB1": {"share": "87.50"},
        "JP1": {"accessories": "826.80", "other_department_accessories": "50.00"},
        "PJ1": {"parts": "21.43"},
        "PJ2": {"parts": "21.43"},
        "AZ1": {"install": "142.13"},
        "AZ2": {"install": "71.07"},
        "M1": {"team": "982.83", "hours_deduction": "-18.46"},
        "M2": {"team": "819.02"},
    }
    assert [(notice.code, notice.subject) for notice in outcome.warnings] == [
        ("review-score-missing", "SB1"),
        ("review-score-missing", "SB2"),
    ]
    assert outcome.pay_total == Decimal("3598.75")
