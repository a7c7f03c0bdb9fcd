"""What a customer decides on a quote, and the links by which he does so without an account."""

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.workorder.domain.orders.line import Authorisation, AuthorisationMethod
from services.workorder.domain.refusals import WorkorderRefusal
from services.workorder.domain.upsells.finding import Priority
from services.workorder.domain.upsells.quote import (
    QuotedLine,
    QuoteExpired,
    QuoteOutdated,
    QuoteSuperseded,
    require_newest,
)
from services.workorder.domain.upsells.upsell import decide

LINK_HOURS = 72
LINK_DAYS_AT_MOST = 14
SECRET_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{64}")


class LinkState(StrEnum):
    OPEN = "open"
    USED = "used"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


class LinkUsed(WorkorderRefusal):
    status = 410
    slug = "link-used"
    title = "A decision has been made by this link already"


class LinkRevoked(WorkorderRefusal):
    status = 410
    slug = "link-revoked"
    title = "The shop has withdrawn this link"


class LinkExpired(WorkorderRefusal):
    status = 410
    slug = "link-expired"
    title = "This link is no longer valid"


class LinkTimeRefused(WorkorderRefusal):
    status = 422
    slug = "link-time-refused"
    title = "A link is valid for a while, not for long"


class QuoteChanged(WorkorderRefusal):
    slug = "quote-changed"
    title = "This is not the quote that was shown"


class QuoteNotNamed(WorkorderRefusal):
    slug = "quote-not-named"
    title = "This work is on a quote: say on which quote it was decided"


class MethodRefused(WorkorderRefusal):
    status = 422
    slug = "method-refused"
    title = "What comes by a link is not entered by hand"


class ItemsRefused(WorkorderRefusal):
    status = 422
    slug = "decision-refused"
    title = "Some of the decisions cannot be taken"

    def __init__(self, detail: str, errors: Sequence[Mapping[str, str]]) -> None:
        super().__init__(detail)
        self.errors = errors


class CallTimeRefused(WorkorderRefusal):
    status = 422
    slug = "call-time-refused"
    title = "A call was made after what it was about, and before now"


@dataclass(frozen=True)
class Choice:
    """What the customer says of one item; `follow_up_on` is when to come back to what he did not approve."""

    upsell_id: UUID
    decision: Authorisation
    reason: str | None = None
    priority: Priority | None = None
    follow_up_on: date | None = None


@dataclass(frozen=True)
class ShownItem:
    """An item as the revision shows it, beside what its work is now and what was decided so far."""

    quoted: tuple[QuotedLine, ...]
    present: tuple[QuotedLine, ...]
    decision: Authorisation | None


@dataclass(frozen=True)
class Standing:
    """A revision among those of its order."""

    number: int
    newest: int
    valid_until: datetime
    items: Mapping[UUID, ShownItem]


def take_decisions(
    standing: Standing, choices: Sequence[Choice], now: datetime, today: date | None = None
) -> dict[UUID, Authorisation]:
    """All of the choices or none: of the newest revision, each of an item it shows, each allowed by `decide`.

    Work is approved only while the revision holds and exactly as it was shown; it can be declined after that.
    """
    require_newest(standing.number, standing.newest)
    _require_sound(standing, choices, today)
    approved = [choice.upsell_id for choice in choices if choice.decision is Authorisation.APPROVED]
    if approved and standing.valid_until <= now:
        raise QuoteExpired(f"Quote {standing.number} was valid until {standing.valid_until.isoformat()}")
    for upsell_id in approved:
        if standing.items[upsell_id].present != standing.items[upsell_id].quoted:
            raise QuoteOutdated("Its lines have changed since; make a new quote", upsell_id=str(upsell_id))
    return {choice.upsell_id: decide(standing.items[choice.upsell_id].decision, choice.decision) for choice in choices}


def _require_sound(standing: Standing, choices: Sequence[Choice], today: date | None) -> None:
    errors = []
    seen: set[UUID] = set()
    for place, choice in enumerate(choices):
        at = f"/items/{place}"
        if choice.upsell_id not in standing.items:
            errors.append((f"{at}/upsell_id", "item-not-quoted", "the quote does not show it"))
        elif choice.upsell_id in seen:
            errors.append((f"{at}/upsell_id", "item-repeated", "decided twice"))
        if choice.decision is Authorisation.APPROVED and (choice.priority or choice.follow_up_on):
            errors.append((f"{at}/decision", "nothing-to-follow-up", "approved work is not followed up"))
        if choice.follow_up_on and today and choice.follow_up_on < today:
            errors.append((f"{at}/follow_up_on", "date-past", "lies in the past"))
        seen.add(choice.upsell_id)
    if errors:
        told = [{"pointer": pointer, "code": code, "detail": detail} for pointer, code, detail in errors]
        raise ItemsRefused("; ".join(f"{pointer}: {detail}" for pointer, _, detail in errors), told)


def require_call_time(called_at: datetime, made_at: datetime, now: datetime) -> None:
    """`made_at`: the quote, or the order, that it was about. A clock on the wall shows minutes."""
    if not made_at.replace(second=0, microsecond=0) <= called_at <= now:
        raise CallTimeRefused(f"What it was about was made at {made_at.isoformat()}")


def require_unquoted(newest: int | None) -> None:
    """`newest`: the number of the order's newest quote, when that shows the work."""
    if newest is not None:
        raise QuoteNotNamed(f"Quote {newest} shows it", newest=newest)


def require_told_in_person(method: AuthorisationMethod) -> None:
    if method is AuthorisationMethod.SMS_LINK:
        raise MethodRefused("Say how it was told: in person, by phone or in a contract")


def require_as_shown(number: int, content_hash: str, seen_number: int, seen_hash: str) -> None:
    if (number, content_hash) != (seen_number, seen_hash):
        raise QuoteChanged(f"The decision is about another quote than {number} of this link", number=number)


@dataclass(frozen=True)
class Link:
    """One link of one revision; it is good for one decision."""

    quote_number: int
    expires_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None


def link_state(link: Link, newest: int, now: datetime) -> LinkState:
    """What has been done with it stays true whatever came after."""
    if link.used_at is not None:
        return LinkState.USED
    if link.revoked_at is not None:
        return LinkState.REVOKED
    if link.quote_number != newest:
        return LinkState.SUPERSEDED
    return LinkState.EXPIRED if link.expires_at <= now else LinkState.OPEN


def require_usable(link: Link, newest: int, now: datetime) -> None:
    if link.used_at is not None:
        raise LinkUsed(f"It was used at {link.used_at.isoformat()}")
    require_visible(link, newest, now)


def require_visible(link: Link, newest: int, now: datetime) -> None:
    """What a link shows: its open quote, or until it expires what was decided by it. Never a price that is void."""
    if link.revoked_at is not None:
        raise LinkRevoked("Ask the shop for a new one")
    if link.used_at is None and link.quote_number != newest:
        raise QuoteSuperseded(f"Quote {link.quote_number} was replaced by quote {newest}", newest=newest)
    if link.expires_at <= now:
        raise LinkExpired(f"It was valid until {link.expires_at.isoformat()}")


def require_withdrawable(link: Link) -> None:
    if link.revoked_at is not None:
        raise LinkRevoked(f"It was withdrawn at {link.revoked_at.isoformat()}")


def link_expiry(wish: datetime | None, valid_until: datetime, now: datetime) -> datetime:
    """A link outlives neither its quote nor two weeks."""
    if wish is not None and not now < wish <= now + timedelta(days=LINK_DAYS_AT_MOST):
        raise LinkTimeRefused(f"expires_at lies within the next {LINK_DAYS_AT_MOST} days")
    return min(wish or now + timedelta(hours=LINK_HOURS), valid_until)


def token_of(store_id: UUID, secret: bytes) -> str:
    """The store is a part of it, so that the right store can be looked into; the secret is what opens."""
    return urlsafe_b64encode(store_id.bytes + secret).decode()


def store_of(token: str) -> UUID | None:
    """Which store a token claims to be of; None when it is none of ours."""
    return UUID(bytes=urlsafe_b64decode(token)[:16]) if _TOKEN.fullmatch(token) else None


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
