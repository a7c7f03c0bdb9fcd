"""Use cases of payroll: load, ask the domain, save, tell the others."""
