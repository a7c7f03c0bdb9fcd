"""The canonical text of a plan, in Chinese or English words: what it says stays the same, to the cent."""

from .plan_reader import parse_plan
from .printing import printed
from .source import Source, read_source
from .spelling import Language, Speech


def format_plan(text: str, language: Language) -> str:
    """The plan in one layout. Comments stand above their statement, blank lines between statements are at most one."""
    return format_source(read_source(text), language)


def format_source(source: Source, language: Language) -> str:
    """PlanInvalid when it grows past a bound: English names may be longer than the Chinese ones."""
    speech = Speech(language, source.nodes)
    lines: list[str] = []
    for one in source.written:
        if one.spaced:
            lines.append("")
        lines.extend(f"#{comment}" for comment in one.comments)
        if one.node is not None:
            lines.append(printed(speech.statement(one.node), language))
    text = "\n".join(lines) + "\n"
    parse_plan(text)
    return text
