"""Signed addresses by which a file is fetched without an account: whose, which, as what, and until when.

An address is what it says and an HMAC-SHA256 over it, base64url; of 72 bytes, so that no bit of its text is free.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from services.workorder.domain.files.file import Variant
from services.workorder.domain.refusals import WorkorderRefusal

DESK_MINUTES = 15
PAGE_MINUTES = 60
"""A customer reads at leisure; opening the page again gives new addresses."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{96}")
_VARIANTS = tuple(Variant)
_MAC_BYTES = 32


class AddressUnknown(WorkorderRefusal):
    status = 404
    slug = "not-found"
    title = "There is no such file"


class AddressExpired(WorkorderRefusal):
    status = 410
    slug = "address-expired"
    title = "This address is no longer valid"


@dataclass(frozen=True)
class Address:
    """Valid to the second."""

    store_id: UUID
    file_id: UUID
    variant: Variant
    expires_at: datetime

    def told(self) -> bytes:
        seconds = int(self.expires_at.timestamp()).to_bytes(7)
        return self.store_id.bytes + self.file_id.bytes + bytes([_VARIANTS.index(self.variant)]) + seconds


def sign(address: Address, key: bytes) -> str:
    told = address.told()
    return urlsafe_b64encode(told + _mac(told, key)).decode()


def read(token: str, key: bytes, now: datetime) -> Address:
    """What a token says, once it is known to be ours and still valid."""
    if not _TOKEN.fullmatch(token):
        raise AddressUnknown("The address is not complete")
    content = urlsafe_b64decode(token)
    told, mac = content[:-_MAC_BYTES], content[-_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(told, key)):
        raise AddressUnknown("The address was not given out here")
    expires_at = datetime.fromtimestamp(int.from_bytes(told[33:]), UTC)
    if expires_at <= now:
        raise AddressExpired(f"It was valid until {expires_at.isoformat()}")
    return Address(UUID(bytes=told[:16]), UUID(bytes=told[16:32]), _VARIANTS[told[32]], expires_at)


def _mac(told: bytes, key: bytes) -> bytes:
    return hmac.digest(key, told, hashlib.sha256)
