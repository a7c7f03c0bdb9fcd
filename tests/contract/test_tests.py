"""What the tests promise themselves."""

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
EXPECTING = {"raises", "fail"}


def written_in(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node


def can_fail(test: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(
        isinstance(node, ast.Assert) or (isinstance(node, ast.Attribute) and node.attr in EXPECTING)
        for node in ast.walk(test)
    )


def test_every_test_says_itself_what_it_expects() -> None:
    found = [(path.name, test) for path in sorted(TESTS.rglob("test_*.py")) for test in written_in(path)]
    assert len(found) > 1000
    assert [f"{name}: {test.name}" for name, test in found if not can_fail(test)] == []
