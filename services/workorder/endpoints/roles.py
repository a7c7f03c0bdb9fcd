"""Who may do what here, by groups of roles."""

IMPORTERS = ("administrator", "service_manager", "dms")
MANAGERS = ("administrator", "service_manager")
READERS = (
    "administrator",
    "service_manager",
    "desk_supervisor",
    "workshop_manager",
    "service_advisor",
    "technician",
    "cashier",
    "parts_clerk",
    "accessory_seller",
    "customer_care",
    "payroll_clerk",
    "auditor",
    "dms",
)
DESK = (*MANAGERS, "desk_supervisor", "service_advisor")
WORKSHOP = (*MANAGERS, "workshop_manager", "technician")
FLOOR = (*DESK, "workshop_manager", "technician")
TILL = (*MANAGERS, "desk_supervisor", "cashier")
SELLERS = (*DESK, "accessory_seller", "cashier")
REVIEWERS = (*MANAGERS, "desk_supervisor", "workshop_manager")
STOREROOM = (*MANAGERS, "workshop_manager", "parts_clerk")
COSTERS = (*MANAGERS, "workshop_manager", "parts_clerk")
PROFIT_READERS = (*COSTERS, "auditor")
PLANNERS = (*MANAGERS, "workshop_manager")
