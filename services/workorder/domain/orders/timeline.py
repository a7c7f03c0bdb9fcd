"""What can happen to an order, as its timeline tells it: a stable name, and its words in both languages."""

from collections.abc import Mapping

HAPPENINGS: Mapping[str, tuple[str, str]] = {
    "order.opened": ("开单", "Order opened"),
    "order.changed": ("工单信息更改", "Order changed"),
    "order.moved": ("工单状态变更", "Order moved"),
    "order.approved": ("客户同意维修", "Customer agreed to the order"),
    "order.held": ("工单挂起", "Order put on hold"),
    "order.cancelled": ("工单取消", "Order cancelled"),
    "order.settled": ("结算", "Order settled"),
    "order.reversed": ("反结算", "Settlement reversed"),
    "order.delivered": ("交车", "Car delivered"),
    "order.promised": ("约定交车时间", "Time promised"),
    "job.added": ("增加报修项目", "Job added"),
    "job.changed": ("报修项目更改", "Job changed"),
    "lines.added": ("增加维修项目", "Lines added"),
    "line.changed": ("维修项目更改", "Line changed"),
    "line.price_changed": ("价格更改", "Price changed"),
    "costs.entered": ("录入成本", "Costs entered"),
    "file.added": ("上传文件", "File handed in"),
    "walk_round.recorded": ("环车检查", "Walk round the car"),
    "inspection.begun": ("开始检查", "Inspection begun"),
    "inspection.completed": ("检查完成", "Inspection completed"),
    "check.put": ("加入针对性检查", "Targeted check added"),
    "check.waived": ("免除针对性检查", "Targeted check waived"),
    "finding.recorded": ("发现问题", "Finding recorded"),
    "finding.changed": ("发现问题更改", "Finding changed"),
    "related_work.settled": ("关联项目已处理", "Related work settled"),
    "upsell.proposed": ("提出加项", "Additional work proposed"),
    "upsell.decided": ("客户决定加项", "Customer decided on additional work"),
    "upsell.revived": ("再次提出加项", "Refused work offered again"),
    "upsell.followed_up": ("调整跟进安排", "Follow-up changed"),
    "upsell.closed": ("不再提出加项", "Refused work closed"),
    "quote.made": ("报价", "Quote made"),
    "link.issued": ("发出确认链接", "Approval link issued"),
    "link.revoked": ("撤回确认链接", "Approval link withdrawn"),
    "payment.received": ("收款", "Payment received"),
    "payment.refunded": ("退款", "Payment refunded"),
    "package.drawn": ("套餐抵扣", "Package drawn down"),
    "package.undone": ("撤销套餐抵扣", "Use of a package undone"),
    "credit.given": ("赊账出厂", "Left on credit"),
    "claim.changed": ("索赔单变更", "Warranty claim changed"),
    "claim.paid": ("索赔回款", "Warranty reimbursement received"),
    "insurer.approved": ("保险定审", "Insurer's amount approved"),
    "insurer.supplemented": ("追加定审", "Insurer's amount supplemented"),
    "insurer.paid": ("保险回款", "Insurer's payment received"),
    "insurer.taken_back": ("撤回保险回款", "Insurer's payment taken back"),
}


def words_of(what: str, language: str) -> str:
    """`language`: zh or en."""
    chinese, english = HAPPENINGS[what]
    return chinese if language == "zh" else english
