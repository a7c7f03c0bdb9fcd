"""Satisfaction: questionnaires, answers and what they are worth."""
