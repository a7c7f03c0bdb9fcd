"""The language of commission plans: text in Chinese or English in, a checked `Plan` of the domain out."""

from .plan_reader import parse_plan
from .problems import PlanInvalid, PlanProblem

__all__ = ["PlanInvalid", "PlanProblem", "parse_plan"]
