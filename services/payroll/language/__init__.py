"""The language of commission plans: text in Chinese or English in, a checked `Plan` of the domain out.

`format_plan` and `to_json` give a plan's canonical forms, `text_of_json` and `parse_json` read the second one;
`difference` tells in words what a newer plan changes; `amending_statement` checks a value set beside the text.
"""

from .amending import ParameterValueInvalid, amending_statement, read_amendment
from .difference import Change, difference
from .document import parse_json, text_of_json, to_json
from .formatting import format_plan
from .plan_reader import parse_plan
from .problems import PlanInvalid, PlanProblem, nearest
from .spelling import Language

__all__ = [
    "Change",
    "Language",
    "ParameterValueInvalid",
    "PlanInvalid",
    "PlanProblem",
    "amending_statement",
    "difference",
    "format_plan",
    "nearest",
    "parse_json",
    "parse_plan",
    "read_amendment",
    "text_of_json",
    "to_json",
]
