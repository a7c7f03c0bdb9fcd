"""Settling, the till, credit, claims, insurers, packages, discounts."""
