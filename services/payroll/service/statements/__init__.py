"""Closed statements: proof, receipt, links and pages, and the questions that people ask about them."""
