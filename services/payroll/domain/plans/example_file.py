"""Worked examples as a JSON document: read strictly, every fault named with its pointer."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any, TypeVar

from services.payroll.domain.bounds import MAX_EXAMPLES
from services.payroll.domain.calculation.assignment import Reach, post_code, reach_of
from services.payroll.domain.calculation.facts import (
    NUMBERS,
    Fact,
    FactKind,
    FactValue,
    Field,
    FieldType,
    fact_kind,
    in_columns,
)
from services.payroll.domain.calculation.given import Person, RunInput, Target
from services.payroll.domain.calculation.outcome import Scope
from services.payroll.domain.errors import ExamplesInvalid, MonthInvalid
from services.payroll.domain.month import Month
from services.payroll.domain.vocabulary import POSTS

from .examples import Expected, WorkedExample

_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,9})?", re.ASCII)
_GIVEN = ("month", "posts", "people", "targets", "review_scores", "facts")
_UNWRITTEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
Json = Mapping[str, Any]
Read = TypeVar("Read")


def read_examples(document: object) -> tuple[WorkedExample, ...]:
    """Examples of a document `{"examples": [{"name": {"zh", "en"}, "clause", "month", "people", …, "expect"}]}`.

    Fields of facts and values of lists may be written in Chinese or English; amounts are strings.
    """
    whole = _object(document, "")
    _check_signs(whole)
    _only(whole, "", "plan", "examples")
    _maybe_text(whole, "plan", "")
    examples = _list(whole, "examples", "")
    if len(examples) > MAX_EXAMPLES:
        raise _invalid("/examples", f"例题超过 {MAX_EXAMPLES} 个 / more than {MAX_EXAMPLES} examples")
    return tuple(_example(_object(entry, pointer), pointer) for pointer, entry in _numbered("/examples", examples))


def read_input(entry: Json) -> RunInput:
    """The input of a run as an example writes it: `month`, `posts`, `people`, `targets`, `review_scores`, `facts`."""
    _check_signs(entry)
    _only(entry, "", *_GIVEN)
    return _given(entry, "")


def _example(entry: Json, at: str) -> WorkedExample:
    _only(entry, at, "name", "clause", "parameters", "expect", *_GIVEN)
    name = _object(entry.get("name"), f"{at}/name")
    _only(name, f"{at}/name", "zh", "en")
    return WorkedExample(
        chinese=_text(name, "zh", f"{at}/name"),
        english=_text(name, "en", f"{at}/name"),
        clause=_text(entry, "clause", at),
        given=_given(entry, at),
        expected=_expected(_object(entry.get("expect"), f"{at}/expect"), f"{at}/expect"),
        parameters=_parameters(_object(entry.get("parameters", {}), f"{at}/parameters"), f"{at}/parameters"),
    )


def _given(entry: Json, at: str) -> RunInput:
    try:
        month = Month.parse(_text(entry, "month", at))
    except MonthInvalid as refusal:
        raise _invalid(f"{at}/month", str(refusal)) from None
    scores = _object(entry.get("review_scores", {}), f"{at}/review_scores")
    people = tuple(_each(entry, "people", at, _person))
    return RunInput(
        month=month,
        people=people,
        targets=tuple(_each(entry, "targets", at, partial(_target, people))),
        review_scores={who: _decimal(score, f"{at}/review_scores/{who}") for who, score in scores.items()},
        facts=in_columns(_each(entry, "facts", at, _fact)),
        reach=_reach(entry, at, people),
    )


def _reach(entry: Json, at: str, people: tuple[Person, ...]) -> Reach:
    """Whom of the people the plan pays: those of the `posts`, each of the list or somebody's here; without, all."""
    if entry.get("posts") is None:
        return reach_of(None)
    written = [_said(post, pointer) for pointer, post in _numbered(f"{at}/posts", _list(entry, "posts", at))]
    if not written:
        raise _invalid(f"{at}/posts", "没有写出岗位 / it names no post")
    known = {*POSTS.spellings, *(post_code(person.post) for person in people)}
    for place, post in enumerate(written):
        if post_code(post) not in known:
            raise _invalid(f"{at}/posts/{place}", f"没有这个岗位 / no such post: {post!r}")
    return reach_of(written)


def _parameters(entry: Json, at: str) -> Mapping[str, str | bool]:
    for name, value in entry.items():
        if not isinstance(value, str | bool):
            raise _invalid(f"{at}/{name}", "应为文字、true 或 false / a text, true or false is needed")
    return dict(entry)


def _person(entry: Json, at: str) -> Person:
    _only(entry, at, "number", "name", "post", "team", "coefficient", "on_probation")
    coefficient = entry.get("coefficient")
    return Person(
        number=_text(entry, "number", at),
        name=_maybe_text(entry, "name", at),
        post=_text(entry, "post", at),
        team=_text(entry, "team", at) if entry.get("team") else None,
        coefficient=None if coefficient is None else Fraction(_decimal(coefficient, f"{at}/coefficient")),
        on_probation=_truth(entry.get("on_probation", False), f"{at}/on_probation"),
    )


def _target(people: Sequence[Person], entry: Json, at: str) -> Target:
    _only(entry, at, "scope", "subject", "metric", "value", "weight", "signed_on", "signed_by")
    signed_on = entry.get("signed_on")
    return Target(
        scope=_scope(people, entry, at),
        subject=_text(entry, "subject", at),
        metric=_text(entry, "metric", at),
        value=_decimal(entry.get("value"), f"{at}/value"),
        signed_on=None if signed_on is None else _day(signed_on, f"{at}/signed_on"),
        signed_by=None if entry.get("signed_by") is None else _text(entry, "signed_by", at),
        weight=_decimal(entry.get("weight", "1"), f"{at}/weight"),
    )


def _scope(people: Sequence[Person], entry: Json, at: str) -> Scope:
    """`person` or `team`; where it is not written a person's who is there by that number, else a team's."""
    subject, written = _text(entry, "subject", at), entry.get("scope")
    if written is None:
        is_person, is_team = (subject in {getattr(each, name) for each in people} for name in ("number", "team"))
        if is_person and is_team:
            raise _invalid(f"{at}/scope", "写明 person 或 team / say whether it is a person's or a team's")
        return Scope.PERSON if is_person else Scope.TEAM
    if written not in (Scope.PERSON.value, Scope.TEAM.value):
        raise _invalid(f"{at}/scope", "应为 person 或 team / person or team is needed")
    return Scope(written)


def _fact(entry: Json, at: str) -> Fact:
    kind = fact_kind(_text(entry, "kind", at))
    if kind is None:
        raise _invalid(f"{at}/kind", f"未知的事实种类 / unknown kind of fact: {entry['kind']!r}")
    fields = dict(_field(kind, key, value, at) for key, value in entry.items() if key not in ("kind", "id"))
    return Fact(_maybe_text(entry, "id", at) or at, 1, kind.name, fields)


def _field(kind: FactKind, written: str, value: object, at: str) -> tuple[str, FactValue]:
    place = kind.position(written)
    if place is None:
        raise _invalid(f"{at}/{written}", f"{kind.chinese[0]} 没有这个字段 / no such field of {kind.name}")
    field = kind.fields[place]
    return field.name, _value(field, value, f"{at}/{written}")


def _value(field: Field, value: object, at: str) -> FactValue:
    if value is None:
        return None
    if field.type is FieldType.DATE:
        return _day(value, at)
    if field.type is FieldType.BOOLEAN:
        return _truth(value, at)
    if field.type in NUMBERS:
        return _decimal(value, at)
    return _said(value, at)


def _expected(entry: Json, at: str) -> Expected:
    _only(entry, at, "figures", "lines", "totals", "notices", "refusal")
    figures = _object(entry.get("figures", {}), f"{at}/figures")
    lines = _object(entry.get("lines", {}), f"{at}/lines")
    if not any(entry.get(key) for key in ("figures", "lines", "totals", "notices", "refusal")):
        raise _invalid(at, "例题没有写出应得 / it says nothing that has to come out")
    return Expected(
        figures={step: _figure(value, f"{at}/figures/{step}") for step, value in figures.items()},
        lines={person: _amounts(value, f"{at}/lines/{person}") for person, value in lines.items()},
        totals=_amounts(entry.get("totals", {}), f"{at}/totals"),
        notices=tuple(
            _said(code, pointer) for pointer, code in _numbered(f"{at}/notices", _list(entry, "notices", at))
        ),
        refusal=_maybe_text(entry, "refusal", at),
    )


def _figure(value: object, at: str) -> str | Mapping[str, str]:
    return _amounts(value, at) if isinstance(value, dict) else str(_decimal(value, at))


def _amounts(value: object, at: str) -> Mapping[str, str]:
    return {name: str(_decimal(amount, f"{at}/{name}")) for name, amount in _object(value, at).items()}


def _each(entry: Json, key: str, at: str, read: Callable[[Json, str], Read]) -> list[Read]:
    return [read(_object(one, pointer), pointer) for pointer, one in _numbered(f"{at}/{key}", _list(entry, key, at))]


def _numbered(at: str, entries: list[object]) -> list[tuple[str, object]]:
    return [(f"{at}/{index}", entry) for index, entry in enumerate(entries)]


def _list(entry: Json, key: str, at: str) -> list[object]:
    value = entry.get(key, [])
    if not isinstance(value, list):
        raise _invalid(f"{at}/{key}", "应为列表 / a list is needed")
    return value


def _object(value: object, at: str) -> Json:
    if not isinstance(value, dict):
        raise _invalid(at, "应为对象 / an object is needed")
    return value


def _only(entry: Json, at: str, *keys: str) -> None:
    for key in entry:
        if key not in keys:
            known = ", ".join(keys)
            raise _invalid(f"{at}/{key}", f"未知的键,可以写 {known} / unknown key; known are {known}")


def _text(entry: Json, key: str, at: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value:
        raise _not_text(f"{at}/{key}")
    return value


def _said(value: object, at: str) -> str:
    if not isinstance(value, str):
        raise _not_text(at)
    return value


def _not_text(at: str) -> ExamplesInvalid:
    return _invalid(at, "应为文字 / a text is needed")


def _maybe_text(entry: Json, key: str, at: str) -> str:
    return "" if entry.get(key) in (None, "") else _text(entry, key, at)


def _check_signs(document: Json) -> None:
    """Refuse texts and keys that no database stores and nobody reads."""
    ahead: list[tuple[str, object]] = [("", document)]
    while ahead:
        at, value = ahead.pop()
        inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        if _UNWRITTEN.search("".join(value) if isinstance(value, dict) else value if isinstance(value, str) else ""):
            raise _invalid(at, "有控制字符 / has control characters")
        ahead.extend((f"{at}/{key}", part) for key, part in inside)


def _decimal(value: object, at: str) -> Decimal:
    if not isinstance(value, str) or _DECIMAL.fullmatch(value) is None:
        raise _invalid(at, f'金额与数写成文字 / numbers are written as strings, e.g. "12.50", not {value!r}')
    return Decimal(value)


def _truth(value: object, at: str) -> bool:
    if not isinstance(value, bool):
        raise _invalid(at, "应为 true 或 false / true or false is needed")
    return value


def _day(value: object, at: str) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise _invalid(at, f"日期写作 2026-03-01 / a date is written 2026-03-01, not {value!r}") from None


def _invalid(at: str, detail: str) -> ExamplesInvalid:
    refusal = ExamplesInvalid(f"{at}: {detail}")
    refusal.errors = [{"pointer": at, "code": "examples-invalid", "detail": detail}]
    return refusal
