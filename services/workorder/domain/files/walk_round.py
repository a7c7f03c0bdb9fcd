"""The walk round a car at reception: what damage it comes with, where on the sketch, and who agreed to that."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

MARKS_AT_MOST = 60


class View(StrEnum):
    FRONT = "front"
    REAR = "rear"
    LEFT = "left"
    RIGHT = "right"
    TOP = "top"


class Damage(StrEnum):
    SCRATCH = "scratch"
    DENT = "dent"
    CRACK = "crack"
    MISSING = "missing"
    OTHER = "other"


@dataclass(frozen=True)
class Mark:
    """A damage on one view of the sketch; `x` from its left, `y` from its top, as parts of its width and height."""

    view: View
    x: Decimal
    y: Decimal
    kind: Damage
    note: str | None = None
    photos: tuple[UUID, ...] = ()

    def told(self) -> dict[str, Any]:
        """As it is stored: numbers as text."""
        return {
            "view": str(self.view), "x": f"{self.x:.4f}", "y": f"{self.y:.4f}", "kind": str(self.kind),
            "note": self.note, "photos": [str(photo) for photo in self.photos],
        }  # fmt: skip

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "Mark":
        return cls(
            View(told["view"]), Decimal(told["x"]), Decimal(told["y"]), Damage(told["kind"]), told["note"],
            photos=tuple(UUID(photo) for photo in told["photos"]),
        )  # fmt: skip
