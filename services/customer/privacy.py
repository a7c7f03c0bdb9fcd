"""Personal columns: sealed with AES-GCM under a key per column, found by an HMAC, shown masked.

A sealed value is bound to its store, table and row, so that it cannot be moved to another, and begins with the version
of its key.
"""

import binascii
import hmac
import os
from base64 import urlsafe_b64decode
from collections.abc import Iterable
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
KEY_VERSION = b"\x01"
NONCE_BYTES = 12


class PrivacyKeyError(Exception):
    """The root key is not 32 bytes in base64; the text never repeats it."""


class BrokenSealError(Exception):
    """A sealed value was changed, moved from another row, or sealed under another key."""


class Privacy:
    """The keys of one table's personal columns."""

    def __init__(self, root_key: str, table: str, columns: Iterable[str]) -> None:
        root = _root(root_key)
        self._table = table
        self._seals = {column: AESGCM(_derived(root, f"{table}/{column}/seal/1")) for column in columns}
        self._indexes = {column: _derived(root, f"{table}/{column}/index/1") for column in self._seals}

    def seal(self, column: str, store: UUID, row: UUID, value: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return KEY_VERSION + nonce + self._seals[column].encrypt(nonce, value.encode(), self._place(store, row))

    def unseal(self, column: str, store: UUID, row: UUID, sealed: bytes) -> str:
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        if sealed[:1] != KEY_VERSION:
            raise BrokenSealError(f"{self._table}.{column} was sealed under a key version that is not known here")
        try:
            return self._seals[column].decrypt(nonce, body, self._place(store, row)).decode()
        except InvalidTag as error:
            raise BrokenSealError(f"{self._table}.{column} does not open in this place") from error

    def index(self, column: str, store: UUID, value: str) -> bytes:
        """Equal values of one store have equal indexes; nothing can be told across stores."""
        return hmac.digest(self._indexes[column], store.bytes + value.encode(), "sha256")

    def _place(self, store: UUID, row: UUID) -> bytes:
        return store.bytes + row.bytes + self._table.encode()


def _derived(root: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"aftermile/{purpose}".encode()).derive(root)


def _root(text: str) -> bytes:
    normal = text.strip().replace("+", "-").replace("/", "_").rstrip("=")
    try:
        root = urlsafe_b64decode(normal + "=" * (-len(normal) % 4))
    except (ValueError, binascii.Error):
        root = b""
    if len(root) != KEY_BYTES:
        raise PrivacyKeyError("AFTERMILE_PRIVACY_KEY has to be 32 bytes in base64")
    return root
