"""Alembic's entry to the migrations of the gateway."""

from chassis.database import run_migrations
from gateway.imports.models import DmsImport

run_migrations(DmsImport.metadata)
