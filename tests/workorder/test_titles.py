from types import ModuleType

import pytest

from services.workorder.domain.inspections import inspection
from services.workorder.domain.money import cash, claim, credit, insurance, package, refund, settlement
from services.workorder.domain.refusals import WorkorderRefusal
from services.workorder.domain.upsells import approval, finding, quote, related_work, upsell
from services.workorder.titles import CHINESE_TITLES


@pytest.mark.parametrize(
    "rules",
    [
        approval,
        cash,
        claim,
        credit,
        finding,
        inspection,
        insurance,
        package,
        quote,
        refund,
        related_work,
        settlement,
        upsell,
    ],
)
def test_every_refusal_that_people_meet_has_a_chinese_title(rules: ModuleType) -> None:
    kinds = [each for each in vars(rules).values() if isinstance(each, type) and issubclass(each, WorkorderRefusal)]
    told = {kind.slug for kind in kinds if kind is not WorkorderRefusal}
    assert told
    assert told <= CHINESE_TITLES.keys()
