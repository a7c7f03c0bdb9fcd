"""One month from its export to the pay of everybody, shown with the reasons."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from aftermile import report, work
from aftermile.client import Gateway
from aftermile.figures import MonthOfWork, figures_of, month_read
from aftermile.session import USERNAME, a_stack, gateway_of
from aftermile.state import StateFolder
from aftermile.thread import find_thread
from aftermile.words import Language, Words, default_language


@dataclass(frozen=True)
class Wishes:
    """What the user asked the demo for."""

    export: Path
    month: str
    port_base: int
    json_file: Path | None = None
    keep: bool = False


class Steps:
    """Tells what is being done, and how long it took."""

    def __init__(self, console: Console, words: Words) -> None:
        self.console = console
        self.words = words

    @contextmanager
    def step(self, key: str, what: str = "") -> Iterator[None]:
        began = time.monotonic()
        with self.console.status(f"{self.words[key]} {what}"):
            yield
        self._done(key, what, began)

    @contextmanager
    def progress(self, key: str, what: str) -> Iterator[Callable[[int, int], None]]:
        began = time.monotonic()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.console, transient=True) as bar:
            task = bar.add_task(f"{self.words[key]} {what}", total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total or None)
        self._done(key, what, began)

    def _done(self, key: str, what: str, began: float) -> None:
        seconds = time.monotonic() - began
        self.console.print(f"[green]✓[/] {self.words[key]} {what} [dim]{seconds:.1f} s[/]", highlight=False)


def run_demo(state: StateFolder, wishes: Wishes, language: Language | None) -> None:
    console, words = report.terminal(), Words(language or default_language())
    steps = Steps(console, words)
    began = time.monotonic()
    work.files_in(wishes.export)
    work.days_of(wishes.month)
    with ExitStack() as opened:
        with steps.step("step_stack"):
            opened.enter_context(a_stack(state, wishes.port_base, keep=wishes.keep))
        gateway = opened.enter_context(gateway_of(state, words.language))
        month = _month_of_work(gateway, wishes, steps)
        if wishes.json_file is not None:
            text = json.dumps(figures_of(month), ensure_ascii=False, indent=1)
            wishes.json_file.write_text(f"{text}\n", encoding="utf-8")
        _print_month(gateway, month, console, words)
        _print_next(gateway, state, month, console, words)
    if not wishes.keep:
        console.print(f"aftermile up --state {state.path}   [dim]# {words['next_up']}", highlight=False, soft_wrap=True)
    console.print(f"[dim]{words['took']} {time.monotonic() - began:.1f} s")


def import_only(
    state: StateFolder, export: Path, mapping: str | None, store: str | None, language: Language | None
) -> None:
    console, words = report.terminal(), Words(language or default_language())
    steps = Steps(console, words)
    with gateway_of(state, words.language, store) as gateway:
        with steps.progress("step_import", export.name) as progress:
            imported = work.import_export(gateway, export, None, progress, mapping)
        report.print_import(console, words, imported)
        address = f"/v1/imports/{imported['id']}"
        rejected = islice(gateway.items(f"{address}/rows", outcome="rejected"), report.MOST_ROWS)
        report.print_rejected(console, words, list(rejected), f"{gateway.url}{address}/report.csv")


def pay_only(state: StateFolder, month: str, store: str | None, language: Language | None) -> None:
    work.days_of(month)
    console, words = report.terminal(), Words(language or default_language())
    steps = Steps(console, words)
    with gateway_of(state, words.language, store) as gateway:
        with steps.step("step_plan"):
            work.ensure_plan(gateway)
        with steps.step("step_run", month):
            run = work.run_month(gateway, month)
        report.print_pay(console, words, run, gateway.items(f"/v1/runs/{run['id']}/statements"))


def _month_of_work(gateway: Gateway, wishes: Wishes, steps: Steps) -> MonthOfWork:
    with steps.step("step_plan"):
        work.ensure_plan(gateway)
    with steps.step("step_questionnaire"):
        work.ensure_questionnaire(gateway)
    with steps.progress("step_import", wishes.export.name) as progress:
        imported = work.import_export(gateway, wishes.export, wishes.month, progress)
    with steps.step("step_feeds"):
        work.wait_for_feeds(gateway)
    with steps.step("step_run", wishes.month):
        run = work.run_month(gateway, wishes.month)
    return month_read(gateway, imported, run)


def _print_month(gateway: Gateway, month: MonthOfWork, console: Console, words: Words) -> None:
    report.print_import(console, words, month.report)
    report.print_pay(console, words, month.run, month.statements)
    report.print_scores(console, words, month.scores)
    report.print_upsells(console, words, month.upsells)
    thread = find_thread(gateway, month.statements)
    report.print_thread(console, words, thread)
    counted = f"{month.figures['facts']} {words['facts_total']}"
    console.print(f"{words['hash']} {month.run['hash']}, {counted}", highlight=False, soft_wrap=True)


def _print_next(gateway: Gateway, state: StateFolder, month: MonthOfWork, console: Console, words: Words) -> None:
    run, lines = month.run["id"], [line for s in month.statements for line in s["lines"]]
    login = f"curl -s {gateway.url}/v1/login -H 'Content-Type: application/json' -d"
    calls = [
        ("next_login", f"""{login} '{{"username":"{USERNAME}","password":"…"}}'   # {state.secrets}"""),
        ("next_statement", f"{gateway.url}/v1/runs/{run}/statements"),
        *[("next_trace", f"{gateway.url}/v1/runs/{run}/trace/{line['id']}") for line in lines[:1]],
        ("next_order", f"{gateway.url}/v1/overviews/repair-orders/…"),
    ]
    console.print(f"[bold]{words['next']}")
    for key, call in calls:
        command = call if call.startswith("curl") else f'curl -s -H "Authorization: Bearer $TOKEN" {call}'
        console.print(f"  {words[key]}:", highlight=False)
        console.print(f"    {command}", highlight=False, soft_wrap=True, markup=False)
