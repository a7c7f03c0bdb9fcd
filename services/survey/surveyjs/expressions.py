"""The subset of SurveyJS conditions that is read: comparisons with and, or, ! and brackets."""

from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import LarkError, VisitError

from services.survey.surveyjs.words import OPERATORS

_GRAMMAR = r"""
    ?start: either
    ?either: both (_OR both)*
    ?both: single (_AND single)*
    ?single: _NOT "(" either ")" -> negated
        | "(" either ")"
        | NAME "notempty"i -> answered
        | NAME OPERATOR value -> comparison
    ?value: STRING -> string | SIGNED_INT -> integer | "true"i -> true | "false"i -> false
        | "[" value ("," value)* "]" -> list
    NAME: /\{[a-z][a-z0-9_]*\}/
    OPERATOR: "<=" | ">=" | "<>" | "!=" | "==" | "=" | "<" | ">" | /anyof\b/i | /contains\b/i
    STRING: /'[^']*'/ | /"[^"]*"/
    _OR: /or\b/i | "||"
    _AND: /and\b/i | "&&"
    _NOT: "!" | /not\b/i
    %import common.SIGNED_INT
    %import common.WS
    %ignore WS
"""
_NAMES = {symbol: name for name, symbol in OPERATORS.items()} | {"==": "eq", "!=": "ne"}
_LONGEST = 2000


class ExpressionUnreadable(ValueError):  # noqa: N818 - errors are named by what is wrong
    """Not in the subset; the message says where."""


class _Conditions(Transformer[Token, Any]):
    """To the JSON form of our conditions."""

    def either(self, parts: list[Any]) -> Any:  # noqa: ANN401 - JSON
        return {"any": parts}

    def both(self, parts: list[Any]) -> Any:  # noqa: ANN401 - JSON
        return {"all": parts}

    def negated(self, parts: list[Any]) -> Any:  # noqa: ANN401 - JSON
        return {"not": parts[0]}

    def answered(self, parts: list[Any]) -> Any:  # noqa: ANN401 - JSON
        return {"question": str(parts[0]).strip("{}"), "op": "answered"}

    def comparison(self, parts: list[Any]) -> Any:  # noqa: ANN401 - JSON
        name, symbol, value = parts
        return {"question": str(name).strip("{}"), "op": _NAMES[str(symbol).lower()], "value": value}

    def string(self, parts: list[Any]) -> str:
        return str(parts[0])[1:-1]

    def integer(self, parts: list[Any]) -> int:
        return int(parts[0])

    def true(self, _parts: list[Any]) -> bool:
        return True

    def false(self, _parts: list[Any]) -> bool:
        return False

    def list(self, parts: Any) -> Any:  # noqa: ANN401 - JSON
        return parts


_PARSER = Lark(_GRAMMAR, parser="lalr")


def read_expression(source: str) -> Any:  # noqa: ANN401 - JSON
    if len(source) > _LONGEST:
        raise ExpressionUnreadable(f"at most {_LONGEST} characters")
    try:
        return _Conditions().transform(_PARSER.parse(source))
    except (LarkError, VisitError, RecursionError) as error:
        raise ExpressionUnreadable(str(error).splitlines()[0]) from error
