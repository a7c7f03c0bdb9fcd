"""A plan text as it stands: its statements in their order, with the comments and blank lines above each."""

from collections.abc import Iterator
from dataclasses import dataclass

from .normalise import NormalText, normalise
from .plan_reader import parse_plan
from .reader import read_statement
from .statements import Statement, statements_and_blanks
from .syntax import StatementNode


@dataclass(frozen=True, slots=True)
class Written:
    """A statement, or what follows the last one (`node` None). A comment is without its `#`.

    `spaced`: there is a blank line between this and what stands before it.
    """

    comments: tuple[str, ...]
    spaced: bool
    node: StatementNode | None


@dataclass(frozen=True, slots=True)
class Source:
    written: tuple[Written, ...]

    @property
    def nodes(self) -> tuple[StatementNode, ...]:
        return tuple(one.node for one in self.written if one.node is not None)


def read_source(text: str) -> Source:
    """The statements of a text that is a plan; PlanInvalid when it is not."""
    parse_plan(text)
    return source_of(text)


def source_of(text: str) -> Source:
    """The statements of a text that is known to be a plan."""
    return Source(tuple(_written(normalise(text))))


def _written(normal: NormalText) -> Iterator[Written]:
    comments: list[str] = []
    spaced, first = False, True
    for statement in statements_and_blanks(normal):
        found = tuple(_comments(normal, statement))
        if statement.text.strip():
            yield Written((*comments, *found), spaced, read_statement(statement.text))
            comments, spaced, first = [], False, False
            continue
        spaced = spaced or not (found or comments or first)
        comments.extend(found)
    if comments:
        yield Written(tuple(comments), spaced, None)


def _comments(normal: NormalText, statement: Statement) -> Iterator[str]:
    """The comments in and behind a statement, as typed; they are blanked in its text."""
    at = 0
    while (at := normal.text.find("#", statement.start + at) - statement.start) >= 0 and at < len(statement.text):
        if statement.text[at] == "#":
            at += 1
            continue
        end = normal.text.find("\n", statement.start + at)
        end = len(normal.text) if end < 0 else end
        yield normal.written[normal.origins[statement.start + at] + 1 : normal.origins[end]].rstrip()
        at = end - statement.start
