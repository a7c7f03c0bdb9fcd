"""The worked examples of the shipped plan are strong: whatever one breaks in a clause, one of them comes out wrong."""

from collections import Counter

from services.payroll.domain.examples import WorkedExample, check_examples
from services.payroll.domain.plan import Plan
from tests.payroll.plan_mutants import mutants
from tests.payroll.shipped_plan import shipped_examples, shipped_plan

UNPAID = "only figures of people or teams whom no clause pays are more: the steps that read it are for its posts"
EQUAL = "all weights of the split are this one or zero: a share is weight over sum of weights"
NOTHING = "somebody on probation weighs nothing in this split: there is nothing to withhold"
EQUIVALENT = {
    "[二注(1)] complaint_count: for everybody": UNPAID,
    "[二注(2)] review_deduction_rate: for everybody": UNPAID,
    "[三.2] seller_sales: for everybody": UNPAID,
    "[三.3] seller_installed_goods: for everybody": UNPAID,
    "[三.3] seller_uninstalled_goods: for everybody": UNPAID,
    "[四] team_hours: for everybody": UNPAID,
    "[四] team_consumables: for everybody": UNPAID,
    "[四] deducted_hours: for everybody": UNPAID,
    "[二注(2)] review_deduction_rate: = → <=": "a score below the threshold costs already by the other condition",
    "[三.4] other_department_accessories: 1 → 11/10": EQUAL,
    "[三.4] other_department_accessories: 1 → 9/10": EQUAL,
    "[三.4] parts: 1 → 11/10": EQUAL,
    "[三.4] parts: 1 → 9/10": EQUAL,
    "[一.4] pay returned_deductions: whenever": NOTHING,
    "[一.4] pay other_department_accessories: whenever": NOTHING,
    "[一.4] pay parts: whenever": NOTHING,
}
"""What pays the same in every month, each with the reason."""


def is_caught(plan: Plan, examples: list[WorkedExample]) -> bool:
    """The example that catches a change goes to the front: it will catch the next one too, most likely."""
    for place, example in enumerate(examples):
        if not passes(plan, example):
            examples.insert(0, examples.pop(place))
            return True
    return False


def passes(plan: Plan, example: WorkedExample) -> bool:
    try:
        return check_examples(plan, [example])[0].passed
    except KeyError:  # a step left without the posts of those who read it: as a text it would be refused
        return False


def test_every_change_of_a_clause_of_the_shipped_plan_breaks_an_example() -> None:
    examples = list(shipped_examples())
    broken = Counter[str]()
    survivors = []
    for mutant in mutants(shipped_plan()):
        broken[mutant.clause] += 1
        if str(mutant) not in EQUIVALENT and not is_caught(mutant.plan, examples):
            survivors.append(str(mutant))
    assert survivors == []
    clauses = {step.clause for step in shipped_plan().steps} | {
        one.clause for one in shipped_plan().parameters.values()
    }
    assert clauses - broken.keys() == set()
    assert broken.total() > 2500


def test_what_is_called_equivalent_is_a_change_that_no_example_notices() -> None:
    """So that none stays in the list when the plan, or what breaks it, has become another."""
    named = [mutant for mutant in mutants(shipped_plan()) if str(mutant) in EQUIVALENT]
    assert sorted(map(str, named)) == sorted(EQUIVALENT)
    assert all(passes(mutant.plan, example) for mutant in named for example in shipped_examples())
