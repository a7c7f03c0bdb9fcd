"""The numbered marks of a walk round on the sketch beside this file: five views of a car. What people wrote is text."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from services.workorder.domain.files.walk_round import Damage, Mark, View

_SKETCH = Path(__file__).with_name("sketch.svg").read_text(encoding="utf-8")
_END = "</svg>\n"
PLACES: Mapping[View, tuple[int, int, int, int]] = {
    View.LEFT: (20, 40, 360, 150),
    View.FRONT: (480, 40, 180, 150),
    View.RIGHT: (20, 230, 360, 150),
    View.REAR: (480, 230, 180, 150),
    View.TOP: (20, 420, 360, 170),
}
"""Where a view lies on the sketch: left, top, width, height."""
_KINDS: Mapping[Damage, tuple[str, str]] = {
    Damage.SCRATCH: ("#a8161b", "划痕 Scratch"),
    Damage.DENT: ("#1247b5", "凹陷 Dent"),
    Damage.CRACK: ("#6b2fa0", "裂纹 Crack"),
    Damage.MISSING: ("#1a1d21", "缺失 Missing"),
    Damage.OTHER: ("#8a5200", "其他 Other"),
}


def drawn(marks: Sequence[Mark]) -> str:
    placed = "".join(_placed(number, mark) for number, mark in enumerate(marks, start=1))
    return _SKETCH.removesuffix(_END) + placed + _END


def _placed(number: int, mark: Mark) -> str:
    """A colour tells its kind, and so do words, to whoever sees no colours."""
    left, top, width, height = PLACES[mark.view]
    colour, name = _KINDS[mark.kind]
    x, y = left + mark.x * width, top + mark.y * height
    told = f"{number}: {name}" + (f" – {mark.note}" if mark.note else "")
    return (
        f'<g><title>{escape(told)}</title><circle cx="{x:.1f}" cy="{y:.1f}" r="11" fill="{colour}" stroke="#fff"/>'
        f'<text x="{x:.1f}" y="{y + 4:.1f}" font-size="12" font-weight="bold" text-anchor="middle" fill="#fff">'
        f"{number}</text></g>\n"
    )
