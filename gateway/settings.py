"""What the gateway is told by its environment."""

from pydantic import Field

from chassis.settings import ProcessSettings


class Settings(ProcessSettings):
    service: str = "gateway"
    port: int = 8000
    access_token_seconds: int = Field(default=900, ge=60, le=3600)
    refresh_token_days: int = Field(
        default=30, ge=1, le=365, description="how long a login lasts, however often renewed"
    )
    overview_budget_ms: int = Field(default=800, ge=50, le=5000)
    upstream_seconds: float = Field(default=30.0, gt=0, le=120, description="for a caller who sets no deadline")
    upstream_permits: int = Field(default=64, ge=1, description="calls at once to one service")
    upstream_waiting: int = Field(default=256, ge=0, description="calls that may wait for one service")
    breaker_failures: int = Field(default=5, ge=1)
    breaker_seconds: float = Field(default=5.0, gt=0)
    stale_seconds: float = Field(default=120.0, ge=0, description="how old the last good answer of a part may be")
    stale_bytes: int = Field(default=32 * 1024 * 1024, ge=0)
