"""The quality guarantee on finished work (机动车维修管理规定): for some days or kilometres, whichever ends first."""

from dataclasses import dataclass

from services.workorder.domain.orders.order import OrderKind
from services.workorder.domain.refusals import WorkorderRefusal


@dataclass(frozen=True)
class Guarantee:
    days: int
    km: int

    @property
    def text(self) -> str:
        return f"自竣工出厂之日起{self.days}日内或行驶{self.km}公里以内,以先达到者为准。"


LEAST = Guarantee(10, 2_000)
"""First-degree maintenance, minor and single repairs; nobody may promise less."""
SECOND_DEGREE_MAINTENANCE = Guarantee(30, 5_000)


class GuaranteeTooShort(WorkorderRefusal):
    status = 422
    slug = "guarantee-too-short"
    title = "The guarantee is shorter than the law demands"


def guarantee_for(kind: OrderKind, promised: Guarantee | None) -> Guarantee:
    """What the shop promises, or what the law demands of the kind of order."""
    if promised is None:
        return SECOND_DEGREE_MAINTENANCE if kind is OrderKind.MAINTENANCE else LEAST
    if promised.days < LEAST.days or promised.km < LEAST.km:
        raise GuaranteeTooShort(f"At least {LEAST.days} days and {LEAST.km} km")
    return promised
