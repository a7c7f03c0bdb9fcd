"""The tables of the workorder service: columns and relationships only."""

from services.workorder.models.catalogue import Operation, OperationPrice
from services.workorder.models.copies import CustomerCopy, VehicleCopy
from services.workorder.models.money import (
    AccessorySale,
    Consumable,
    HoursDeduction,
    InsurerApproval,
    Payment,
    Reimbursement,
)
from services.workorder.models.orders import RepairOrder, RepairOrderLine, Upsell
from services.workorder.models.record import Imported, Model, Record

__all__ = [
    "AccessorySale",
    "Consumable",
    "CustomerCopy",
    "HoursDeduction",
    "Imported",
    "InsurerApproval",
    "Model",
    "Operation",
    "OperationPrice",
    "Payment",
    "Record",
    "Reimbursement",
    "RepairOrder",
    "RepairOrderLine",
    "Upsell",
    "VehicleCopy",
]
