"""A plan from one shop to another with the command line, through the real gateway."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from aftermile import work
from aftermile.state import StateFolder
from tests.e2e.stacks import a_stack_for_tests, a_store, run

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def state() -> Iterator[StateFolder]:
    with a_stack_for_tests() as state:
        yield state


def test_a_plan_is_exported_and_imported_with_the_command_line(state: StateFolder, tmp_path: Path) -> None:
    here, there = ("--state", state.path, "--store", "FROM"), ("--state", state.path, "--store", "TO")
    file = tmp_path / "plan.json"
    with a_store(state, "FROM") as gateway:
        nothing = run("plan", "export", *here)
        assert (nothing.returncode, "no plan is active" in nothing.stderr) == (1, True)
        work.ensure_plan(gateway)
        exported = run("plan", "export", *here)
        assert exported.returncode == 0, exported.stderr
    file.write_text("\ufeff" + exported.stdout, encoding="utf-8")
    with a_store(state, "TO") as gateway:
        for _ in range(2):
            taken = run("plan", "import", file, *there)
            assert taken.returncode == 0, taken.stderr
        (plan,) = gateway.items("/v1/plans")
        assert taken.stdout.split()[:2] == [plan["id"], "draft"]
        changed = json.loads(exported.stdout) | {"text": json.loads(exported.stdout)["text"] + " "}
        file.write_text(json.dumps(changed), encoding="utf-8")
        refused = run("plan", "import", file, *there)
        assert (refused.returncode, "/text" in refused.stderr, "Traceback" in refused.stderr) == (1, True, False)
