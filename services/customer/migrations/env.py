"""Alembic's entry for the customer database."""

from chassis.database import run_migrations
from services.customer.models import Base

run_migrations(Base.metadata)
