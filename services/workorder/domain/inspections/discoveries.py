"""False discoveries among many questions asked at once: q-values, and how sure a bound of what was selected must be."""

import math
from collections.abc import Sequence
from enum import StrEnum


class Control(StrEnum):
    """How false discoveries are held down. Hochberg's needs candidates that are independent or help each other;
    Yekutieli's needs nothing."""

    BENJAMINI_YEKUTIELI = "benjamini_yekutieli"
    BENJAMINI_HOCHBERG = "benjamini_hochberg"


def penalty(candidates: int, control: Control) -> float:
    """What Yekutieli's procedure asks for any dependence at all: 1 + ½ + … + 1/m."""
    if control is Control.BENJAMINI_HOCHBERG:
        return 1.0
    return math.fsum(1 / rank for rank in range(1, candidates + 1))


def adjusted(p_values: Sequence[float], control: Control) -> tuple[float, ...]:
    """q-values in the order of the p-values: the lowest false discovery rate at which each is still a discovery.

    Benjamini and Hochberg (1995): the least of m·p(j) ÷ j over the ranks j from its own up; Benjamini and Yekutieli
    (2001): that times the penalty.
    """
    m = len(p_values)
    factor, least, q_values = m * penalty(m, control), 1.0, [1.0] * m
    order = sorted(range(m), key=p_values.__getitem__)
    for rank in range(m, 0, -1):
        least = min(least, p_values[order[rank - 1]] * factor / rank)
        q_values[order[rank - 1]] = least
    return tuple(q_values)


def confidence_after_selection(confidence: float, selected: int, candidates: int, control: Control) -> float:
    """What the bound of each selected candidate must have, so that no more than 1 − confidence of the selected ones'
    bounds miss on average: who was selected for being high is higher than he is (Benjamini and Yekutieli 2005)."""
    return 1 - (1 - confidence) * selected / (candidates * penalty(candidates, control))
