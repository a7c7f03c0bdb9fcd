"""Alembic's entry for the survey database."""

from chassis.database import run_migrations
from services.survey.models import Model

run_migrations(Model.metadata)
