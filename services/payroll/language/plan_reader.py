"""A whole plan text: read, its formulas resolved after those they read, checked as a whole."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from services.payroll.domain.bounds import MAX_TEXT
from services.payroll.domain.calculation.outcome import Scope
from services.payroll.domain.calculation.plan import Expression, Payment, Place, Plan, Reminder, Split, Step

from .calls import CALLS
from .declarations import check_names, line_name, parameter_symbol, posts_of
from .normalise import NormalText, normalise
from .ordering import cycle_in, in_order, step_names_in
from .problems import MAX_PROBLEMS, Misread, PlanInvalid, PlanProblem, nearest
from .reader import read_statement
from .resolver import Resolver, Setting, StepBroken
from .shares import is_split, share
from .statements import Statement, names_meant, statements
from .symbols import StepSymbol, Symbols
from .syntax import (
    Node,
    ParameterNode,
    PayableNode,
    PaymentNode,
    PlanTitle,
    ReminderNode,
    StatementNode,
    StepNode,
    Word,
)
from .types import MONEY, Kind, Type, expect

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Direction marks and unusual ends of lines too: with them a plan looks otherwise than it is read."""
_NAME = re.compile(r"[^\W\d]\w*")
_TITLE = re.compile(r"\s*(计划|plan)(?!\w)")
Read = TypeVar("Read", bound=StatementNode)


def parse_plan(text: str) -> Plan:
    """The plan of a text; PlanInvalid lists everything wrong with it, with line, column and advice."""
    if len(text) > MAX_TEXT:
        problem = f"方案超过 {MAX_TEXT} 字", f"a plan of over {MAX_TEXT} characters"
        raise PlanInvalid([PlanProblem(1, 1, "text-too-long", *problem)])
    control = _CONTROL.search(text)
    if control is not None:
        at, problem = control.start(), ("不能使用控制字符", "control characters cannot stand in a plan")
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        raise PlanInvalid([PlanProblem(line, column, "character-not-allowed", *problem)])
    return _PlanReader(normalise(text)).read()


@dataclass
class _PlanReader:
    normal: NormalText
    problems: list[PlanProblem] = field(default_factory=list)
    symbols: Symbols = field(default_factory=Symbols)
    nodes: list[tuple[Statement, StatementNode]] = field(default_factory=list)
    steps: dict[str, Step] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    """Names whose declaration has a problem of its own: that they are not known is no other one."""

    def read(self) -> Plan:
        for statement in statements(self.normal):
            with self._noting(statement, declares=names_meant(statement.text)):
                self.nodes.append((statement, self._read_one(statement)))
        title = self._title()
        self._declare()
        self._resolve_steps()
        payments = tuple(payment for statement, node in self._of(PaymentNode) for payment in self._pay(statement, node))
        reminders = tuple(note for statement, node in self._of(ReminderNode) for note in self._remind(statement, node))
        self._check_payments(payments)
        if not self.problems:
            self._check_parameters_used()
        if self.problems:
            raise PlanInvalid(self.problems)
        return Plan(
            chinese=title.chinese,
            english=title.english,
            text=self.normal.written,
            hash=hashlib.sha256(self.normal.written.encode()).hexdigest(),
            parameters={
                node.english.text: self.symbols.parameters[node.english.text].parameter
                for _, node in self._of(ParameterNode)
            },
            steps=tuple(self.steps.values()),
            payments=payments,
            reminders=reminders,
        )

    def _read_one(self, statement: Statement) -> StatementNode:
        if statement.problem is None:
            return read_statement(statement.text)
        found = statement.problem
        raise Misread(found.at - statement.start, found.code, found.chinese, found.english, found.suggestion)

    def _of(self, kind: type[Read]) -> list[tuple[Statement, Read]]:
        return [(statement, node) for statement, node in self.nodes if isinstance(node, kind)]

    @contextmanager
    def _noting(self, statement: Statement, declares: Iterable[str] = ()) -> Iterator[None]:
        """Turn a Misread of a statement into a problem and go on with the next one."""
        try:
            yield
        except Misread as found:
            if not self._follows(statement, found):
                self._note(self.normal.place(statement.start + found.at), found)
            self.broken.update(declares)
        except StepBroken:
            pass

    def _follows(self, statement: Statement, found: Misread) -> bool:
        """Whether it is only that a name is missing whose declaration is broken."""
        name = _NAME.match(statement.text, found.at)
        return found.code in ("name-unknown", "table-unknown") and name is not None and name[0] in self.broken

    def _note(self, at: Place, found: Misread) -> None:
        self.problems.append(
            PlanProblem(at.line, at.column, found.code, found.chinese, found.english, found.suggestion)
        )
        if len(self.problems) == MAX_PROBLEMS:
            raise PlanInvalid(self.problems)

    def _placing(self, statement: Statement) -> Callable[[int], Place]:
        return lambda at: self.normal.place(statement.start + at)

    def _title(self) -> PlanTitle:
        titles = self._of(PlanTitle)
        if not titles:
            if not any(_TITLE.match(statement.text) for statement in statements(self.normal)):
                problem = "缺少语句 计划 “中文名” “英文名”", 'the statement plan "Chinese" "English" is missing'
                self._note(Place(1, 1), Misread(0, "plan-missing", *problem))
            return PlanTitle(0, "", "")
        for statement, node in titles[1:]:
            with self._noting(statement):
                raise Misread(node.at, "plan-repeated", "计划语句重复", "a second plan statement")
        return titles[0][1]

    def _declare(self) -> None:
        taken: set[str] = set()
        for statement, parameter in self._of(ParameterNode):
            with self._noting(statement, declares=(parameter.chinese.text, parameter.english.text)):
                check_names(parameter.chinese, parameter.english, taken, in_facts=True)
                self.symbols.add_parameter(parameter_symbol(parameter, self._placing(statement)))
        known: dict[str, str] = {}
        for statement, step in self._of(StepNode):
            with self._noting(statement, declares=(step.chinese.text, step.english.text)):
                check_names(step.chinese, step.english, taken, in_facts=False)
                known[step.english.text] = known[step.chinese.text] = step.english.text
        self.symbols.known_steps = known

    def _resolve_steps(self) -> None:
        declared = {
            node.english.text: (statement, node)
            for statement, node in self._of(StepNode)
            if node.english.text in self.symbols.known_steps
        }
        known = self.symbols.known_steps
        reads = {name: step_names_in(node.expression, known) for name, (_, node) in declared.items()}
        self._note_cycle(declared, cycle_in(reads))
        for name in in_order(reads):
            statement, node = declared[name]
            with self._noting(statement):
                self.steps[name] = self._step(statement, node)

    def _note_cycle(self, declared: dict[str, tuple[Statement, StepNode]], cycle: tuple[str, ...]) -> None:
        if not cycle:
            return
        statement, node = declared[cycle[0]]
        with self._noting(statement):
            path = " → ".join(declared[name][1].chinese.text for name in cycle)
            raise Misread(node.at, "cycle", f"步骤互相引用: {path}", f"the steps read each other: {' → '.join(cycle)}")

    def _step(self, statement: Statement, node: StepNode) -> Step:
        if not node.clause:
            problem = "每个步骤前写条款,例 [二(1)]", "every step begins with its clause, e.g. [二(1)]"
            raise Misread(node.at, "clause-missing", *problem)
        posts = posts_of(node.posts)
        setting = self._setting(statement)
        expression, type_ = self._formula(Resolver(setting, node.scope, posts), node.expression)
        if type_.kind not in (Kind.NUMBER, Kind.TRUTH):
            raise Misread(node.formula_at, "type-mismatch", f"步骤不能是 {type_}", f"a step cannot be {type_}")
        self.symbols.add_step(StepSymbol(node.english.text, node.chinese.text, node.scope, posts, type_))
        return Step(
            name=node.english.text,
            chinese=node.chinese.text,
            scope=node.scope,
            posts=posts,
            clause=node.clause,
            expression=expression,
            formula=setting.written(node.formula_at, len(statement.text.rstrip())),
            at=setting.place(node.at),
        )

    def _formula(self, resolver: Resolver, node: Node) -> tuple[Expression | Split, Type]:
        if is_split(node):
            return share(resolver, node), MONEY
        found = resolver.resolve(node)
        return found.expression, found.type

    def _setting(self, statement: Statement) -> Setting:
        def written(start: int, end: int) -> str:
            return self.normal.as_written(statement.start + start, statement.text[start:end])

        return Setting(self.symbols, CALLS, self._placing(statement), written)

    def _symbol(self, word: Word) -> StepSymbol:
        if word.text not in self.symbols.known_steps:
            problem = f"没有步骤“{word.text}”", f"there is no step {word.text!r}"
            raise Misread(word.at, "name-unknown", *problem, nearest(word.text, self.symbols.known_steps))
        if word.text not in self.symbols.steps:
            raise StepBroken
        return self.symbols.steps[word.text]

    def _pay(self, statement: Statement, node: PaymentNode) -> Iterator[Payment]:
        for payable in node.steps:
            with self._noting(statement):
                yield self._payment(statement, node, payable)

    def _payment(self, statement: Statement, node: PaymentNode, payable: PayableNode) -> Payment:
        word = payable.step
        symbol = self._symbol(word)
        line = symbol.name if payable.line is None else line_name(payable.line)
        if symbol.scope is not Scope.PERSON:
            raise Misread(
                word.at, "scope", f"只能发放个人步骤,“{word.text}”不是", f"{word.text!r} is not a person step"
            )
        expect(word.at, symbol.type, MONEY)
        if node.condition is None:
            return Payment(symbol.name, line, node.clause, None, "")
        setting = self._setting(statement)
        condition = Resolver(setting, Scope.PERSON, symbol.posts).truth(node.condition)
        text = setting.written(node.condition_at, len(statement.text.rstrip()))
        return Payment(symbol.name, line, node.clause, condition, text)

    def _check_payments(self, payments: tuple[Payment, ...]) -> None:
        times = Counter(payment.step for payment in payments)
        for statement, node in self._of(PaymentNode):
            for word in (payable.step for payable in node.steps):
                if times[self.symbols.known_steps.get(word.text, "")] > 1:
                    with self._noting(statement):
                        problem = f"“{word.text}”发放了两次", f"{word.text!r} is paid twice"
                        raise Misread(word.at, "payment-repeated", *problem)

    def _remind(self, statement: Statement, node: ReminderNode) -> Iterator[Reminder]:
        with self._noting(statement):
            yield Reminder(self._symbol(node.step).name, node.chinese, node.english)

    def _check_parameters_used(self) -> None:
        for statement, node in self._of(ParameterNode):
            symbol = self.symbols.parameters.get(node.english.text)
            if symbol is not None and symbol.parameter.name not in self.symbols.used_parameters:
                with self._noting(statement):
                    problem = f"参数“{node.chinese.text}”没有被用到", f"the parameter {node.english.text!r} is not used"
                    raise Misread(node.chinese.at, "parameter-unused", *problem)
