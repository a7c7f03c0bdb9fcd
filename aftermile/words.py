"""The command line's own words in Chinese and English; names of things come from the data."""

import os
from typing import Final, Literal

Language = Literal["zh", "en"]

WORDS: Final[dict[str, tuple[str, str]]] = {
    "step_stack": ("启动系统", "Starting the stack"),
    "step_plan": ("启用提成方案", "Activating the commission plan"),
    "step_questionnaire": ("发布满意度问卷", "Publishing the questionnaire"),
    "step_import": ("导入", "Importing"),
    "step_feeds": ("等待各服务同步", "Waiting for the feeds"),
    "step_run": ("计算提成", "Computing the pay of"),
    "took": ("用时", "took"),
    "report": ("导入报告", "Report of the import"),
    "file": ("文件", "file"),
    "rows": ("行", "rows"),
    "created": ("新增", "created"),
    "updated": ("更新", "updated"),
    "unchanged": ("未变", "unchanged"),
    "duplicate": ("重复", "duplicate"),
    "rejected": ("拒收", "rejected"),
    "warned": ("警告", "warned"),
    "every_row": ("每一行的结果", "what became of every row"),
    "pay": ("提成", "Pay of"),
    "employee": ("员工", "employee"),
    "line": ("项目", "line"),
    "clause": ("条款", "clause"),
    "amount": ("金额", "amount"),
    "total": ("合计", "total"),
    "satisfaction": ("服务顾问满意度，答卷日期", "Satisfaction by advisor, answers of"),
    "advisor": ("服务顾问", "advisor"),
    "answers": ("答卷", "answers"),
    "interval": ("95% 区间", "95% interval"),
    "gap": ("满意度差", "gap"),
    "fair": ("公平值", "fair value"),
    "upsells": ("维修加项", "Upsells by advisor"),
    "proposed": ("提出", "proposed"),
    "approved": ("同意", "approved"),
    "rate": ("同意率", "rate"),
    "money": ("金额", "money"),
    "thread": ("一元提成的来路", "One yuan of pay, walked back"),
    "facts": ("条事实", "facts"),
    "decision": ("客户决定", "the customer's decision"),
    "no_thread": ("没有同时有加项和答卷的工单", "no order has both an upsell and an answer"),
    "next": ("接下来", "Where to go next"),
    "next_up": ("打开这份数据", "open these data"),
    "next_login": ("登录", "log in"),
    "next_order": ("一张工单在四个服务中的全貌", "an order as all four services know it"),
    "next_statement": ("提成条", "pay statements"),
    "next_trace": ("一笔提成的来路", "where a line of pay comes from"),
    "facts_total": ("条事实计入", "facts counted"),
    "expected": ("应为", "expected"),
    "actual": ("实得", "got"),
    "examples": ("例题通过", "examples passed"),
    "of_no_month": ("统计没有限定月份", "a sum or count of no month"),
    "examples_fail": ("个例题不符", "of the examples fail"),
    "plan_invalid": ("方案不能用", "the plan cannot be used"),
    "same_pay": ("不影响金额", "changes no amount"),
    "no_difference": ("说的是同一回事", "they say the same"),
    "hash": ("结果指纹", "hash of the result"),
}

CODES: Final[dict[str, str]] = {
    "maintenance": "保养",
    "repair": "一般维修",
    "accident": "事故",
    "warranty": "索赔",
    "pdi": "PDI",
    "campaign": "免费活动",
    "targeted": "针对性",
    "incidental": "随机性",
    "reception": "接车检查",
    "stage.maintenance": "保养",
    "stage.repair": "维修",
    "road_test": "试车",
    "final_check": "质检",
    "approved": "同意",
    "declined": "拒绝",
    "deferred": "暂缓",
    "pending": "待决定",
}
"""Values of closed lists in Chinese, as an export has them; one that is not here is told as it is."""


def default_language() -> Language:
    wanted = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if wanted.lower().startswith("zh") else "en"


class Words:
    def __init__(self, language: Language) -> None:
        self.language = language
        self._column = 0 if language == "zh" else 1

    def __getitem__(self, key: str) -> str:
        return WORDS[key][self._column]

    def code(self, code: str, of: str = "") -> str:
        """`of` is the list, where another one has the same code for something else."""
        return self.pick(CODES.get(f"{of}.{code}", CODES.get(code, code)), code.replace("_", " "))

    def pick(self, chinese: str, english: str) -> str:
        return (chinese, english)[self._column]
