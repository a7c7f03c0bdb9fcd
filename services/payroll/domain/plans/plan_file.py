"""A plan as one file: text, examples and values beside the text, each with its hash, and one hash over all."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.payroll.domain.errors import PayrollRefusal

FORMAT = "aftermile.plan-file/1"


class PlanFileChanged(PayrollRefusal):
    slug = "plan-file-changed"
    title = "The file is not what was exported"

    def __init__(self, changed: Sequence[str]) -> None:
        self.errors = [
            {
                "pointer": pointer,
                "code": "hash-differs",
                "detail": f"与哈希不符 / does not have the hash that the file says: {pointer}",
            }
            for pointer in changed
        ]
        super().__init__(f"与导出时不同 / differs from what was exported: {', '.join(changed)}")


@dataclass(frozen=True, slots=True)
class FileValue:
    """A value of a parameter from a day on, as it was set beside the text."""

    name: str
    value: str
    valid_from: date
    reason: str


@dataclass(frozen=True, slots=True)
class PlanContent:
    """`heading` is the plan's names and the template it comes from."""

    text: str
    examples: object
    values: tuple[FileValue, ...]
    heading: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Hashes:
    """SHA-256 in hex; `whole` is over the others, the reasons and the heading."""

    text: str
    examples: str
    values: tuple[str, ...]
    whole: str


def value_hash(plan_hash: str, value: FileValue) -> str:
    """Over what is set in which plan, not why."""
    said = {
        "plan": plan_hash,
        "name": value.name,
        "valid_from": value.valid_from.isoformat(),
        "value": value.value.strip(),
    }
    return _digest(said)


def hashes_of(content: PlanContent) -> Hashes:
    text = hashlib.sha256(content.text.encode()).hexdigest()
    examples = _digest(content.examples)
    values = tuple(value_hash(text, value) for value in content.values)
    reasons = [value.reason for value in content.values]
    return Hashes(
        text, examples, values, _digest([FORMAT, text, examples, list(values), reasons, list(content.heading)])
    )


def check_file(content: PlanContent, said: Hashes) -> None:
    """PlanFileChanged names every part that is not what its hash says, or the whole where only that is not."""
    found = hashes_of(content)
    if changed := tuple(_changed(found, said)):
        raise PlanFileChanged(changed)


def _changed(found: Hashes, said: Hashes) -> Iterator[str]:
    parts: Mapping[str, tuple[str, str]] = {
        "/text": (found.text, said.text),
        "/examples": (found.examples, said.examples),
        **{
            f"/parameters/{place}": pair
            for place, pair in enumerate(zip(found.values, said.values, strict=True))
            if found.text == said.text
        },
    }
    changed = [pointer for pointer, (is_, says) in parts.items() if is_ != says]
    yield from changed or (["/hash"] if found.whole != said.whole else [])


def _digest(content: object) -> str:
    """Of the JSON with sorted keys and without spaces: layout and order of keys are not content."""
    written = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()
