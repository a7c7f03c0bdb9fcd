"""The command line. Each command loads what it needs when it runs: the supervisor stays small."""

import os
import signal
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from aftermile.failures import Failure
from aftermile.plan import DEFAULT_PORT_BASE, Name

app = typer.Typer(
    name="aftermile",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="After-sales platform of a car dealership: records, repair orders, satisfaction and pay.",
)

State = Annotated[
    Path, typer.Option("--state", envvar="AFTERMILE_STATE", help="Folder of secrets, logs and the embedded database.")
]
PortBase = Annotated[
    int, typer.Option("--port-base", min=1024, max=65_000, help="Port of the gateway; the services take the next four.")
]
DEFAULT_STATE = Path(".aftermile")
DEMO_STATE = Path(".aftermile/demo")
DEMO_EXPORT = Path(__file__).resolve().parent.parent / "demo" / "dms-export-2026-09"


def main() -> None:
    """Runs a command; what can go wrong in the ordinary way ends in one plain sentence and status 1."""
    try:
        app()
    except Failure as failure:
        say(f"aftermile: {failure}")
        sys.exit(1)


def say(text: str) -> None:
    typer.echo(text, err=True)


@app.command()
def up(
    state: State = DEFAULT_STATE,
    port_base: PortBase = DEFAULT_PORT_BASE,
    logs: Annotated[bool, typer.Option("--logs", help="Log to the terminal, not to files.")] = False,
) -> None:
    """Start everything: PostgreSQL, four services, the gateway. Ctrl-C ends it, a second one at once."""
    from aftermile.stack import Choices, Stack  # noqa: PLC0415
    from aftermile.state import StateFolder  # noqa: PLC0415
    from aftermile.status import print_running  # noqa: PLC0415
    from aftermile.tether import tether  # noqa: PLC0415

    if parent := os.environ.pop("AFTERMILE_PARENT", ""):
        tether(int(parent), signal.SIGTERM)()
    folder = StateFolder(state)
    Stack(folder, Choices(port_base, logs), say).run(when_ready=lambda: print_running(folder))


@app.command()
def down(state: State = DEFAULT_STATE) -> None:
    """End what `up` has started."""
    from aftermile.state import StateFolder  # noqa: PLC0415
    from aftermile.status import end  # noqa: PLC0415

    say("ended" if end(StateFolder(state)) else "nothing runs here")


@app.command()
def status(state: State = DEFAULT_STATE) -> None:
    """Show what runs where. Status 3 when nothing does."""
    from aftermile.state import StateFolder  # noqa: PLC0415
    from aftermile.status import print_running  # noqa: PLC0415

    if not print_running(StateFolder(state)):
        say("nothing runs here; 'aftermile up' starts it")
        raise typer.Exit(3)


@app.command()
def doctor(state: State = DEFAULT_STATE, port_base: PortBase = DEFAULT_PORT_BASE) -> None:
    """Explain what is wrong with this installation, and what to do."""
    from aftermile.doctor import diagnose, print_findings  # noqa: PLC0415
    from aftermile.state import StateFolder  # noqa: PLC0415

    if not print_findings(diagnose(StateFolder(state), port_base)):
        raise typer.Exit(1)


@app.command()
def migrate(
    database: Annotated[list[Name] | None, typer.Option(help="Only this one; may be repeated.")] = None,
    own_server: Annotated[
        bool, typer.Option("--own-server", help="The server holds nothing else: close its other databases too.")
    ] = False,
) -> None:
    """Make databases ready: roles, migrations, first account. The environment says where, see docs/operations.md."""
    from aftermile.prepare import close_server, prepare  # noqa: PLC0415

    if own_server:
        close_server(os.environ)
    prepare([name.value for name in database or Name], os.environ, say)


@app.command()
def serve(name: Name) -> None:
    """Run one process in the foreground; its settings come from the environment."""
    from aftermile.serve import serve as serve_process  # noqa: PLC0415

    serve_process(name.value)


@app.command()
def ready(port: Annotated[int, typer.Argument(help="The port of a process on this machine.")]) -> None:
    """Whether one process is ready: for health checks of containers."""
    from aftermile.supervisor import readiness  # noqa: PLC0415

    if why := readiness(port):
        say(why)
        raise typer.Exit(1)


@app.command()
def keys() -> None:
    """Print a new .env for docker-compose.yml, with secrets of its own."""
    from aftermile.keys import environment_file, generate  # noqa: PLC0415

    sys.stdout.write(environment_file(generate()))


Lang = Annotated[Literal["zh", "en"] | None, typer.Option(help="Language of the output; by LANG when not given.")]
Store = Annotated[str | None, typer.Option("--store", help="Code of the store, where there are several.")]
Month = Annotated[str, typer.Option("--month", help="YYYY-MM", metavar="YYYY-MM")]


@app.command("import")
def import_(
    export: Annotated[Path, typer.Argument(help="Folder, zip or Excel workbook of a DMS export.")],
    mapping: Annotated[str | None, typer.Option("--mapping", help="Another kind, such as pay-sheets.")] = None,
    state: State = DEFAULT_STATE,
    store: Store = None,
    lang: Lang = None,
) -> None:
    """Import an export through the gateway of the running stack, and print the report."""
    from aftermile.demo import import_only  # noqa: PLC0415
    from aftermile.state import StateFolder  # noqa: PLC0415

    import_only(StateFolder(state), export, mapping, store, lang)


@app.command()
def pay(month: Month, state: State = DEFAULT_STATE, store: Store = None, lang: Lang = None) -> None:
    """Compute a month's pay from what is in the running stack, and print it."""
    from aftermile.demo import pay_only  # noqa: PLC0415
    from aftermile.state import StateFolder  # noqa: PLC0415

    pay_only(StateFolder(state), month, store, lang)


@app.command()
def explain(
    employee: Annotated[str, typer.Argument(metavar="EMPLOYEE", help="Employee number.")],
    month: Month,
    *,
    sums: Annotated[bool, typer.Option("--sums", help="Also what each person or team adds to sums.")] = False,
    state: State = DEFAULT_STATE,
    store: Store = None,
    lang: Lang = None,
) -> None:
    """Tell how somebody's pay of a month came about: as it was closed, else by the latest run."""
    from aftermile.explanations import explain as explained  # noqa: PLC0415
    from aftermile.session import gateway_of  # noqa: PLC0415
    from aftermile.state import StateFolder  # noqa: PLC0415
    from aftermile.words import default_language  # noqa: PLC0415

    with gateway_of(StateFolder(state), lang or default_language(), store) as gateway:
        for text in explained(gateway, employee, month, sums=sums):
            typer.echo(text)


@app.command()
def demo(
    *,
    export: Annotated[Path, typer.Option(help="Folder, zip or Excel workbook of a DMS export.")] = DEMO_EXPORT,
    month: Month = "2026-09",
    json: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the stack running afterwards.")] = False,
    state: Annotated[Path, typer.Option("--state", help="Folder of the demo; it is emptied first.")] = DEMO_STATE,
    port_base: PortBase = DEFAULT_PORT_BASE,
    lang: Lang = None,
) -> None:
    """One month from its export to everybody's pay, with the reasons. Starts from empty databases of its own."""
    from aftermile.demo import Wishes, run_demo  # noqa: PLC0415
    from aftermile.state import StateFolder  # noqa: PLC0415

    run_demo(StateFolder(state), Wishes(export, month, port_base, json, keep), lang)


@app.command()
def verify(
    receipt: Annotated[Path, typer.Argument(metavar="FILE", help="A receipt of a closed statement.")],
    key: Annotated[
        str | None,
        typer.Option("--key", help="The payroll's public key: JWK or key set, text or file; or its thumbprint."),
    ] = None,
    lang: Lang = None,
) -> None:
    """Check a receipt of pay offline. Status 1 when it is wrong, 3 when it is right but whose key it is nobody says."""
    from aftermile.receipts import KEY_UNKNOWN, SignerUnknown  # noqa: PLC0415
    from aftermile.receipts import verify as verify_receipt  # noqa: PLC0415

    try:
        for line in verify_receipt(receipt, key, lang):
            typer.echo(line)
    except SignerUnknown:
        raise typer.Exit(KEY_UNKNOWN) from None


plan_app = typer.Typer(no_args_is_help=True, help="Commission plans as files: check, format, compare, export, import.")
app.add_typer(plan_app, name="plan")
PlanFile = Annotated[Path, typer.Argument(metavar="FILE", help="A plan's text, its JSON form, or an exported plan.")]


@plan_app.command("check")
def check_plan(
    file: PlanFile,
    examples: Annotated[
        Path | None, typer.Option(help="Worked examples; without it NAME.examples.json beside NAME.plan.")
    ] = None,
    lang: Lang = None,
) -> None:
    """Say what is wrong with a plan, by line and column, and whether its examples come out."""
    from aftermile.plan_files import check  # noqa: PLC0415

    for line in check(file, examples, lang):
        typer.echo(line)


@plan_app.command("format")
def format_plan(
    file: PlanFile,
    lang: Lang = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the JSON form.")] = False,
) -> None:
    """Print a plan in its one layout, in Chinese or English words: what it says stays the same."""
    from aftermile.plan_files import formatted  # noqa: PLC0415

    typer.echo(formatted(file, lang, as_json=as_json))


@plan_app.command("diff")
def compare_plans(older: PlanFile, newer: PlanFile, lang: Lang = None) -> None:
    """Tell in words what a newer plan changes: clause, from what, to what, from which day."""
    from aftermile.plan_files import differences  # noqa: PLC0415

    for line in differences(older, newer, lang):
        typer.echo(line)


@plan_app.command("export")
def export_plan(
    plan: Annotated[str | None, typer.Argument(help="Id of the plan; without it the active one.")] = None,
    state: State = DEFAULT_STATE,
    store: Store = None,
    lang: Lang = None,
) -> None:
    """Print a plan of the running stack as one file: text, examples, values of parameters, hashes."""
    from aftermile.plan_exchange import export_plan as exported  # noqa: PLC0415
    from aftermile.session import gateway_of  # noqa: PLC0415
    from aftermile.state import StateFolder  # noqa: PLC0415
    from aftermile.words import default_language  # noqa: PLC0415

    with gateway_of(StateFolder(state), lang or default_language(), store) as gateway:
        typer.echo(exported(gateway, plan), nl=False)


@plan_app.command("import")
def import_plan(
    file: Annotated[Path, typer.Argument(help="An exported plan, or a text with NAME.examples.json beside it.")],
    state: State = DEFAULT_STATE,
    store: Store = None,
    lang: Lang = None,
) -> None:
    """Take a plan into the running stack as a draft, to be reviewed there; the same file twice is one."""
    from aftermile.plan_exchange import import_plan as imported  # noqa: PLC0415
    from aftermile.session import gateway_of  # noqa: PLC0415
    from aftermile.state import StateFolder  # noqa: PLC0415
    from aftermile.words import default_language  # noqa: PLC0415

    with gateway_of(StateFolder(state), lang or default_language(), store) as gateway:
        found = imported(gateway, file)
        typer.echo(f"{found['plan']['id']} {found['plan']['status']} {found['plan']['name']}")
