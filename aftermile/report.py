"""What a month came to, as tables for a terminal."""

from collections.abc import Iterable, Mapping, Sequence
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
MOST_ROWS = 20


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


def print_rejected(console: Console, words: Words, rows: Sequence[Row], every_row: str) -> None:
    """The first rows that were not taken: where each stands, which it is, and why."""
    if not rows:
        return
    console.print(f"[bold]{words['rejected']}")
    for row in rows:
        reasons = "; ".join(map(_reason, row["remarks"]))
        console.print(
            f"  {row['file']} {row['row']} {row['key']}: {reasons}", highlight=False, soft_wrap=True, markup=False
        )
    console.print(f"[dim]{words['every_row']}: {every_row}", highlight=False, soft_wrap=True)


def _reason(remark: Row) -> str:
    column = f"{remark['column']}: " if remark["column"] else ""
    return f"{column}{remark['message']}" + (f" ({remark['value']})" if remark["value"] else "")


def print_pay(console: Console, words: Words, run: Row, statements: Iterable[Row]) -> None:
    title = f"{words['pay']} {run['month']}"
    table = _table(title, words["employee"], words["line"], words["clause"], *_right(words["amount"], words["total"]))
    for statement in statements:
        who = f"{statement['employee']} {statement['name'] or ''}"
        for place, line in enumerate(statement["lines"]):
            last = place == len(statement["lines"]) - 1
            name = words.pick(line["name"], line["component"])
            total = f"[bold]{statement['total']}" if last else ""
            table.add_row("" if place else who, name, line["clause"], line["amount"], total)
    table.add_section()
    table.add_row(words["total"], "", "", "", f"[bold]{run['total']}")
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
    root = Tree(f"[bold]{_label(words, thread.line)}[/]  〔{thread.line['data']['clause']}〕")
    branch = root.add(_step(words, thread.step))
    branch = branch.add(f"[green]{_label(words, thread.fact)}[/]  {thread.fact['data'].get('occurred_on', '')}")
    branch = branch.add(_order(words, thread))
    branch = branch.add(_upsell(words, thread.upsell))
    answer = thread.response["data"]
    branch.add(f"{_label(words, thread.response)}: {answer['questionnaire']}, CSI [bold]{_short(answer.get('csi'))}")
    return root


def _label(words: Words, node: Row) -> str:
    return words.pick(node["label"]["zh"], node["label"]["en"])


def _step(words: Words, step: Row) -> RenderableType:
    told = step["data"]
    head = f"[cyan]{_label(words, step)}[/] = [bold]{_short(told['value'])}[/]"
    read = [f"{s['text']}: {s['count']} {words['facts']} = {_short(s['value'])}" for s in told["selections"] or ()]
    return Group(Text.from_markup(head), Text(f"{told['formula']}", style="dim"), Text("; ".join(read), style="dim"))


def _order(words: Words, thread: Thread) -> RenderableType:
    order = thread.order["data"]
    head = f"[green]{_label(words, thread.order)}[/]  {words.code(order['order_kind'])}  {order.get('settled_on', '')}"
    table = Table(box=None, show_header=False, padding=(0, 1))
    for line in thread.lines:
        table.add_row(_label(words, line), line["data"]["amount"], words.code(line["data"].get("authorisation", "")))
    return Group(Text.from_markup(head), table)


def _upsell(words: Words, upsell: Row) -> str:
    told = upsell["data"]
    codes = [words.code(told[key], key) for key in ("source", "stage") if key in told]
    found = ", ".join([*codes, *([told["finder"]] if "finder" in told else [])])
    return f"[green]{_label(words, upsell)}[/] ({found}); {words['decision']}: [bold]{words.code(told['decision'])}"


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
