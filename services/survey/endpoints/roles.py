"""Who may do what with questionnaires, answers and scores."""

AUTHORS = ("administrator", "service_manager", "customer_care")
READERS = (*AUTHORS, "desk_supervisor", "workshop_manager", "payroll_clerk", "auditor")
COLLECTORS = (*AUTHORS, "dms")
IMPORTERS = ("administrator", "service_manager", "dms")
STAFF = (*READERS, "service_advisor", "technician", "cashier", "parts_clerk", "accessory_seller", "dms")
