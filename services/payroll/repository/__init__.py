"""Every query of payroll, by what it is about."""
