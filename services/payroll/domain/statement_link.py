"""Signed addresses by which an employee reads his statement without a token: whose, of which month, until when.

An address is what it says and an HMAC-SHA256 over it, base64url without padding.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from .errors import PayrollRefusal
from .month import Month

MINUTES = 30
_TOKEN = re.compile(r"[A-Za-z0-9_-]{80,700}")
_MAC_BYTES = 32


class LinkUnknown(PayrollRefusal):
    status = 404
    slug = "not-found"
    title = "There is no such statement"


class LinkExpired(PayrollRefusal):
    status = 410
    slug = "link-expired"
    title = "This link is no longer valid"


@dataclass(frozen=True, slots=True)
class StatementLink:
    """Valid to the second; `shop` is the store's code."""

    store: UUID
    month: Month
    employee: str
    shop: str
    expires_at: datetime

    def told(self) -> bytes:
        seconds = int(self.expires_at.timestamp()).to_bytes(7)
        month = self.month.year.to_bytes(2) + bytes([self.month.number])
        return self.store.bytes + seconds + month + f"{self.shop}\0{self.employee}".encode()


def sign_link(link: StatementLink, key: bytes) -> str:
    told = link.told()
    return urlsafe_b64encode(told + _mac(told, key)).rstrip(b"=").decode()


def read_link(token: str, key: bytes, now: datetime) -> StatementLink:
    """What a token says, once it is known to be ours and still valid."""
    if not _TOKEN.fullmatch(token):
        raise LinkUnknown("链接不完整 / the link is not complete")
    padded = token + "=" * (-len(token) % 4)
    content = urlsafe_b64decode(padded) if len(token) % 4 != 1 else b""
    told, mac = content[:-_MAC_BYTES], content[-_MAC_BYTES:]
    exact = urlsafe_b64encode(content).decode() == padded
    if not exact or not hmac.compare_digest(mac, _mac(told, key)):
        raise LinkUnknown("链接不是这里发出的 / the link was not given out here")
    expires_at = datetime.fromtimestamp(int.from_bytes(told[16:23]), UTC)
    if expires_at <= now:
        raise LinkExpired(f"有效期至 {expires_at.isoformat()} / it was valid until then")
    shop, _, employee = told[26:].decode().partition("\0")
    month = Month(int.from_bytes(told[23:25]), told[25])
    return StatementLink(UUID(bytes=told[:16]), month, employee, shop, expires_at)


def _mac(told: bytes, key: bytes) -> bytes:
    return hmac.digest(key, told, hashlib.sha256)
