"""Employees with their dated terms, teams and their heads, targets and review scores, each with its former states."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from services.payroll.models.columns import (
    Amount,
    Base,
    Exact,
    Json,
    Key,
    NewId,
    Now,
    Touched,
    UuidKey,
    Version,
    VersionKey,
)


class Employee(Base):
    __tablename__ = "employee"

    id: Mapped[NewId]
    store_id: Mapped[UUID]
    number: Mapped[str]
    name: Mapped[str]
    hired_on: Mapped[date | None]
    left_on: Mapped[date | None]
    version: Mapped[Version]
    source: Mapped[str]
    import_id: Mapped[UUID | None]
    recorded_by: Mapped[str | None]
    created_at: Mapped[Now]
    updated_at: Mapped[Touched]


class EmployeeTerms(Base):
    """What holds for an employee from a day on, until the next terms begin."""

    __tablename__ = "employee_terms"

    id: Mapped[NewId]
    store_id: Mapped[UUID]
    employee: Mapped[str]
    valid_from: Mapped[date]
    post: Mapped[str]
    team: Mapped[str | None]
    coefficient: Mapped[Exact | None]
    probation_until: Mapped[date | None]
    base_pay: Mapped[Amount | None]
    version: Mapped[Version]
    recorded_by: Mapped[str]
    created_at: Mapped[Now]
    updated_at: Mapped[Touched]


class EmployeeHistory(Base):
    __tablename__ = "employee_history"

    store_id: Mapped[UuidKey]
    number: Mapped[Key]
    version: Mapped[VersionKey]
    state: Mapped[Json]
    replaced_at: Mapped[Now]


class Team(Base):
    __tablename__ = "team"

    store_id: Mapped[UuidKey]
    name: Mapped[Key]
    created_at: Mapped[Now]


class TeamHeads(Base):
    """Who leads a team and who manages it, from a day on. Never changed: of two for one day the later version holds."""

    __tablename__ = "team_heads"

    store_id: Mapped[UuidKey]
    team: Mapped[Key]
    version: Mapped[VersionKey]
    valid_from: Mapped[date]
    leader: Mapped[str | None]
    managers: Mapped[list[Any]] = mapped_column(ARRAY(TEXT))
    set_by: Mapped[str]
    set_at: Mapped[Now]


class Target(Base):
    """What a team (its name) or a person (the number) is to reach in a month; it binds once one of them has signed.

    `scope` says which of the two: a team may be called as an employee is numbered. `weight` (考核系数) is what it
    counts beside other targets, and is signed with the value.
    """

    __tablename__ = "target"

    id: Mapped[NewId]
    store_id: Mapped[UUID]
    month: Mapped[str]
    scope: Mapped[str]
    subject: Mapped[str]
    metric: Mapped[str]
    value: Mapped[Exact]
    weight: Mapped[Exact] = mapped_column(server_default=text("1"))
    signed_on: Mapped[date | None]
    signed_by: Mapped[str | None]
    version: Mapped[Version]
    source: Mapped[str]
    import_id: Mapped[UUID | None]
    created_at: Mapped[Now]
    updated_at: Mapped[Touched]


class TargetHistory(Base):
    __tablename__ = "target_history"

    store_id: Mapped[UuidKey]
    target_id: Mapped[UuidKey]
    version: Mapped[VersionKey]
    state: Mapped[Json]
    replaced_at: Mapped[Now]


class ReviewScore(Base):
    __tablename__ = "review_score"

    id: Mapped[NewId]
    store_id: Mapped[UUID]
    month: Mapped[str]
    employee: Mapped[str]
    score: Mapped[Exact]
    version: Mapped[Version]
    source: Mapped[str]
    import_id: Mapped[UUID | None]
    recorded_by: Mapped[str | None]
    created_at: Mapped[Now]
    updated_at: Mapped[Touched]


class ReviewScoreHistory(Base):
    __tablename__ = "review_score_history"

    store_id: Mapped[UuidKey]
    review_score_id: Mapped[UuidKey]
    version: Mapped[VersionKey]
    state: Mapped[Json]
    replaced_at: Mapped[Now]
