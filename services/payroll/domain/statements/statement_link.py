"""Signed addresses by which an employee reads his statement without a token: whose, of which month, until when.

An address is what it says and an HMAC-SHA256 over it, base64url without padding.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.payroll.domain.errors import PayrollRefusal
from services.payroll.domain.month import Month

MINUTES = 30
_TOKEN = re.compile(r"[A-Za-z0-9_-]{80,1200}")
_MAC_BYTES = 32
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


class LinkUnknown(PayrollRefusal):
    status = 404
    slug = "not-found"
    title = "There is no such statement"


class LinkWithdrawn(PayrollRefusal):
    status = 410
    slug = "link-withdrawn"
    title = "This link was withdrawn"


class LinkExpired(PayrollRefusal):
    status = 410
    slug = "link-expired"
    title = "This link is no longer valid"


@dataclass(frozen=True, slots=True)
class StatementLink:
    """`shop` is the store's name; links are told apart from those given out later to the microsecond.

    `own`: he had it issued himself, so that he may ask by it.
    """

    store: UUID
    month: Month
    employee: str
    shop: str
    time_zone: str
    own: bool
    issued_at: datetime

    @property
    def expires_at(self) -> datetime:
        return self.issued_at + timedelta(minutes=MINUTES)

    def told(self) -> bytes:
        issued = ((self.issued_at - _BEGINNING) // _TICK).to_bytes(7)
        month = self.month.year.to_bytes(2) + bytes([self.month.number])
        names = f"{int(self.own)}\0{self.time_zone}\0{self.shop}\0{self.employee}"
        return self.store.bytes + issued + month + names.encode()


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
    issued_at = _BEGINNING + int.from_bytes(told[16:23]) * _TICK
    own, time_zone, shop, employee = told[26:].decode().split("\0")
    month = Month(int.from_bytes(told[23:25]), told[25])
    link = StatementLink(UUID(bytes=told[:16]), month, employee, shop, time_zone, own == "1", issued_at)
    if link.expires_at <= now:
        raise LinkExpired(f"有效期至 {link.expires_at.isoformat()} / it was valid until then")
    return link


def check_not_withdrawn(link: StatementLink, withdrawn_at: datetime | None) -> None:
    """`withdrawn_at` ends whatever was given out until then; nothing of a link has to be stored."""
    if withdrawn_at is not None and link.issued_at <= withdrawn_at:
        raise LinkWithdrawn(f"{withdrawn_at.isoformat()} 收回 / it was withdrawn then")


def _mac(told: bytes, key: bytes) -> bytes:
    return hmac.digest(key, told, hashlib.sha256)
