"""What is wrong with a field, said in Chinese and English: the words of the library that checks bodies, and our own."""

import re
from collections.abc import Mapping
from typing import Any, Final

_OURS: Final = re.compile(r"^(Value error|Assertion failed), ")
_WRITTEN: Final[Mapping[str, str]] = {
    r"^[12][0-9]{3}-(0[1-9]|1[0-2])$": "月份写作 2026-09 / a month is written 2026-09",
    r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$": "月份写作 2026-09 / a month is written 2026-09",
    r"^[^\x00]*$": "不能有空字符(U+0000) / the character U+0000 cannot be stored",
    r'^"\d{1,9}"$': 'If-Match 写作 "3",即读到的版本,带引号 / write the version that was read, in quotes: "3"',
}
"""What the patterns of several fields mean; what any other one asks for is shown as it is."""
_DAY: Final = "日期写作 2026-03-01,且确有这一天 / a date is written 2026-03-01, and is a day that there is"
_TIME: Final = (
    "时间写作 2026-03-01T09:00:00+08:00,带时区 / a time is written 2026-03-01T09:00:00+08:00, with its offset"
)
_SAID: Final[Mapping[str, str]] = {
    "missing": "必填 / is needed",
    "extra_forbidden": "没有这一项 / there is no such field",
    "string_type": "应为文字 / a text is needed",
    "string_unicode": "文字中有不成字的编码 / the text has codes that are no characters",
    "string_too_short": "至少 {min_length} 个字 / at least {min_length} character(s)",
    "string_too_long": "至多 {max_length} 个字 / at most {max_length} character(s)",
    "string_pattern_mismatch": "写法应符合 {pattern} / does not match {pattern}",
    "int_type": "应为整数 / a whole number is needed",
    "int_parsing": "应为整数 / a whole number is needed",
    "int_parsing_size": "数太大 / the number is too large",
    "int_from_float": "应为整数 / a whole number is needed",
    "float_type": "应为数 / a number is needed",
    "float_parsing": "应为数 / a number is needed",
    "finite_number": "应为有限的数 / a finite number is needed",
    "greater_than": "应大于 {gt} / has to be greater than {gt}",
    "greater_than_equal": "不小于 {ge} / has to be {ge} or more",
    "less_than": "应小于 {lt} / has to be less than {lt}",
    "less_than_equal": "不大于 {le} / has to be {le} or less",
    "bool_type": "应为 true 或 false / true or false is needed",
    "bool_parsing": "应为 true 或 false / true or false is needed",
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
    "timezone_aware": _TIME,
    "uuid_type": "应为编号(UUID) / an id (UUID) is needed",
    "uuid_parsing": "应为编号(UUID) / an id (UUID) is needed",
    "enum": "可以是 {expected} / can be {expected}",
    "literal_error": "可以是 {expected} / can be {expected}",
    "list_type": "应为列表 / a list is needed",
    "dict_type": "应为对象 / an object is needed",
    "model_type": "应为对象 / an object is needed",
    "model_attributes_type": "应为对象 / an object is needed",
    "too_short": "至少 {min_length} 项 / at least {min_length} of them",
    "too_long": "至多 {max_length} 项 / at most {max_length} of them",
    "json_invalid": "正文不是 JSON:{error} / the body is no JSON: {error}",
}


def field_words(error: Mapping[str, Any]) -> str:
    """Of one entry of a ValidationError; a validator of our own has said it already."""
    kind, context = str(error["type"]), error.get("ctx") or {}
    if kind == "string_pattern_mismatch" and context["pattern"] in _WRITTEN:
        return _WRITTEN[context["pattern"]]
    if kind in _SAID:
        return _SAID[kind].format_map(context)
    return _OURS.sub("", str(error["msg"]))
