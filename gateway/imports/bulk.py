"""What an import needs of the services: a batch of rows goes out under a key, an answer for every row comes back."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from chassis.auth import Principal
from gateway.imports.domain import OUTCOMES, Answer, Outcome, Remark


class ServiceUnavailable(Exception):  # noqa: N818 - a state, not a fault
    """The service did not answer, or not now: the same batch may be sent again."""


class BatchRefused(Exception):  # noqa: N818 - a refusal
    """The service will never take this batch."""


class Bulk(Protocol):
    """Sends one body to `POST /v1/bulk/<resource>` of the service that owns the resource, on behalf of the caller.

    The same key and body have one effect and one answer, however often they are sent. Raises ServiceUnavailable or
    BatchRefused.
    """

    async def send(self, caller: Principal, resource: str, key: str, body: bytes) -> bytes: ...


@dataclass(frozen=True)
class BatchAnswer:
    answers: dict[int, Answer]
    merged: int
    """How many customers the service found to be others of those it has."""


def read_answer(body: bytes, sent: Collection[int]) -> BatchAnswer:
    """Raises BatchRefused unless every row that was sent is answered, once and in words that are known."""
    try:
        document = orjson.loads(body)
        answers = {int(result["row"]): _answer(result) for result in document["results"]}
        merged = int(document.get("merged") or 0)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BatchRefused("its answer cannot be read") from error
    if answers.keys() != set(sent) or len(document["results"]) != len(answers):
        raise BatchRefused("its answer is about other rows")
    return BatchAnswer(answers, merged)


def _answer(result: dict[str, Any]) -> Answer:
    outcome: Outcome = result["outcome"]
    if outcome not in OUTCOMES:
        raise ValueError(outcome)
    errors, warnings = result.get("errors") or (), result.get("warnings") or ()
    remarks = [_remark("error", remark) for remark in errors] + [_remark("warning", remark) for remark in warnings]
    return Answer(outcome, remarks)


def _remark(level: Any, remark: dict[str, Any]) -> Remark:  # noqa: ANN401 - one of two words
    return Remark(level, str(remark["code"]), remark.get("field"), None, "", str(remark.get("detail") or "")[:300])
