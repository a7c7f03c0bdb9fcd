"""Tables that a parameter may hold: a value for each band of numbers, or for each post."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor


@dataclass(frozen=True, slots=True)
class Band:
    """Values from `lower` to `upper` (None: without end), each edge inside the band or not."""

    lower: Fraction | None
    lower_inside: bool
    upper: Fraction | None
    upper_inside: bool
    value: Fraction

    def holds(self, number: Fraction) -> bool:
        above = self.lower is None or number > self.lower or (self.lower_inside and number == self.lower)
        below = self.upper is None or number < self.upper or (self.upper_inside and number == self.upper)
        return above and below

    def counts_up_to(self, last: int) -> int:
        """How many of the numbers 1, 2, … `last` it holds."""
        lowest, highest = 1, last
        if self.lower is not None:
            lowest = max(lowest, ceil(self.lower) if self.lower_inside else floor(self.lower) + 1)
        if self.upper is not None:
            highest = min(highest, floor(self.upper) if self.upper_inside else ceil(self.upper) - 1)
        return max(highest - lowest + 1, 0)


@dataclass(frozen=True, slots=True)
class TierTable:
    """Bands in ascending order that cover every number once; the language has checked it."""

    bands: tuple[Band, ...]

    def value_for(self, number: Fraction) -> Fraction:
        return next(band.value for band in self.bands if band.holds(number))

    def sum_up_to(self, last: int) -> Fraction:
        """The values for 1, 2, … `last` added up."""
        return sum((band.value * band.counts_up_to(last) for band in self.bands), Fraction(0))


@dataclass(frozen=True, slots=True)
class PostTable:
    """A number for each of some posts, by code or, of a post that is not in the list, by its text."""

    values: Mapping[str, Fraction]
