"""A plan text cut into statements: one a line; an open bracket or an indented line continues it; `#` is a comment."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.payroll.domain.bounds import MAX_NESTING, MAX_STATEMENT_TEXT, MAX_STATEMENTS

from .normalise import NormalText
from .problems import Misread

NEW_STATEMENT = re.compile(r" *(\[|(参数|parameter|发放|pay|提醒|remind|计划|plan)[ ])")
_INDENTED = re.compile(r" +[^ \n]")
_BESIDE_NAMES = re.compile(r'\[[^\[\]]*\]|\([^()=]*\)|"[^"]*"')
_WORD = re.compile(r"[^\W\d]\w*")
_DECLARE_NOTHING = frozenset({"发放", "pay", "提醒", "remind", "计划", "plan"})
_THOUSANDS = re.compile(r"(?<![\w.])\d{1,3}(?:,\d{3})+(?!\w)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Statement:
    """`text` is as long as in the normal text, comments blanked, so offsets are `start` + place in it."""

    start: int
    text: str
    problem: Misread | None = None


def statements(normal: NormalText) -> Iterator[Statement]:
    count = 0
    for statement in statements_and_blanks(normal):
        if not statement.text.strip():
            continue
        count += 1
        if count > MAX_STATEMENTS:
            yield _spoiled(
                statement,
                Misread(
                    statement.start,
                    "too-many-statements",
                    f"语句超过 {MAX_STATEMENTS} 条",
                    f"more than {MAX_STATEMENTS} statements",
                ),
            )
            return
        yield _checked(statement, normal)


def names_meant(text: str) -> frozenset[str]:
    """The names that a statement which cannot be read was to declare, as far as can be seen."""
    head, equals, _ = text.partition("=")
    keyword, *names = _WORD.findall(_BESIDE_NAMES.sub(" ", head)) or [""]
    if keyword in _DECLARE_NOTHING:
        return frozenset()
    return frozenset(names if equals else names[:2])


def _checked(statement: Statement, normal: NormalText) -> Statement:
    if statement.problem is not None:
        return statement
    if len(statement.text) > MAX_STATEMENT_TEXT:
        chinese, english = (
            f"一条语句超过 {MAX_STATEMENT_TEXT} 字",
            f"a statement of over {MAX_STATEMENT_TEXT} characters",
        )
        return _spoiled(statement, Misread(statement.start, "statement-too-long", chinese, english))
    for found in _THOUSANDS.finditer(statement.text):
        commas = [statement.start + found.start() + place for place, sign in enumerate(found[0]) if sign == ","]
        if all(normal.written[normal.origins[comma]] == "," for comma in commas):
            problem = Misread(
                statement.start + found.start(),
                "thousands-separator",
                "数字中不要写千位逗号;若是两个参数,逗号后加空格",
                "write numbers without thousands commas; between arguments put a blank after the comma",
                found[0].replace(",", ""),
            )
            return _spoiled(statement, problem)
    return statement


def _spoiled(statement: Statement, problem: Misread) -> Statement:
    return Statement(statement.start, statement.text, problem)


def statements_and_blanks(normal: NormalText) -> Iterator[Statement]:
    """Statements with the lines between them, which hold nothing or comments."""
    text, start = normal.text, 0
    while start < len(text):
        cutter = _Cutter(text, start)
        end = cutter.find_end()
        yield Statement(start, "".join(cutter.kept), cutter.problem)
        start = end + 1


class _Cutter:
    """Walks one statement to its end, blanking comments and watching brackets and quotes."""

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.at = start
        self.open: list[int] = []
        self.quote: int | None = None
        self.kept: list[str] = []
        self.problem: Misread | None = None

    def find_end(self) -> int:
        while self.at < len(self.text):
            sign = self.text[self.at]
            if sign == "\n" and self._ends():
                break
            if sign == "#" and self.quote is None:
                self._skip_comment()
                continue
            self._watch(sign)
            self.kept.append(sign)
            self.at += 1
        self._close()
        return self.at

    def _ends(self) -> bool:
        """A statement goes on in an open bracket and in an indented line, unless that line begins a new one."""
        if self.quote is not None or NEW_STATEMENT.match(self.text, self.at + 1):
            return True
        return not self.open and not _INDENTED.match(self.text, self.at + 1)

    def _skip_comment(self) -> None:
        end = self.text.find("\n", self.at)
        end = len(self.text) if end < 0 else end
        self.kept.append(" " * (end - self.at))
        self.at = end

    def _watch(self, sign: str) -> None:
        if sign == '"':
            self.quote = self.at if self.quote is None else None
        elif self.quote is None and sign == "(":
            self.open.append(self.at)
            if len(self.open) > MAX_NESTING:
                self._note(
                    self.at, "nesting-too-deep", f"括号嵌套超过 {MAX_NESTING} 层", f"over {MAX_NESTING} brackets deep"
                )
        elif self.quote is None and sign == ")" and not self._unwind():
            self._note(self.at, "bracket-unopened", "多余的右括号", "a closing bracket without an opening one")

    def _unwind(self) -> bool:
        if self.open:
            self.open.pop()
            return True
        return False

    def _close(self) -> None:
        if self.quote is not None:
            self._note(self.quote, "text-open", "引号没有成对", "a quotation mark is not closed")
        elif self.open:
            self._note(self.open[-1], "bracket-open", "左括号没有成对", "an opening bracket is not closed")

    def _note(self, at: int, code: str, chinese: str, english: str) -> None:
        if self.problem is None:
            self.problem = Misread(at, code, chinese, english)
