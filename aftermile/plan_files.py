"""Plans as files on this machine: checked, formatted, compared. Nothing of the running stack is needed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aftermile.failures import Failure
from aftermile.words import Language, Words, default_language
from services.payroll.domain.errors import PayrollRefusal
from services.payroll.domain.plans.example_file import read_examples
from services.payroll.domain.plans.examples import ExampleResult, check_examples
from services.payroll.domain.plans.month_bound import of_no_month
from services.payroll.domain.plans.plan_file import FORMAT
from services.payroll.language import PlanInvalid, difference, format_plan, parse_plan, text_of_json, to_json


class PlanUnusable(Failure):
    """A plan with problems, or whose examples fail; all of it is told already."""


def check(file: Path, examples: Path | None, lang: Language | None) -> Iterator[str]:
    """What each example of a plan gives, lines to print; PlanUnusable when the text or one of them is wrong."""
    words = Words(lang or default_language())
    text = plan_text(file, words)
    try:
        plan = parse_plan(text)
        results = check_examples(plan, read_examples(_examples(file) if examples is None else read_json(examples)))
        found = of_no_month(plan)
    except PayrollRefusal as refused:
        raise PlanUnusable(f"{file}: {refused}") from None
    yield from (f"! [{each.clause}] {each.step}: {words['of_no_month']}: {each.text}" for each in found)
    for result in results:
        yield from _told(result, words)
    passed = sum(result.passed for result in results)
    yield f"{words.pick(plan.chinese, plan.english)}: {words['examples']} {passed}/{len(results)}"
    if passed < len(results):
        raise PlanUnusable(f"{len(results) - passed} {words['examples_fail']}")


def _told(result: ExampleResult, words: Words) -> Iterator[str]:
    yield f"{'✓' if result.passed else '✗'} [{result.clause}] {words.pick(result.chinese, result.english)}"
    for one in result.differences:
        yield f"    {one.what}: {words['expected']} {one.expected}, {words['actual']} {one.actual}"


def formatted(file: Path, lang: Language | None, *, as_json: bool) -> str:
    """The plan's canonical text, or its JSON form."""
    words = Words(lang or default_language())
    text = plan_text(file, words)
    try:
        if as_json:
            return json.dumps(to_json(text), ensure_ascii=False, indent=1)
        return format_plan(text, words.language).removesuffix("\n")
    except PayrollRefusal as refused:
        raise PlanUnusable(f"{file}: {refused}") from None


def differences(older: Path, newer: Path, lang: Language | None) -> Iterator[str]:
    """What the newer plan changes, a line for each change."""
    words = Words(lang or default_language())
    texts = plan_text(older, words), plan_text(newer, words)
    changes = difference(*texts)
    for change in changes:
        mark = "" if change.changes_pay else f" ({words['same_pay']})"
        clause = f"[{change.clause}] " if change.clause else ""
        yield f"{clause}{words.pick(change.chinese, change.english)}{mark}"
    if not changes:
        yield words["no_difference"]


def plan_text(file: Path, words: Words) -> str:
    """The text of a plan that can be used; of its JSON form, the text that says the same."""
    try:
        text = _text(file)
        parse_plan(text)
    except PlanInvalid as refused:
        problems = (
            f"{file}:{one.line}:{one.column}: {words.pick(one.chinese, one.english)} [{one.code}] → {one.suggestion}"
            for one in refused.problems
        )
        raise PlanUnusable("\n".join([words["plan_invalid"], *problems])) from None
    except PayrollRefusal as refused:
        raise PlanUnusable(f"{file}: {refused}") from None
    return text


def _text(file: Path) -> str:
    if not holds_json(file):
        return read_text(file)
    found = read_json(file)
    return str(found["text"]) if _is_exported(found) else text_of_json(found)


def _examples(file: Path) -> Any:  # noqa: ANN401 - whatever the file holds; its reader checks it
    """An exported plan has its own; those of `name.plan` lie beside it as `name.examples.json`."""
    if holds_json(file) and _is_exported(found := read_json(file)):
        return found["examples"]
    beside = file.with_suffix(".examples.json")
    return read_json(beside) if beside.exists() else {"examples": []}


def _is_exported(found: object) -> bool:
    return isinstance(found, dict) and found.get("format") == FORMAT and {"text", "examples"} <= found.keys()


def holds_json(file: Path) -> bool:
    """By its name, or by what it begins with, whatever it is called: no text of a plan begins so."""
    return file.suffix == ".json" or read_text(file).lstrip().startswith("{")


def read_text(file: Path) -> str:
    """UTF-8, with a byte order mark or without."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"cannot read {file}: {error}") from None


def read_json(file: Path) -> Any:  # noqa: ANN401 - whatever the file holds; its reader checks it
    try:
        return json.loads(read_text(file))
    except (ValueError, RecursionError) as error:
        raise Failure(f"{file} is not JSON: {error}") from None
