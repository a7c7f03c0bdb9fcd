"""Tables of payroll: columns only; every table belongs to one store and row security holds it there."""

from services.payroll.models.columns import Base
from services.payroll.models.facts import (
    FACT_USE,
    CustomerCopy,
    Fact,
    FactHistory,
    FactSelection,
    OrderCopy,
    ResponseCopy,
    UpsellCopy,
)
from services.payroll.models.ledger import AccountMap
from services.payroll.models.measures import Measure, MeasureHistory
from services.payroll.models.months import (
    AdjustedShare,
    Adjustment,
    ApprovalChain,
    LinkWithdrawal,
    MonthStep,
    PayMonth,
    Statement,
)
from services.payroll.models.people import (
    Employee,
    EmployeeHistory,
    EmployeeTerms,
    ReviewScore,
    ReviewScoreHistory,
    Target,
    TargetHistory,
    Team,
    TeamHeads,
)
from services.payroll.models.questions import Question, QuestionClock, QuestionMessage
from services.payroll.models.runs import PayLine, Plan, PlanParameter, PlanPost, Run, TraceNode
from services.payroll.models.slips import Attendance, PayItem, Slip
from services.payroll.models.what_ifs import WhatIf, WhatIfMonth, WhatIfPay

__all__ = [
    "FACT_USE",
    "AccountMap",
    "AdjustedShare",
    "Adjustment",
    "ApprovalChain",
    "Attendance",
    "Base",
    "CustomerCopy",
    "Employee",
    "EmployeeHistory",
    "EmployeeTerms",
    "Fact",
    "FactHistory",
    "FactSelection",
    "LinkWithdrawal",
    "Measure",
    "MeasureHistory",
    "MonthStep",
    "OrderCopy",
    "PayItem",
    "PayLine",
    "PayMonth",
    "Plan",
    "PlanParameter",
    "PlanPost",
    "Question",
    "QuestionClock",
    "QuestionMessage",
    "ResponseCopy",
    "ReviewScore",
    "ReviewScoreHistory",
    "Run",
    "Slip",
    "Statement",
    "Target",
    "TargetHistory",
    "Team",
    "TeamHeads",
    "TraceNode",
    "UpsellCopy",
    "WhatIf",
    "WhatIfMonth",
    "WhatIfPay",
]
