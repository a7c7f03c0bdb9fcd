"""What the workorder service is told by its environment."""

import re
from collections.abc import Mapping

from pydantic import Field, SecretStr, field_validator

from chassis.settings import ProcessSettings

_PLACES = re.compile(r"(file:///[^?#]+|s3://[a-z0-9][a-z0-9.-]+(/[^?#]*)?|memory:///)")


class Settings(ProcessSettings):
    service: str = "workorder"
    port: int = 8002
    files_url: str = Field(description="file:///folder, s3://bucket/prefix, or memory:/// of which nothing stays")
    files_s3_endpoint: str = Field(default="", description="of what speaks S3 and is not Amazon's")
    files_s3_region: str = ""
    files_s3_access_key_id: str = Field(default="", description="without one the machine's own role is used")
    files_s3_secret_access_key: SecretStr = SecretStr("")

    @field_validator("files_url")
    @classmethod
    def _is_a_place(cls, told: str) -> str:
        if not _PLACES.fullmatch(told):
            raise ValueError("file:///folder, s3://bucket/prefix or memory:///")
        return told

    @property
    def files_s3(self) -> Mapping[str, str]:
        """What is told of it, by the names that object stores give it."""
        told = {
            "endpoint": self.files_s3_endpoint,
            "region": self.files_s3_region,
            "access_key_id": self.files_s3_access_key_id,
            "secret_access_key": self.files_s3_secret_access_key.get_secret_value(),
        }
        return {name: value for name, value in told.items() if value}
