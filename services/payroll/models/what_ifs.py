"""What would have been paid by another plan or with other values: asked for, and told per person and month."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from services.payroll.models.columns import Amount, Base, Json, Key, NewId, Now, Stamp, UuidKey


class WhatIf(Base):
    """Another plan (null: each month's own) for some posts (null: all that no plan names), with values that it has
    not; `months_done` tells how far it is."""

    __tablename__ = "what_if"

    id: Mapped[NewId]
    store_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(server_default=text("'queued'"))
    plan_id: Mapped[UUID | None]
    posts: Mapped[list[Any] | None] = mapped_column(ARRAY(TEXT))
    parameters: Mapped[Json]
    months_done: Mapped[int] = mapped_column(server_default=text("0"))
    problem: Mapped[Json | None]
    requested_by: Mapped[str]
    created_at: Mapped[Now]
    started_at: Mapped[Stamp | None]
    completed_at: Mapped[Stamp | None]


class WhatIfMonth(Base):
    """A month with the run that it is compared with; figures are there once all months are calculated.

    `paid` is what that run gave for the month itself, `now_total` what its plan gives over the facts of `facts_as_of`:
    to `corrected` people otherwise than the run. `paid_later` is what closings since have paid of that.
    """

    __tablename__ = "what_if_month"

    store_id: Mapped[UuidKey]
    what_if_id: Mapped[UuidKey]
    month: Mapped[Key]
    run_id: Mapped[UUID]
    paid: Mapped[Amount | None]
    now_total: Mapped[Amount | None]
    then_total: Mapped[Amount | None]
    same_as_run: Mapped[bool | None]
    corrected: Mapped[int | None]
    paid_later: Mapped[Amount | None]
    facts_as_of: Mapped[Stamp | None]


class WhatIfPay(Base):
    __tablename__ = "what_if_pay"

    store_id: Mapped[UuidKey]
    what_if_id: Mapped[UuidKey]
    month: Mapped[Key]
    employee: Mapped[Key]
    now_amount: Mapped[Amount]
    then_amount: Mapped[Amount]
