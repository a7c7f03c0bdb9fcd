"""Composition root of the customer service."""

from pathlib import Path

from fastapi import FastAPI

from chassis import http
from services.customer.domain.refusals import CustomerRefusal
from services.customer.endpoints import bulk, complaints, customers, merges, vehicles
from services.customer.endpoints.overviews import HOT_READS
from services.customer.events import SUBSCRIPTIONS
from services.customer.privacy import Privacy
from services.customer.service.profiles import PERSONAL
from services.customer.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    parts = http.Parts(
        title="Aftermile customers, vehicles and complaints",
        migrations=str(Path(__file__).parent / "migrations"),
        routers=[customers.router, merges.router, vehicles.router, complaints.router, bulk.router],
        refusals=[CustomerRefusal],
        subscriptions=SUBSCRIPTIONS,
        hot_reads=HOT_READS,
    )
    app = http.create_app(settings, parts)
    app.state.privacy = Privacy(settings.privacy_key.get_secret_value(), "customer", PERSONAL)
    return app
