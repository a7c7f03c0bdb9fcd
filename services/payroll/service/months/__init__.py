"""Months on their way to being paid: locked, adjusted, approved, closed; and as a workbook."""
