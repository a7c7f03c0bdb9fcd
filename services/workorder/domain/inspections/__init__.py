"""Inspections, the checks that rules put on orders, and patterns in the shop's own history."""
