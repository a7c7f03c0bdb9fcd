"""Plans, the runs that computed a month by one of them, and the lines and traces that a run left."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from services.payroll.models.columns import (
    Amount,
    Base,
    Decided,
    Json,
    Key,
    NewId,
    Now,
    Stamp,
    Touched,
    UuidKey,
    Version,
    VersionKey,
)


class Plan(Base):
    """A plan's text and examples never change; a draft is reviewed by a second person and becomes active from a date.

    `status` is draft or active; a review, a withdrawal and an end stand beside it, and `stage` says what the first two
    come to. An active one may end, and gives its posts back to the plan that names none.
    """

    __tablename__ = "plan"

    id: Mapped[NewId]
    store_id: Mapped[UUID]
    name: Mapped[str]
    template: Mapped[str | None]
    status: Mapped[str]
    text: Mapped[str]
    examples: Mapped[Json]
    canonical: Mapped[Json]
    parameters: Mapped[Json]
    content_hash: Mapped[str]
    effective_from: Mapped[date | None]
    created_by: Mapped[str]
    activated_by: Mapped[str | None]
    activated_at: Mapped[Stamp | None]
    reviewed_by: Mapped[str | None]
    reviewed_at: Mapped[Stamp | None]
    review_note: Mapped[str | None]
    alone_because: Mapped[str | None]
    withdrawn_by: Mapped[str | None]
    withdrawn_at: Mapped[Stamp | None]
    withdrawn_because: Mapped[str | None]
    ended_from: Mapped[date | None]
    ended_by: Mapped[str | None]
    ended_at: Mapped[Stamp | None]
    ended_because: Mapped[str | None]
    version: Mapped[Version]
    created_at: Mapped[Now]
    updated_at: Mapped[Touched]

    @property
    def stage(self) -> str:
        if self.status == "active":
            return "active"
        if self.withdrawn_at is not None:
            return "withdrawn"
        return "draft" if self.reviewed_at is None else "reviewed"


class PlanPost(Base):
    """That from a day on, until it ends, a plan pays a post (empty: all that no plan names). Never changed."""

    __tablename__ = "plan_post"

    store_id: Mapped[UuidKey]
    post: Mapped[Key]
    since: Mapped[date] = mapped_column(primary_key=True)
    plan_id: Mapped[UUID]
    created_at: Mapped[Now]


class PlanParameter(Decided, Base):
    """A value of a plan's parameter from a day on, beside the text. `number` counts the values of one parameter."""

    __tablename__ = "plan_parameter"

    id: Mapped[NewId]
    store_id: Mapped[UUID]
    plan_id: Mapped[UUID]
    name: Mapped[str]
    number: Mapped[int]
    valid_from: Mapped[date]
    value: Mapped[str]
    statement: Mapped[str]
    hash: Mapped[str]
    reason: Mapped[str]
    proposed_by: Mapped[str]
    created_at: Mapped[Now]


class Run(Base):
    """`plans` are those that paid the month, or closed ones that it corrects, each with its posts; `plan_id` and
    `plan_hash` are the first's."""

    __tablename__ = "run"

    id: Mapped[NewId]
    store_id: Mapped[UUID]
    month: Mapped[str]
    status: Mapped[str]
    problem: Mapped[Json | None]
    plan_id: Mapped[UUID | None]
    plan_hash: Mapped[str | None]
    plans: Mapped[Json | None]
    feed_cursors: Mapped[Json | None]
    basis: Mapped[str | None]
    hash: Mapped[str | None]
    total: Mapped[Amount | None]
    figures: Mapped[Json | None]
    pools: Mapped[Json | None]
    warnings: Mapped[Json | None]
    requested_by: Mapped[str]
    version: Mapped[Version]
    created_at: Mapped[Now]
    started_at: Mapped[Stamp | None]
    read_at: Mapped[Stamp | None]
    completed_at: Mapped[Stamp | None]


class PayLine(Base):
    """One amount for one employee; `fact_nodes` are the trace nodes with facts that it rests on. A correction names the
    closed month that it belongs to."""

    __tablename__ = "pay_line"

    store_id: Mapped[UuidKey]
    run_id: Mapped[UuidKey]
    ordinal: Mapped[VersionKey]
    id: Mapped[UUID] = mapped_column(server_default=text("uuidv7()"))
    employee: Mapped[str]
    component: Mapped[str]
    clause: Mapped[str]
    amount: Mapped[Amount]
    node: Mapped[str]
    name: Mapped[str]
    fact_nodes: Mapped[list[Any]] = mapped_column(ARRAY(TEXT))
    of_month: Mapped[str | None]


class TraceNode(Base):
    __tablename__ = "trace_node"

    store_id: Mapped[UuidKey]
    run_id: Mapped[UuidKey]
    node: Mapped[Key]
    ordinal: Mapped[int]
    body: Mapped[Json]
