"""Settings of the payroll process."""

from pydantic import Field

from chassis.settings import ProcessSettings


class Settings(ProcessSettings):
    service: str = "payroll"
    port: int = 8004
    run_feed_wait_seconds: float = Field(default=60.0, ge=0, le=3600, description="how long a run waits for the feeds")
