"""Request and response bodies of payroll, by what they are about."""
