"""What a month came to, as tables for a terminal."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from aftermile.thread import Thread
from aftermile.words import Words

Row = Mapping[str, Any]


def terminal() -> Console:
    """Where the output is no terminal its lines may be long: nobody's window breaks them."""
    console = Console()
    return console if console.is_terminal else Console(width=110)


def print_import(console: Console, words: Words, report: Row) -> None:
    outcomes = ("created", "updated", "unchanged", "duplicate", "rejected", "warned")
    table = _table(words["report"], words["file"], *_right(words["rows"], *(words[o] for o in outcomes)))
    for file in report["files"]:
        table.add_row(file["file"], str(file["rows"]), *(str(file[o]) if file[o] else "·" for o in outcomes))
    console.print(table)
    for file in report["files"]:
        for finding in file["findings"]:
            console.print(f"  {file['file']}: {finding['message']} [bold]{finding['rows']}", highlight=False)


def print_pay(console: Console, words: Words, run: Row, statements: Row) -> None:
    title = f"{words['pay']} {run['month']}"
    table = _table(title, words["employee"], words["line"], words["clause"], *_right(words["amount"], words["total"]))
    for statement in statements["statements"]:
        who = f"{statement['employee']} {statement['name'] or ''}"
        for place, line in enumerate(statement["lines"]):
            last = place == len(statement["lines"]) - 1
            name = words.pick(line["name"], line["component"])
            total = f"[bold]{statement['total']}" if last else ""
            table.add_row("" if place else who, name, line["clause"], line["amount"], total)
    table.add_section()
    table.add_row(words["total"], "", "", "", f"[bold]{statements['total']}")
    console.print(table)
    for warning in run["warnings"]:
        console.print(f"[yellow]![/] {words.pick(warning['chinese'], warning['english'])}", highlight=False)


def print_scores(console: Console, words: Words, scores: Row) -> None:
    headings = (words["answers"], "CSI", words["interval"], words["fair"], "NPS", words["interval"], words["gap"])
    title = f"{words['satisfaction']} {scores['from']} – {scores['to']}"
    table = _table(title, words["advisor"], *_right(*headings))
    for group in scores["groups"]:
        csi, nps, fair = group["csi"], group["nps"], _short(group["csi_shrunk"], 1)
        row = (_value(csi, 1), _interval(csi), fair, _value(nps, 1), _interval(nps), _value(group["gap"], 2))
        table.add_row(str(group["key"] or ""), str(group["n"]), *row)
    console.print(table)


def print_upsells(console: Console, words: Words, upsells: Row) -> None:
    headings = (words["proposed"], words["approved"], words["rate"], words["money"])
    table = _table(words["upsells"], words["advisor"], *_right(*headings))
    for group in upsells["advisors"]:
        rate = f"{group['approved'] / group['proposed']:.0%}" if group["proposed"] else ""
        table.add_row(
            str(group["advisor"]), str(group["proposed"]), str(group["approved"]), rate, str(group["approved_amount"])
        )
    console.print(table)


def print_thread(console: Console, words: Words, thread: Thread | None) -> None:
    console.print(Text(words["thread"], style="bold"))
    console.print(words["no_thread"] if thread is None else _tree(words, thread))


def _tree(words: Words, thread: Thread) -> Tree:
    line, fact = thread.line, thread.fact
    name = words.pick(line["name"], line["component"])
    branch = root = Tree(f"[bold]¥{line['amount']}[/]  {line['employee']}  {name}  〔{line['clause']}〕")
    for step in thread.steps:
        branch = branch.add(_step(words, step))
    kind = f"{words.pick(fact['kind_chinese'], fact['kind'])} {fact['subject']}"
    branch = branch.add(f"[green]{kind}[/]  {fact['occurred_on'] or ''}  ¥{fact['amount'] or ''}".rstrip("¥ "))
    branch = branch.add(_order(words, thread))
    branch = branch.add(_upsell(words, thread.upsell))
    answer = thread.response
    branch.add(
        f"{words['answer']}: {answer['submitted_on']}, {answer['questionnaire']}, CSI [bold]{_short(answer['csi'])}"
    )
    return root


def _step(words: Words, step: Row) -> RenderableType:
    subject = f" {step['subject']}" if step["subject"] else ""
    name = words.pick(step["name"], step["step"])
    head = f"[cyan]{name}[/]{subject} = [bold]{_short(step['value'])}[/]  〔{step['clause']}〕"
    read = [f"{words.pick(value['chinese'], value['name'])} = {_short(value['value'])}" for value in step["inputs"]]
    read += [f"{s['text']}: {s['count']} {words['facts']} = {_short(s['value'])}" for s in step["selections"]]
    return Group(Text.from_markup(head), Text(f"{step['formula']}", style="dim"), Text("; ".join(read), style="dim"))


def _order(words: Words, thread: Thread) -> RenderableType:
    order = thread.overview["workorder"]["data"] or {}
    about = f"{order.get('kind', '')}  {order.get('settled_on') or ''}"
    head = f"{words['order']} [green]{thread.fact['order_number']}[/]  {about}"
    table = Table(box=None, show_header=False, padding=(0, 1))
    for line in order.get("lines", ()):
        table.add_row(*(str(line.get(key) or "") for key in ("line_number", "kind", "name", "amount", "authorisation")))
    return Group(Text.from_markup(head), table)


def _upsell(words: Words, upsell: Row) -> str:
    found = ", ".join(str(upsell[key]) for key in ("source", "stage", "finder") if upsell[key])
    decision = " ".join(str(upsell[key]) for key in ("decision", "decided_by_method") if upsell[key])
    what = f"{words['upsell']} [green]{upsell['number']}[/]  {upsell['operation']} ({found})"
    return f"{what}; {words['decision']}: [bold]{decision}"


def _table(title: str, *headings: str | tuple[str]) -> Table:
    """A heading in a tuple is of a column of numbers."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for heading in headings:
        if isinstance(heading, tuple):
            table.add_column(heading[0], justify="right", no_wrap=True)
        else:
            table.add_column(heading, no_wrap=True)
    return table


def _right(*headings: str) -> Sequence[tuple[str]]:
    return [(heading,) for heading in headings]


def _short(exact: object, places: int = 3) -> str:
    """An exact number to read."""
    if exact is None or isinstance(exact, bool):
        return "" if exact is None else str(exact)
    try:
        value = Fraction(str(exact))
    except ValueError:
        return str(exact)
    shown = format(Decimal(value.numerator) / Decimal(value.denominator), f".{places}f")
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _value(estimate: Any, places: int) -> str:  # noqa: ANN401 - an estimate or null
    return "" if estimate is None else _short(estimate["value"], places)


def _interval(estimate: Any) -> str:  # noqa: ANN401 - an estimate or null
    if estimate is None or estimate["low"] is None:
        return ""
    return f"{_short(estimate['low'], 1)} – {_short(estimate['high'], 1)}"
