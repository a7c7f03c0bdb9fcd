"""Passwords and secrets as they are kept: argon2id for what people choose, SHA-256 for what is random already."""

import asyncio
import hashlib
import hmac
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()
_at_once: "dict[asyncio.AbstractEventLoop, asyncio.Semaphore]" = {}
_AT_ONCE = 2
"""Each hash takes 64 MiB and a core: more at once would let a flood of logins starve the process."""


async def hash_password(password: str) -> str:
    async with _slot():
        return await asyncio.to_thread(_hasher.hash, password)


async def password_matches(password: str, password_hash: str | None) -> bool:
    """Takes the same time for an account that does not exist: then nobody's hash is compared."""
    async with _slot():
        nobodys_hash = await asyncio.to_thread(_nobodys_hash)
        matches = await asyncio.to_thread(_verify, password_hash or nobodys_hash, password)
    return matches and password_hash is not None


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> bytes:
    """For secrets of `new_secret` only: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


def secret_matches(secret: str, secret_hash: bytes) -> bool:
    return hmac.compare_digest(hash_secret(secret), secret_hash)


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_hex())


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _slot() -> asyncio.Semaphore:
    loop = asyncio.get_running_loop()
    for gone in [other for other in _at_once if other.is_closed()]:
        del _at_once[gone]
    return _at_once.setdefault(loop, asyncio.Semaphore(_AT_ONCE))
