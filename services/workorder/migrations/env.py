"""Alembic's entry to the migrations of the workorder service."""

from chassis.database import run_migrations
from services.workorder.models import Model

run_migrations(Model.metadata)
