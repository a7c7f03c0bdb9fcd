"""A statement as read, before names are looked up: offsets point into the normalised text."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from services.payroll.domain.bounds import MAX_NESTING
from services.payroll.domain.calculation.outcome import Scope

from .problems import Misread


@dataclass(frozen=True, slots=True)
class NumberNode:
    """A number with its dimensions (powers of money and hours); a bare one adapts to what it is added to."""

    at: int
    value: Fraction
    money: int
    hours: int
    bare: bool
    written: str
    depth: int = 1


@dataclass(frozen=True, slots=True)
class TextNode:
    at: int
    value: str
    depth: int = 1


@dataclass(frozen=True, slots=True)
class DayNode:
    at: int
    value: date
    depth: int = 1


@dataclass(frozen=True, slots=True)
class NameNode:
    at: int
    name: str
    depth: int = 1


@dataclass(frozen=True, slots=True)
class BinaryNode:
    at: int
    sign: str
    left: "Node"
    right: "Node"
    depth: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "depth", _deeper(self.at, (self.left, self.right)))


@dataclass(frozen=True, slots=True)
class NegativeNode:
    at: int
    of: "Node"
    depth: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "depth", _deeper(self.at, (self.of,)))


@dataclass(frozen=True, slots=True)
class BoundNode:
    at: int
    sign: str
    number: NumberNode
    depth: int = 1


@dataclass(frozen=True, slots=True)
class BandNode:
    at: int
    bounds: tuple[BoundNode, ...]
    value: NumberNode
    depth: int = 1


@dataclass(frozen=True, slots=True)
class CallNode:
    at: int
    end: int
    name: str
    arguments: "tuple[Node, ...]"
    depth: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "depth", _deeper(self.at, self.arguments))


Node = NumberNode | TextNode | DayNode | NameNode | BinaryNode | NegativeNode | BandNode | CallNode


def _deeper(at: int, parts: Iterable[Node]) -> int:
    depth = 1 + max((part.depth for part in parts), default=0)
    if depth > MAX_NESTING:
        chinese, english = f"公式嵌套超过 {MAX_NESTING} 层", f"the formula is nested over {MAX_NESTING} deep"
        raise Misread(at, "nesting-too-deep", chinese, english, "分成几个步骤 / split it into several steps")
    return depth


def parts_of(node: Node) -> tuple[Node, ...]:
    match node:
        case BinaryNode():
            return (node.left, node.right)
        case NegativeNode():
            return (node.of,)
        case CallNode():
            return node.arguments
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(parts_of(current))


@dataclass(frozen=True, slots=True)
class Word:
    """A name or text where it stands."""

    at: int
    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class TableNode:
    at: int
    name: str
    bands: tuple[BandNode, ...]
    depth: int = 1


@dataclass(frozen=True, slots=True)
class PostTableNode:
    at: int
    name: str
    values: tuple[tuple[Word, NumberNode], ...]
    depth: int = 1


Constant = NumberNode | TextNode | DayNode | NameNode | TableNode | PostTableNode


@dataclass(frozen=True, slots=True)
class DatedNode:
    value: Constant
    since: DayNode
    until: DayNode | None


@dataclass(frozen=True, slots=True)
class PlanTitle:
    at: int
    chinese: str
    english: str


@dataclass(frozen=True, slots=True)
class ParameterNode:
    at: int
    clause: str
    chinese: Word
    english: Word
    choices: tuple[str, ...]
    values: tuple[DatedNode, ...]


@dataclass(frozen=True, slots=True)
class StepNode:
    at: int
    clause: str
    scope: Scope
    posts: tuple[Word, ...]
    chinese: Word
    english: Word
    formula_at: int
    expression: Node


@dataclass(frozen=True, slots=True)
class PayableNode:
    """A step to pay, and the name of its line when it is not the step's own."""

    step: Word
    line: Word | None


@dataclass(frozen=True, slots=True)
class PaymentNode:
    at: int
    clause: str
    steps: tuple[PayableNode, ...]
    condition_at: int
    condition: Node | None


@dataclass(frozen=True, slots=True)
class ReminderNode:
    at: int
    step: Word
    chinese: str
    english: str


StatementNode = PlanTitle | ParameterNode | StepNode | PaymentNode | ReminderNode
