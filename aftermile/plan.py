"""What an installation consists of: the five processes, their ports, and the environment each of them is given."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol


class Name(StrEnum):
    """The processes, in the order of their ports from the base port on."""

    GATEWAY = "gateway"
    CUSTOMER = "customer"
    WORKORDER = "workorder"
    SURVEY = "survey"
    PAYROLL = "payroll"


NAMES: Final = tuple(name.value for name in Name)

DEFAULT_PORT_BASE = 8000
INHERITED = ("PATH", "HOME", "USER", "LANG", "LANGUAGE", "TZ", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV", "SSL_CERT_FILE")
HOLDS_PERSONAL_DATA = ("customer",)


class SecretsOfOne(Protocol):
    """The part of the secrets that processes are given."""

    @property
    def jwks(self) -> str: ...

    @property
    def privacy_key(self) -> str: ...

    def signing_key(self, name: str) -> str: ...


@dataclass(frozen=True)
class ProcessPlan:
    name: str
    port: int
    environment: Mapping[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


TOLD_FROM_OUTSIDE = ("AFTERMILE_TRUSTED_PROXIES", "AFTERMILE_METRICS_TOKEN")
"""What whoever starts the stack may tell all of its processes."""


FILES_TOLD = tuple(
    f"AFTERMILE_FILES_{name}"
    for name in ("URL", "S3_ENDPOINT", "S3_REGION", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY")
)
"""Where photos and signatures lie; whoever starts the stack may tell of another place than the state folder."""
KEEPS_FILES = ("workorder",)


def port_of(name: str, base: int) -> int:
    return base + NAMES.index(name)


def addresses(base: int) -> dict[str, str]:
    return {name: f"http://127.0.0.1:{port_of(name, base)}" for name in NAMES}


def inherited_environment() -> dict[str, str]:
    """What any child may know; nothing of ours, which may hold the key to every database."""
    kept = {key: value for key, value in os.environ.items() if key in INHERITED or key.startswith("LC_")}
    return {**kept, "PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2"}


def process_plans(
    given: SecretsOfOne, application_urls: Mapping[str, str], base: int, files: Path
) -> list[ProcessPlan]:  # fmt: skip
    """Services first, the gateway last: that is the order of starting, and its reverse that of stopping."""
    urls = json.dumps(addresses(base))
    plans = []
    for name in (*NAMES[1:], NAMES[0]):
        environment = _environment(name, given, application_urls[name], urls, base)
        kept = _files_environment(files) if name in KEEPS_FILES else {}
        plans.append(ProcessPlan(name, port_of(name, base), {**environment, **kept}))
    return plans


def _files_environment(folder: Path) -> dict[str, str]:
    told = {variable: os.environ[variable] for variable in FILES_TOLD if os.environ.get(variable)}
    return {"AFTERMILE_FILES_URL": folder.as_uri(), **told}


def _environment(name: str, given: SecretsOfOne, database_url: str, urls: str, base: int) -> dict[str, str]:
    environment = {
        **inherited_environment(),
        "AFTERMILE_SERVICE": name,
        "AFTERMILE_HOST": "127.0.0.1",
        "AFTERMILE_PORT": str(port_of(name, base)),
        "AFTERMILE_DATABASE_URL": database_url,
        "AFTERMILE_JWKS": given.jwks,
        "AFTERMILE_SIGNING_KEY": given.signing_key(name),
        "AFTERMILE_URLS": urls,
    }
    environment |= {variable: os.environ[variable] for variable in TOLD_FROM_OUTSIDE if variable in os.environ}
    if name in HOLDS_PERSONAL_DATA:
        environment["AFTERMILE_PRIVACY_KEY"] = given.privacy_key
    return environment
