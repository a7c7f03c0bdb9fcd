"""What the survey service is told by its environment."""

from pydantic import Field

from chassis.settings import ProcessSettings


class Settings(ProcessSettings):
    service: str = "survey"
    port: int = 8003
    minimum_n: int = Field(default=5, ge=1, description="below this many answers nothing is held against anyone")
    contacts_per_arrival: int = Field(default=5, ge=1, description="moments of truth (关键时刻) of one visit")
