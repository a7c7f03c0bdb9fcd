"""HTTP of payroll, and who may call what."""
