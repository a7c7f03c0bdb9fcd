"""The tables of the workorder service: columns and relationships only."""

from services.workorder.models.cash import CashClosing
from services.workorder.models.catalogue import LabourRate, Menu, Operation, OperationHours, OperationPrice
from services.workorder.models.checks import CheckRule
from services.workorder.models.claims import Claim, ClaimAnswer, ClaimLine
from services.workorder.models.copies import CustomerCopy, VehicleCopy
from services.workorder.models.credit import CreditTerms
from services.workorder.models.details import LinePriceChange, OrderEntry, OrderJob, OrderPromise
from services.workorder.models.files import AnnouncedObject, File, FileErasure
from services.workorder.models.inspections import (
    Finding,
    Inspection,
    InspectionItem,
    InspectionTemplate,
    OrderCheck,
    RelatedWork,
    RelatedWorkRule,
)
from services.workorder.models.insurance import InsurerPayment, InsurerPaymentTakenBack, InsurerSupplement
from services.workorder.models.money import (
    AccessorySale,
    Consumable,
    HoursDeduction,
    InsurerApproval,
    Payment,
    Reimbursement,
)
from services.workorder.models.orders import OrderApproval, RepairOrder, RepairOrderLine, Upsell
from services.workorder.models.packages import Package, PackageDraw, PackageItem
from services.workorder.models.patterns import PatternDecision, PatternMining
from services.workorder.models.quotes import ApprovalLink, Quote, QuoteDecision, QuoteItem
from services.workorder.models.receipts import Refund, RefundLimit
from services.workorder.models.record import Imported, Model, Record
from services.workorder.models.risk import (
    ComplaintCopy,
    ResponseCopy,
    RiskFlag,
    RiskFlagComment,
    RiskPolicyVersion,
    RiskReview,
)
from services.workorder.models.settlements import DiscountLimit, LineDiscount, Settlement, SettlementReversal, Shop
from services.workorder.models.walk_rounds import WalkRound

__all__ = [
    "AccessorySale",
    "AnnouncedObject",
    "ApprovalLink",
    "CashClosing",
    "CheckRule",
    "Claim",
    "ClaimAnswer",
    "ClaimLine",
    "ComplaintCopy",
    "Consumable",
    "CreditTerms",
    "CustomerCopy",
    "DiscountLimit",
    "File",
    "FileErasure",
    "Finding",
    "HoursDeduction",
    "Imported",
    "Inspection",
    "InspectionItem",
    "InspectionTemplate",
    "InsurerApproval",
    "InsurerPayment",
    "InsurerPaymentTakenBack",
    "InsurerSupplement",
    "LabourRate",
    "LineDiscount",
    "LinePriceChange",
    "Menu",
    "Model",
    "Operation",
    "OperationHours",
    "OperationPrice",
    "OrderApproval",
    "OrderCheck",
    "OrderEntry",
    "OrderJob",
    "OrderPromise",
    "Package",
    "PackageDraw",
    "PackageItem",
    "PatternDecision",
    "PatternMining",
    "Payment",
    "Quote",
    "QuoteDecision",
    "QuoteItem",
    "Record",
    "Refund",
    "RefundLimit",
    "Reimbursement",
    "RelatedWork",
    "RelatedWorkRule",
    "RepairOrder",
    "RepairOrderLine",
    "ResponseCopy",
    "RiskFlag",
    "RiskFlagComment",
    "RiskPolicyVersion",
    "RiskReview",
    "Settlement",
    "SettlementReversal",
    "Shop",
    "Upsell",
    "VehicleCopy",
    "WalkRound",
]
