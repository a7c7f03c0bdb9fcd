"""A plan's examples and trials: read as the domain reads worked examples, answered as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from chassis.errors import Invalid
from services.payroll.domain.calculation.given import RunInput
from services.payroll.domain.calculation.plan import Parameter, Plan
from services.payroll.domain.errors import ExamplesInvalid
from services.payroll.domain.plans.example_file import read_examples, read_input
from services.payroll.domain.plans.examples import ExampleResult, check_examples, says_pay


def trial_input(body: Mapping[str, Any]) -> RunInput:
    """The input of a run from JSON; wrong fields are named by their pointer in the body."""
    try:
        return read_input(body)
    except ExamplesInvalid as refusal:
        raise Invalid(str(refusal), errors=list(refusal.errors), slug="trial-invalid") from refusal


def results_of(plan: Plan, examples: object) -> Sequence[ExampleResult]:
    """Every example of a stored document with what the plan gives for it."""
    return check_examples(plan, read_examples(examples))


def shows_pay(plan: Plan, examples: object) -> bool:
    """Whether an example says what somebody is paid; a plan that pays nothing has nothing to say."""
    return not plan.payments or any(map(says_pay, read_examples(examples)))


def result_json(result: ExampleResult) -> dict[str, Any]:
    return {
        "name": {"zh": result.chinese, "en": result.english},
        "clause": result.clause,
        "passed": result.passed,
        "differences": [
            {"what": one.what, "expected": one.expected, "actual": one.actual} for one in result.differences
        ],
    }


def parameters_json(parameters: Mapping[str, Parameter]) -> list[dict[str, Any]]:
    """A plan's parameters with every dated value as it was written."""
    return [
        {
            "name": parameter.name,
            "chinese": parameter.chinese,
            "clause": parameter.clause,
            "choices": list(parameter.choices),
            "values": [
                {"value": dated.written, "since": str(dated.since), "until": dated.until and str(dated.until)}
                for dated in parameter.values
            ],
        }
        for parameter in parameters.values()
    ]
