"""Runs: a month calculated by its plans, the corrections of closed ones, and what it left."""
