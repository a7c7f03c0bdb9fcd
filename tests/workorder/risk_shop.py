"""Facts of orders, as the risk control sees them, with what a test does not care for left ordinary."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import numpy as np

from services.workorder.domain.orders.line import Authorisation
from services.workorder.domain.risk.risk_facts import OrderFact, UpsellFact

OPENED = datetime(2026, 9, 8, 1, 0, tzinfo=UTC)
TODAY = datetime(2026, 11, 20, tzinfo=UTC).date()


def at(hours: float) -> datetime:
    return OPENED + timedelta(hours=hours)


def upsell_fact(decision: Authorisation | None = Authorisation.APPROVED, **overrides: Any) -> UpsellFact:
    decided = None if decision is None else at(2)
    ordinary: dict[str, Any] = {
        "id": uuid4(), "finder": "J104", "proposed_at": at(1), "decision": decision, "decided_at": decided,
        "told": True, "by_hand": True, "evidence": True, "green": False, "related": False, "late": (),
    }  # fmt: skip
    return UpsellFact(**{**ordinary, **overrides})


def order_fact(*upsells: UpsellFact, **overrides: Any) -> OrderFact:
    ordinary: dict[str, Any] = {
        "id": uuid4(), "advisor": "SA01", "handlers": frozenset({"J104"}), "opened_at": OPENED,
        "promised_at": at(4), "done_at": at(4), "left_on": OPENED.date(), "settled": True, "agreed": Decimal(100),
        "final": Decimal(100), "complaint": False, "csi": None, "promise": None, "comeback": None,
        "comeback_after": None,
    }  # fmt: skip
    return OrderFact(**{**ordinary, **overrides}, upsells=upsells)


def even_shop(rng: np.random.Generator, people: int = 7, orders: int = 25) -> list[OrderFact]:
    """A window of orders in which nobody differs from anybody else, and every estimate is as good as the next."""
    found = []
    for person in range(people):
        for _ in range(orders):
            chances = rng.random(6)
            decision = Authorisation.DECLINED if chances[0] < 0.3 else Authorisation.APPROVED
            upsells = [upsell_fact(decision, finder=f"J{person}")] if chances[1] < 0.6 else []
            ratio = Decimal(round(float(rng.normal(1, 0.08)), 4))
            found.append(
                order_fact(
                    *upsells, advisor=f"SA{person}", handlers=frozenset({f"J{person}"}), final=100 * ratio,
                    done_at=OPENED + timedelta(hours=4) * float(rng.normal(1, 0.08)), complaint=chances[2] < 0.04,
                    csi=Decimal(60) if chances[3] < 0.1 else Decimal(92) if chances[3] < 0.6 else None,
                    comeback=UUID(int=1) if chances[4] < 0.05 else None, comeback_after=9,
                )
            )  # fmt: skip
    return found
