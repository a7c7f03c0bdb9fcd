"""Names looked up and types checked: syntax nodes in, checked expressions of the domain out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.payroll.domain.calculation.facts import FactKind
from services.payroll.domain.calculation.outcome import Scope
from services.payroll.domain.calculation.plan import (
    Attribute,
    CurrentMonth,
    Expression,
    FactField,
    Literal,
    Operation,
    Operator,
    ParameterValue,
    PersonValue,
    Place,
    StepValue,
)
from services.payroll.domain.vocabulary import POSTS, Choices

from .names import ATTRIBUTES, COMPARISONS, FUNCTIONS, MONTHS, TRUTHS, function_named
from .problems import Misread, nearest
from .symbols import StepSymbol, Symbols
from .syntax import BandNode, BinaryNode, CallNode, DayNode, NameNode, NegativeNode, Node, NumberNode, TextNode
from .tables import TypedPosts, TypedTable, typed
from .types import (
    DAY,
    EMPLOYEE,
    MONTH,
    PURE,
    TEAM,
    TEXT,
    TRUTH,
    Kind,
    Type,
    common,
    expect_number,
    product,
    quotient,
    type_of_field,
)

_POST = Type(Kind.TEXT, label=POSTS.name, choices=POSTS)
_ATTRIBUTE_TYPES = {
    Attribute.NUMBER: EMPLOYEE,
    Attribute.TEAM: TEAM,
    Attribute.POST: _POST,
    Attribute.COEFFICIENT: PURE,
    Attribute.PROBATION: TRUTH,
    Attribute.REVIEW_SCORE: PURE,
}


@dataclass(frozen=True, slots=True)
class Typed:
    expression: Expression
    type: Type


@dataclass(frozen=True, slots=True)
class Setting:
    """What the formulas of a statement share: the plan's names, the functions, and where they stand in the text."""

    symbols: Symbols
    calls: "Mapping[str, Callable[[Resolver, CallNode], Typed]]"
    place: Callable[[int], Place]
    written: Callable[[int, int], str]


class Resolver:
    """Resolves formulas of one step: in a scope, or with `kind` inside an aggregation over facts of that kind."""

    def __init__(self, setting: Setting, scope: Scope, posts: tuple[str, ...], kind: FactKind | None = None) -> None:
        self.setting = setting
        self.symbols = setting.symbols
        self.place = setting.place
        self.scope = scope
        self.posts = posts
        self.kind = kind

    def over_facts(self, kind: FactKind) -> "Resolver":
        return Resolver(self.setting, self.scope, self.posts, kind)

    def in_scope(self, scope: Scope) -> "Resolver":
        return Resolver(self.setting, scope, self.posts)

    def resolve(self, node: Node) -> Typed:
        return _NODES[type(node)](self, node)

    def number(self, node: Node) -> Typed:
        found = self.resolve(node)
        expect_number(node.at, found.type)
        return found

    def of_type(self, node: Node, wanted: Type) -> Expression:
        """Resolve to another kind than number."""
        found = self.resolve(node)
        common(node.at, found.type, wanted)
        return found.expression

    def truth(self, node: Node) -> Expression:
        return self.of_type(node, TRUTH)

    def operation(self, at: int, operator: Operator, *operands: Expression) -> Operation:
        return Operation(self.place(at), operator, operands)

    def resolve_number(self, node: NumberNode) -> Typed:
        return Typed(Literal(self.place(node.at), node.value), typed(node))

    def resolve_text(self, node: TextNode) -> Typed:
        return Typed(Literal(self.place(node.at), node.value), TEXT)

    def resolve_day(self, node: DayNode) -> Typed:
        return Typed(Literal(self.place(node.at), node.value), DAY)

    def resolve_band(self, node: BandNode) -> Typed:
        raise Misread(node.at, "tier-band", "档位只能写在 档位(…) 里", "bands stand in tier(…) only")

    def resolve_negative(self, node: NegativeNode) -> Typed:
        of = self.number(node.of)
        return Typed(self.operation(node.at, Operator.NEGATE, of.expression), of.type)

    def resolve_call(self, node: CallNode) -> Typed:
        name = function_named(node.name)
        if name is None:
            spellings = [word for english, chinese in FUNCTIONS.items() for word in (english, *chinese)]
            chinese, english = f"没有函数“{node.name}”", f"there is no function {node.name!r}"
            raise Misread(node.at, "function-unknown", chinese, english, nearest(node.name, spellings))
        return self.setting.calls[name](self, node)

    def resolve_binary(self, node: BinaryNode) -> Typed:
        if node.sign in COMPARISONS:
            return self._compare(node)
        left, right = self.number(node.left), self.number(node.right)
        operator = Operator(node.sign)
        if operator in (Operator.ADD, Operator.SUBTRACT):
            type_ = common(node.at, left.type, right.type)
        else:
            type_ = (product if operator is Operator.MULTIPLY else quotient)(left.type, right.type)
        return Typed(self.operation(node.at, operator, left.expression, right.expression), type_)

    def _compare(self, node: BinaryNode) -> Typed:
        left, right = self.resolve(node.left), self.resolve(node.right)
        type_ = common(node.at, left.type, right.type)
        operator = COMPARISONS[node.sign]
        if type_.kind is Kind.TEXT:
            left, right = fitted(node.left, left, right.type), fitted(node.right, right, left.type)
        if type_.kind in (Kind.TEXT, Kind.TRUTH) and operator not in (Operator.EQUAL, Operator.UNEQUAL):
            raise Misread(node.at, "type-mismatch", "文字和是否只能用 = 与 <>", "texts and truths compare by = and <>")
        return Typed(self.operation(node.at, operator, left.expression, right.expression), TRUTH)

    def resolve_name(self, node: NameNode) -> Typed:
        """Fields of the fact first, then the fixed words, then the plan's own names."""
        for look_up in (self._field, self._fixed, self._attribute, self._parameter, self._step):
            found = look_up(node)
            if found is not None:
                return found
        chinese, english = f"不认识“{node.name}”", f"{node.name!r} is not known here"
        near = self._unquoted(node.name) or nearest(node.name, self._visible())
        raise Misread(node.at, "name-unknown", chinese, english, near)

    def _unquoted(self, written: str) -> str:
        """Advice for a value of a list that was written like a name."""
        lists = [POSTS] if self.kind is None else [field.choices for field in self.kind.fields if field.choices]
        known = any(choices.code(written) is not None for choices in lists)
        return f'列表中的值加引号 / quote a value of a list: "{written}"' if known else ""

    def _visible(self) -> list[str]:
        names = [*MONTHS, *TRUTHS, *self.symbols.parameters]
        if self.kind is not None:
            return [*names, *(spelling for field in self.kind.fields for spelling in (field.name, *field.chinese))]
        return [*names, *ATTRIBUTES, *self.symbols.known_steps]

    def _field(self, node: NameNode) -> Typed | None:
        place = None if self.kind is None else self.kind.position(node.name)
        if self.kind is None or place is None:
            return None
        expression = FactField(self.place(node.at), self.kind.name, place)
        return Typed(expression, type_of_field(self.kind.fields[place]))

    def _fixed(self, node: NameNode) -> Typed | None:
        if node.name in MONTHS:
            return Typed(CurrentMonth(self.place(node.at), MONTHS[node.name]), MONTH)
        if node.name in TRUTHS:
            return Typed(Literal(self.place(node.at), TRUTHS[node.name]), TRUTH)
        return None

    def _attribute(self, node: NameNode) -> Typed | None:
        attribute = ATTRIBUTES.get(node.name)
        if attribute is None:
            return None
        if self.kind is not None:
            raise Misread(
                node.at,
                "person-in-facts",
                f"统计中“{node.name}”只能写成单独的条件: 字段 = 本人 或 字段 = 本班组",
                f"in an aggregation {node.name!r} stands in a condition of its own only: field = me, field = my_team",
            )
        if self.scope is Scope.STORE or (self.scope is Scope.TEAM and attribute is not Attribute.TEAM):
            chinese, english = f"门店或班组步骤没有“{node.name}”", f"{node.name!r} belongs to a person's step"
            raise Misread(node.at, "scope", chinese, english)
        return Typed(PersonValue(self.place(node.at), attribute), _ATTRIBUTE_TYPES[attribute])

    def _parameter(self, node: NameNode) -> Typed | None:
        symbol = self.symbols.parameter(node.name)
        if symbol is None:
            return None
        if isinstance(symbol.type, TypedTable):
            english = f"{node.name!r} is a table: use tier(number; table)"
            raise Misread(node.at, "type-mismatch", f"“{node.name}”是档位表,用 档位(数; 表)", english)
        if isinstance(symbol.type, TypedPosts):
            english = f"{node.name!r} is a table by post: use coefficient(table)"
            raise Misread(node.at, "type-mismatch", f"“{node.name}”是岗位表,用 系数(表)", english)
        return Typed(ParameterValue(self.place(node.at), symbol.parameter.name), symbol.type)

    def _step(self, node: NameNode) -> Typed | None:
        if node.name not in self.symbols.known_steps:
            return None
        if self.kind is not None:
            chinese, english = f"统计中不能引用步骤“{node.name}”", f"an aggregation cannot read the step {node.name!r}"
            raise Misread(node.at, "step-in-facts", chinese, english)
        symbol = self.step_symbol(node)
        self._check_reach(node, symbol)
        return Typed(StepValue(self.place(node.at), symbol.name), symbol.type)

    def step_symbol(self, node: NameNode) -> StepSymbol:
        symbol = self.symbols.steps.get(node.name)
        if symbol is None:
            raise StepBroken
        return symbol

    def _check_reach(self, node: NameNode, symbol: StepSymbol) -> None:
        """A step reads steps of its own subject and of the wider scopes that the subject belongs to."""
        width = {Scope.STORE: 2, Scope.TEAM: 1, Scope.PERSON: 0}
        if width[symbol.scope] < width[self.scope]:
            chinese = f"“{node.name}”按人或按班组计算,这里要合计时写 汇总({node.name})"
            english = f"{node.name!r} has a value per person or team; for their sum write total({node.name})"
            raise Misread(node.at, "scope", chinese, english)
        if symbol.scope is Scope.STORE or not symbol.posts:
            return
        if not self.posts or not set(self.posts) <= set(symbol.posts):
            chinese = f"“{node.name}”只对岗位 {', '.join(map(POSTS.chinese, symbol.posts))} 计算"
            english = f"{node.name!r} is calculated for {', '.join(symbol.posts)} only"
            raise Misread(node.at, "scope", chinese, english)


class StepBroken(Exception):  # noqa: N818 - not an error: the step read here has a problem of its own, told there
    pass


def fitted(node: Node, side: Typed, other: Type) -> Typed:
    """A quoted text beside a value of a fixed list becomes the list's code; anything else beside it is refused."""
    content = side.expression.value if isinstance(side.expression, Literal) else None
    written = content if isinstance(content, str) else None
    if other.choices is not None and side.type.choices is None:
        code = None if written is None else _code(other.choices, written)
        if code is None:
            raise _not_in_list(node, written, other.choices.all_spellings())
        return Typed(Literal(side.expression.at, code), side.type)
    if other.allowed and written is not None and written not in other.allowed:
        raise _not_in_list(node, written, other.allowed)
    return side


def _code(choices: Choices, written: str) -> str | None:
    """The code of a listed value; posts are an open list, where an unlisted text stands for itself."""
    return choices.code(written) or (written if choices is POSTS else None)


def _not_in_list(node: Node, written: str | None, known: tuple[str, ...]) -> Misread:
    if written is None:
        chinese, english = (
            "固定列表的值只能与引号中的文字比较",
            "a value of a fixed list compares with a quoted text only",
        )
        return Misread(node.at, "type-mismatch", chinese, english)
    chinese, english = f"没有取值“{written}”", f"{written!r} is not one of the values"
    return Misread(node.at, "choice-unknown", chinese, english, nearest(written, known) or ", ".join(known[:12]))


_NODES: Mapping[type, Callable[[Resolver, Any], Typed]] = {
    NumberNode: Resolver.resolve_number,
    TextNode: Resolver.resolve_text,
    DayNode: Resolver.resolve_day,
    NameNode: Resolver.resolve_name,
    BinaryNode: Resolver.resolve_binary,
    NegativeNode: Resolver.resolve_negative,
    BandNode: Resolver.resolve_band,
    CallNode: Resolver.resolve_call,
}
