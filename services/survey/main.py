"""The composition root of the survey service."""

from pathlib import Path

from fastapi import FastAPI

from chassis.http import Parts
from chassis.http import create_app as create_process
from services.survey.domain.refusals import SurveyRefusal
from services.survey.endpoints import overviews, questionnaires, responses, scores, thread_parts
from services.survey.events import SUBSCRIPTIONS
from services.survey.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    parts = Parts(
        title="Aftermile survey",
        migrations=str(Path(__file__).parent / "migrations"),
        routers=(questionnaires.router, responses.router, scores.router),
        refusals=(SurveyRefusal,),
        subscriptions=SUBSCRIPTIONS,
        hot_reads=(*overviews.HOT_READS, *thread_parts.THREAD_PARTS),
    )
    return create_process(settings, parts)
