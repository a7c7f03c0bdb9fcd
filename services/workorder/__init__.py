"""Repair orders, the work added to them, and their money."""
