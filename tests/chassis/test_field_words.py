"""What is wrong with a field is said in both languages, and in words that its reader understands."""

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, TypeAdapter, ValidationError

from chassis.field_words import field_words
from chassis.representation import LEGIBLE, ExactDecimal, Money, RequestBody

MONTH = r"^[12][0-9]{3}-(0[1-9]|1[0-2])$"


class Colour(StrEnum):
    RED = "red"


class Named(RequestBody):
    name: str


def _said(kind: Any, value: object) -> str:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(kind).validate_python(value)
    return field_words(raised.value.errors()[0])


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        (Named, {}, "必填 / "),
        (Named, {"name": "x", "nme": 1}, "没有这一项 / "),
        (Named, [], "应为对象 / "),
        (dict, [], "应为对象 / "),
        (str, 1, "应为文字 / "),
        (Annotated[str, StringConstraints(max_length=9)], "\ud800", "文字中有不成字的编码 / "),
        (Annotated[str, Field(min_length=1)], "", "至少 1 个字 / "),
        (Annotated[str, Field(max_length=3)], "1234", "至多 3 个字 / "),
        (Annotated[str, StringConstraints(pattern=MONTH)], "2026-13", "月份写作 2026-09 / "),
        (Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")], "\x00", "不能有空字符"),
        (Annotated[str, StringConstraints(pattern="^a$")], "b", "写法应符合 ^a$ / "),
        (int, "x", "应为整数 / "),
        (int, 1.5, "应为整数 / "),
        (int, None, "应为整数 / "),
        (float, "x", "应为数 / "),
        (Annotated[ExactDecimal, Field(ge=0)], "-1", "不小于 0 / "),
        (Annotated[ExactDecimal, Field(le=1000)], "1001", "不大于 1000 / "),
        (Annotated[Money, Field(gt=0)], "0.00", "应大于 0 / "),
        (Annotated[Money, Field(lt=10)], "10.00", "应小于 10 / "),
        (Money, 12.3, "金额写成带两位小数的文字"),
        (ExactDecimal, "NaN", "数写成文字"),
        (bool, "maybe", "应为 true 或 false / "),
        (date, "2026-02-30", "日期写作 2026-03-01"),
        (date, 20250101, "日期写作 2026-03-01"),
        (date, [], "日期写作 2026-03-01"),
        (AwareDatetime, datetime(2026, 3, 1), "时间写作 "),  # noqa: DTZ001 - one without an offset is refused
        (AwareDatetime, "yesterday", "时间写作 "),
        (UUID, "x", "应为编号(UUID) / "),
        (UUID, 1, "应为编号(UUID) / "),
        (Colour, "blue", "可以是 'red' / "),
        (Literal["a", "b"], "c", "可以是 'a' or 'b' / "),
        (list[int], 1, "应为列表 / "),
        (Annotated[list[int], Field(min_length=1)], [], "至少 1 项 / "),
        (Annotated[list[int], Field(max_length=1)], [1, 2], "至多 1 项 / "),
        (Annotated[str, LEGIBLE], "\u200b", "要有看得见的字"),
        (Annotated[str, LEGIBLE], "name \u202egnihsaw", "要有看得见的字"),
    ],
)
def test_a_wrong_field_is_told_in_chinese_and_in_english(kind: Any, value: object, told: str) -> None:
    said = _said(kind, value)
    assert said.startswith(told)
    assert re.search(r" / [a-zA-Z].*[a-z]", said)
    assert "Value error" not in said


def test_what_nobody_has_put_into_words_is_told_as_the_library_tells_it() -> None:
    class Odd(BaseModel):
        size: Annotated[int, Field(multiple_of=2)]

    assert _said(Odd, {"size": 3}) == "Input should be a multiple of 2"
