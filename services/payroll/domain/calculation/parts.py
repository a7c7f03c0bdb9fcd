"""Everything that a part of a plan is made of."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass


def parts_of(whole: object) -> Iterator[object]:
    """A plan's part with all that is inside it, itself first."""
    yield whole
    inside: Iterable[object] = ()
    if isinstance(whole, tuple):
        inside = whole
    elif is_dataclass(whole):
        inside = (getattr(whole, each.name) for each in fields(whole))
    for part in inside:
        yield from parts_of(part)
