"""What the customer service is told by its environment."""

from pydantic import Field, SecretStr

from chassis.settings import ProcessSettings


class Settings(ProcessSettings):
    service: str = "customer"
    port: int = 8001
    privacy_key: SecretStr = Field(description="base64 of 32 random bytes: the root of the keys of personal columns")
