"""Questions about pay on a page: what the service tells of them, and the forms by which an employee goes on asking."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import UUID

import orjson

from gateway.pages.calls import JSON, SECONDS, whole
from gateway.pages.form import FormBroken
from gateway.pages.quote import Told
from gateway.strangers import LANE
from gateway.upstream import Call

MOST: Final = 1000
"""Characters of what is said, as the service takes them."""
_SAYS: Final = frozenset({"ask", "ask-again"})
_MOVES: Final = frozenset({"accept", "withdraw", *_SAYS})
_MOST_FIELDS: Final = 20
_STANDINGS: Final = frozenset(
    {"asked", "answered", "asked_again", "to_correct", "acceptance", "decision", "silence", "correction"}
)
_KEY: Final = re.compile(r"[\x21-\x7e]{1,200}")
_LINE: Final = re.compile(r"[A-Za-z0-9_-]{0,100}")


class Message(Told):
    what: str
    person: str
    text: str | None
    expected_month: str | None
    at: datetime


class Correction(Told):
    month: str
    amount: str


class Question(Told):
    """What may be done about it is what the service allows."""

    id: UUID
    revision: int
    state: str
    settled_by: str | None
    overdue: bool
    allowed: Sequence[str]
    answer_until: datetime
    settles_at: datetime | None
    corrections: Sequence[Correction]
    messages: Sequence[Message]
    version: int

    @property
    def standing(self) -> str:
        """The name of its text, also of one that only a newer service knows."""
        known = self.settled_by or self.state
        return f"ask-{known if known in _STANDINGS else 'other'}"


@dataclass(frozen=True)
class Asking:
    """A form that was sent: about a `line` ("" all of it), or a move of a `question` in the version that was shown."""

    key: str
    move: str
    line: str
    question: str
    version: int
    text: str

    @property
    def place(self) -> str:
        """Of the form on the page."""
        return self.question or self.line or "all"

    @property
    def fault(self) -> str | None:
        """The name of what is said of the text."""
        if self.move not in _SAYS:
            return None
        if not self.text:
            return "ask-empty"
        return "ask-long" if len(self.text) > MOST else None

    def call(self, token: str) -> Call:
        target = f"/v1/statement-links/{token}/questions"
        body: dict[str, Any] = {"text": self.text} if self.move in _SAYS else {}
        headers = [*JSON, ("content-type", "application/json"), ("idempotency-key", self.key)]
        if self.move == "ask":
            body["line"] = self.line or None
        else:
            target = f"{target}/{self.question}/{self.move}"
            headers.append(("if-match", f'"{self.version}"'))
        return Call("payroll", LANE, "POST", target, headers, SECONDS, whole(orjson.dumps(body)) if body else None)

    def fields(self) -> Sequence[tuple[str, str]]:
        """The same form once more, to be sent again as it was."""
        return [("key", self.key), ("move", self.move), ("line", self.line), ("question", self.question),
                ("version", str(self.version)), ("text", self.text)]  # fmt: skip


def read_asking(body: bytes) -> Asking:
    """Raises FormBroken. Of the text lines are kept, and what one can see."""
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
        given = dict(pairs)
        move, line, key = given["move"], given.get("line", ""), given["key"]
        question = "" if move == "ask" else str(UUID(given["question"]))
        version = int(given.get("version") or 0)
    except (ValueError, KeyError) as error:
        raise FormBroken from error
    if move not in _MOVES or not _LINE.fullmatch(line) or not _KEY.fullmatch(key) or not 0 <= version < 10**9:
        raise FormBroken
    text = given.get("text", "").replace("\r\n", "\n")
    seen = "".join(sign for sign in text if sign.isprintable() or sign == "\n").strip()
    return Asking(key, move, line, question, version, seen)
