"""Repair orders: their way through the shop, jobs, lines, promises, timeline, board, histories."""
