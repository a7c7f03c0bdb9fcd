from types import ModuleType

import pytest

from services.workorder.domain import (
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
)
from services.workorder.domain.refusals import WorkorderRefusal
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
