"""Alembic's entry for the payroll database."""

from chassis.database import run_migrations
from services.payroll.models import Base

run_migrations(Base.metadata)
