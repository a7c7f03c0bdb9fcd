"""Alembic's entry to the migrations of the gateway."""

from chassis.database import run_migrations
from gateway.models import Base

run_migrations(Base.metadata)
