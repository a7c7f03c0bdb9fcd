from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.workorder.domain.inspections.patterns import Cell, MileageBand, PatternPolicy, propose
from services.workorder.models import Inspection, InspectionItem, InspectionTemplate, RepairOrder, VehicleCopy
from services.workorder.repository.inspections.patterns import pattern_cells
from tests.harness import AStore

NOW = datetime(2026, 9, 8, 6, tzinfo=UTC)
LOW, MIDDLE, TOP = MileageBand(0, 20_000), MileageBand(60_000, 80_000), MileageBand(150_000, None)


class Shop:
    """Writes cars and inspections of orders straight into the tables."""

    def __init__(self, session: AsyncSession, store: UUID) -> None:
        self._session, self._store, self._template, self._orders = session, store, uuid4(), 0

    async def _add(self, table: type, **values: Any) -> None:
        await self._session.execute(insert(table).values(store_id=self._store, **values))

    async def open(self, revision: int = 1) -> "Shop":
        await self._add(
            InspectionTemplate, id=self._template, source="aftermile", order_kind="repair", revision=revision,
            name={"zh": "检查", "en": "Inspection"}, items=[], published_at=NOW, published_by="SA01",
        )  # fmt: skip
        return self

    async def car(self, vin: str, model: str | None) -> None:
        await self._add(VehicleCopy, vin=vin, id=uuid4(), version=1, model=model)

    async def inspect(
        self, vin: str, odometer_km: int | None, results: dict[str, str], *, completed: bool = True,
        state: str = "in_progress", number: str | None = None,
    ) -> None:  # fmt: skip
        order, inspection = uuid4(), uuid4()
        self._orders += 1
        await self._add(
            RepairOrder, id=order, number=number or f"W{self._orders}", source="aftermile", vin=vin, kind="repair",
            opened_at=NOW, opened_on=NOW.date(), odometer_km=odometer_km, state=state, settled=False,
        )  # fmt: skip
        await self._add(
            Inspection, id=inspection, source="aftermile", order_id=order, template_id=self._template,
            technician="J104", completed_at=NOW if completed else None, completed_by="J104" if completed else None,
        )  # fmt: skip
        for position, (code, result) in enumerate(results.items(), start=1):
            await self._add(
                InspectionItem, inspection_id=inspection, position=position, code=code, result=result,
                answered_by="J104", answered_at=NOW,
            )  # fmt: skip


@pytest.fixture
async def empty(app: FastAPI, client: object) -> FastAPI:
    return app


async def test_cells_count_each_car_once_and_only_what_was_looked_at(empty: FastAPI, store: AStore) -> None:
    async with empty.state.database.transaction(store.id) as session:
        shop = await Shop(session, store.id).open()
        for vin, model in (("V1", "A"), ("V2", "A"), ("V3", "B"), ("V4", None)):
            await shop.car(vin, model)
        await shop.inspect("V1", 61_000, {"TY01": "red", "EL01": "green"})
        await shop.inspect("V1", 79_999, {"TY01": "green"})
        await shop.inspect("V2", 60_000, {"TY01": "green", "EL01": "not_applicable"})
        await shop.inspect("V2", 80_000, {"TY01": "red"}, completed=False)
        await shop.inspect("V2", 80_000, {"TY01": "red"}, state="cancelled")
        await shop.inspect("V3", 0, {"TY01": "yellow"})
        await shop.inspect("V3", 999_999, {"EL01": "yellow"})
        await shop.inspect("V3", None, {"TY01": "red"})
        await shop.inspect("V4", 5, {"TY01": "red"})
        assert await pattern_cells(session, store.id) == (
            Cell("A", MIDDLE, "EL01", 1, 0, 1, 1),
            Cell("A", MIDDLE, "TY01", 2, 1, 1, 1),
            Cell("B", LOW, "TY01", 1, 1, 2, 1),
            Cell("B", TOP, "EL01", 1, 1, 1, 0),
        )
        whole = await pattern_cells(session, store.id, [0])
        assert [(cell.model, cell.finding, cell.visits, cell.found) for cell in whole] == [
            ("A", "EL01", 1, 0), ("A", "TY01", 2, 1), ("B", "EL01", 1, 1), ("B", "TY01", 1, 1),
        ]  # fmt: skip


async def test_what_a_model_has_and_others_have_not_is_proposed(
    empty: FastAPI, store: AStore, other_store: AStore
) -> None:  # fmt: skip
    async with empty.state.database.transaction(store.id) as session:
        shop = await Shop(session, store.id).open()
        for number in range(80):
            await shop.car(f"V{number}", "A" if number < 40 else "B")
            worn = "red" if number < 20 or number == 60 else "green"
            await shop.inspect(f"V{number}", 65_000, {"TY01": worn, "EL01": "green"})
        (pattern,) = propose(await pattern_cells(session, store.id), PatternPolicy())
        assert (pattern.cell.model, pattern.cell.band, pattern.cell.finding) == ("A", MIDDLE, "TY01")
        assert pattern.lift == 20
    async with empty.state.database.transaction(other_store.id) as session:
        assert await pattern_cells(session, store.id) == ()
