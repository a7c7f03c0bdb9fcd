"""The form that a customer sends: how it is read, what is wrong with it, and whether it came from our own page."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from starlette.requests import Request

from gateway.strangers import small

CHOICES: Final = ("approved", "deferred", "declined")
LIMITS: Final = {"name": 60, "reason": 300}
"""In characters."""
_MOST_FIELDS = 1000
_ONE_LINE = re.compile(r"[\x21-\x7e]{1,200}")


class FormBroken(Exception):  # noqa: N818 - says what the form is
    """It is not what the page's own form sends."""


@dataclass(frozen=True)
class Fault:
    """`field` is the id of the input to mend; `text` names what is said of it."""

    field: str
    text: str


@dataclass(frozen=True)
class Filled:
    """What was shown (`quote_number`, `content_hash`, `items`) and what was answered to it."""

    key: str
    quote_number: int
    content_hash: str
    items: tuple[str, ...]
    name: str
    choices: Mapping[str, str]
    reasons: Mapping[str, str]

    def faults(self) -> list[Fault]:
        """In the order of the page."""
        found = []
        for item in self.items:
            if item not in self.choices:
                found.append(Fault(f"approved-{item}", "choose"))
            if len(self.reasons.get(item, "")) > LIMITS["reason"]:
                found.append(Fault(f"reason-{item}", "reason-long"))
        if not self.name:
            found.append(Fault("name", "name-missing"))
        if len(self.name) > LIMITS["name"]:
            found.append(Fault("name", "name-long"))
        return found

    def body(self) -> dict[str, Any]:
        """As the service takes it."""
        items = [
            {"upsell_id": item, "decision": self.choices[item], "reason": self.reasons.get(item) or None}
            for item in self.items
        ]
        return {
            "quote_number": self.quote_number,
            "content_hash": self.content_hash,
            "items": items,
            "name": self.name,
        }


async def body_of(request: Request) -> bytes:
    """Raises FormBroken unless a form is sent, TooLarge where it is more than a stranger may send."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise FormBroken
    return await Request(request.scope, small(request.receive)).body()


def read_form(body: bytes) -> Filled:
    """Raises FormBroken. What no field of one line lets one type is left out of the texts."""
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
        items = tuple(str(UUID(value)) for name, value in pairs if name == "item")
        given = {name: "".join(filter(str.isprintable, value)).strip() for name, value in pairs}
        quote_number = int(given["quote"])
    except (ValueError, KeyError) as error:
        raise FormBroken from error
    key, content_hash = given.get("key", ""), given.get("hash", "")
    if not items or len(items) != len(set(items)) or not _ONE_LINE.fullmatch(key) or not content_hash:
        raise FormBroken
    choices = {item: given.get(f"decision-{item}", "") for item in items}
    return Filled(
        key=key,
        quote_number=quote_number,
        content_hash=content_hash,
        items=items,
        name=given.get("name", ""),
        choices={item: choice for item, choice in choices.items() if choice in CHOICES},
        reasons={item: reason for item in items if (reason := given.get(f"reason-{item}", ""))},
    )


def fields_of(filled: Filled) -> Sequence[tuple[str, str]]:
    """The same form once more, to be sent again as it was."""
    return [
        ("key", filled.key),
        ("quote", str(filled.quote_number)),
        ("hash", filled.content_hash),
        *(("item", item) for item in filled.items),
        *((f"decision-{item}", choice) for item, choice in filled.choices.items()),
        *((f"reason-{item}", reason) for item, reason in filled.reasons.items()),
        ("name", filled.name),
    ]


def is_from_here(headers: Mapping[str, str]) -> bool:
    """Whether our own page sent it, as far as the browser tells.

    An Origin of `null` says nothing: it is what our own `no-referrer` makes of it in browsers without Sec-Fetch-Site.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin", "null")
    return origin == "null" or urlsplit(origin).netloc == headers.get("host")
