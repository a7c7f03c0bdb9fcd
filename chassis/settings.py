"""What a process is told by its environment; nothing here has a secret as its default."""

from ipaddress import ip_network

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class ProcessSettings(BaseSettings):
    """Settings every process shares; each process subclasses it once and names itself."""

    model_config = SettingsConfigDict(env_prefix="AFTERMILE_", extra="ignore", frozen=True)

    service: str
    host: str = "127.0.0.1"
    port: int = 8000
    database_url: SecretStr = Field(description="postgresql://…, the role that may touch data but no table definition")
    pool_size: int = Field(default=5, ge=2, le=100, description="connections for ordinary transactions")
    readers: int = Field(default=3, ge=1, le=100, description="connections for raw reads: about as many as processors")
    jwks: str = Field(description="JSON Web Key Set: the public keys of the gateway and of every service")
    signing_key: SecretStr = Field(description="this process's own Ed25519 key as a private JWK")
    urls: dict[str, str] = Field(default_factory=dict, description="base address of every process by its name")
    max_body_bytes: int = Field(default=32 * 1024 * 1024, ge=1024)
    feed_wait_seconds: float = Field(default=20.0, ge=0, le=60, description="how long a feed reader waits for news")
    trusted_proxies: str = Field(default="", description="addresses and networks whose X-Forwarded-For is believed")
    metrics_token: SecretStr = Field(default=SecretStr(""), description="without one /metrics is for loopback only")
    log_level: str = "INFO"

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, told: str) -> str:
        return ",".join(str(ip_network(each.strip())) for each in told.split(",") if each.strip())
