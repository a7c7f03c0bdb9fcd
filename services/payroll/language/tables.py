"""Tables: the bands of tiers sorted, checked to cover every number without gap or overlap; values by post."""

from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import pairwise

from services.payroll.domain.calculation.tables import Band, PostTable, TierTable

from .problems import Misread
from .syntax import BandNode, BoundNode, NumberNode
from .types import Kind, Type, common


@dataclass(frozen=True, slots=True)
class TypedTable:
    table: TierTable
    edge: Type
    value: Type


@dataclass(frozen=True, slots=True)
class TypedPosts:
    table: PostTable
    value: Type


def typed(number: NumberNode) -> Type:
    return Type(Kind.NUMBER, number.money, number.hours, number.bare)


def table_from(at: int, nodes: tuple[BandNode, ...]) -> TypedTable:
    bands = sorted(((_band(node), node) for node in nodes), key=lambda pair: _lower_key(pair[0]))
    _check_cover(at, bands)
    edges = [typed(bound.number) for node in nodes for bound in node.bounds]
    values = [typed(node.value) for node in nodes]
    edge = reduce(lambda left, right: common(at, left, right), edges)
    value = reduce(lambda left, right: common(at, left, right), values)
    return TypedTable(TierTable(tuple(band for band, _ in bands)), edge, value)


def _band(node: BandNode) -> Band:
    lower = upper = None
    for bound in node.bounds:
        if bound.sign in (">", ">=") and lower is None:
            lower = bound
        elif bound.sign in ("<", "<=") and upper is None:
            upper = bound
        elif bound.sign == "=" and len(node.bounds) == 1:
            lower = upper = bound
        else:
            raise Misread(
                bound.at,
                "tier-band",
                "一档写作 >=1 <2: 5%,最多一个下界一个上界",
                "a band is written >=1 <2: 5%, with at most one lower and one upper edge",
            )
    band = Band(
        lower=_edge(lower),
        lower_inside=lower is not None and "=" in lower.sign,
        upper=_edge(upper),
        upper_inside=upper is not None and "=" in upper.sign,
        value=node.value.value,
    )
    _refuse_empty(node, band)
    return band


def _edge(bound: BoundNode | None) -> Fraction | None:
    return None if bound is None else bound.number.value


def _refuse_empty(node: BandNode, band: Band) -> None:
    if band.lower is None or band.upper is None:
        return
    if band.lower > band.upper or (band.lower == band.upper and not (band.lower_inside and band.upper_inside)):
        raise Misread(node.at, "tier-band", "这一档不含任何数", "this band holds no number")


def _lower_key(band: Band) -> tuple[bool, Fraction, bool]:
    return (band.lower is not None, band.lower or Fraction(0), not band.lower_inside)


def _check_cover(at: int, bands: list[tuple[Band, BandNode]]) -> None:
    (lowest, first), (highest, last) = bands[0], bands[-1]
    if lowest.lower is not None:
        raise _not_total(first.at, f"{'<' if lowest.lower_inside else '<='}{_edges(first)[0]}")
    if highest.upper is not None:
        raise _not_total(at, f"{'>' if highest.upper_inside else '>='}{_edges(last)[-1]}")
    for below, above in pairwise(bands):
        _check_seam(below, above)


def _not_total(at: int, missing: str) -> Misread:
    chinese, english = f"档位没有覆盖所有数: 缺 {missing}", f"the bands do not cover every number: {missing} is missing"
    return Misread(at, "tier-not-total", chinese, english, f"{missing}: …")


def _check_seam(lower: tuple[Band, BandNode], upper: tuple[Band, BandNode]) -> None:
    (below, node_below), (above, node) = lower, upper
    if below.upper is None or above.lower is None or below.upper > above.lower:
        raise Misread(node.at, "tier-overlap", "与另一档重叠", "this band overlaps another")
    end, begin = _edges(node_below)[-1], _edges(node)[0]
    if below.upper < above.lower:
        missing = f"{end} … {begin}"
        raise Misread(node.at, "tier-gap", f"档位之间有空缺: {missing}", f"a gap between the bands: {missing}")
    if below.upper_inside and above.lower_inside:
        raise Misread(node.at, "tier-overlap", f"{begin} 落在两档", f"{begin} is in two bands")
    if not below.upper_inside and not above.lower_inside:
        raise Misread(node.at, "tier-gap", f"{begin} 不在任何档", f"{begin} is in no band")


def _edges(node: BandNode) -> list[str]:
    """The edges of a band as written, the lower one first."""
    return [bound.number.written for bound in sorted(node.bounds, key=lambda bound: bound.number.value)]
