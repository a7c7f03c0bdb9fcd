"""What is told of a stack that runs."""

import os
import re
from pathlib import Path

import pytest

from aftermile.keys import load, load_or_generate
from aftermile.state import Running, StateFolder
from aftermile.status import print_running


@pytest.mark.parametrize("on_screen", [True, False])
def test_the_first_password_is_shown_on_a_terminal_and_written_to_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], on_screen: bool
) -> None:
    monkeypatch.setenv("FORCE_COLOR" if on_screen else "NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    state = StateFolder(tmp_path / "state")
    state.prepare()
    load_or_generate(state.secrets)
    state.lock()
    try:
        state.record(Running(os.getpid(), 1, ready=True))
        assert print_running(state)
    finally:
        state.unlock()
    told = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert (load(state.secrets).admin_password in told) is on_screen
    assert "secrets.json" in told
