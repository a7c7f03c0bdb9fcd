"""The secrets of one installation: made once, kept in one file, and handed to each process only as far as its own."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aftermile.failures import Failure
from aftermile.plan import NAMES


class SecretsUnreadable(Failure):
    """The file with the secrets cannot be used; the text says why and what to do."""


@dataclass(frozen=True)
class Secrets:
    """`owner`, `application` (database passwords) and `signing` (private JWKs) are by name of process."""

    postgres: str
    owner: Mapping[str, str]
    application: Mapping[str, str]
    signing: Mapping[str, Mapping[str, Any]]
    privacy_key: str
    admin_password: str

    @property
    def jwks(self) -> str:
        """The public halves of the signing keys."""
        public = [{k: v for k, v in self.signing[name].items() if k != "d"} for name in NAMES]
        return json.dumps({"keys": public}, separators=(",", ":"))

    def signing_key(self, name: str) -> str:
        return json.dumps(dict(self.signing[name]), separators=(",", ":"))


def generate() -> Secrets:
    return Secrets(
        postgres=secrets.token_urlsafe(24),
        owner={name: secrets.token_urlsafe(24) for name in NAMES},
        application={name: secrets.token_urlsafe(24) for name in NAMES},
        signing={name: _signing_key(name) for name in NAMES},
        privacy_key=secrets.token_urlsafe(32),
        admin_password=secrets.token_urlsafe(12),
    )


def load_or_generate(path: Path) -> Secrets:
    """Reads the file, or makes it with mode 0600; what exists is never changed."""
    if not path.exists():
        _write_private(path, json.dumps(asdict(generate()), indent=1))
    return load(path)


def load(path: Path) -> Secrets:
    try:
        return Secrets(**json.loads(path.read_text()))
    except PermissionError as error:
        raise SecretsUnreadable(
            f"{path} belongs to another user: run as that user or choose another --state"
        ) from error
    except (ValueError, TypeError) as error:
        raise SecretsUnreadable(f"{path} is damaged ({error}): restore it, the data cannot be read without") from error


def _signing_key(name: str) -> Mapping[str, Any]:
    from joserfc.jwk import OKPKey  # noqa: PLC0415  loads the cryptography library, needed once per installation

    return OKPKey.generate_key("Ed25519", parameters={"kid": name}, private=True).as_dict(private=True)


def _write_private(path: Path, text: str) -> None:
    """Whole or not at all: a secret lost half-way would lock the data."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
        output.write(text)
        output.flush()
        os.fsync(output.fileno())
    draft.rename(path)


def environment_file(given: Secrets) -> str:
    """A .env for docker-compose.yml."""
    lines = [f"POSTGRES_PASSWORD={given.postgres}", f"ADMIN_PASSWORD={given.admin_password}"]
    lines += [f"PRIVACY_KEY={given.privacy_key}", f"JWKS='{given.jwks}'"]
    for name in NAMES:
        lines += [
            f"{name.upper()}_OWNER_PASSWORD={given.owner[name]}",
            f"{name.upper()}_APP_PASSWORD={given.application[name]}",
            f"{name.upper()}_SIGNING_KEY='{given.signing_key(name)}'",
        ]
    return "\n".join(lines) + "\n"
