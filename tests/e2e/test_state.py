"""The state folder: its secrets, its lock, and what each process is told."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

from aftermile.keys import SecretsUnreadable, generate, load, load_or_generate
from aftermile.plan import NAMES, process_plans
from aftermile.ports import PortBusy, free_base, require_free
from aftermile.state import MAX_LOG_BYTES, AlreadyRunning, Running, StateFolder


@pytest.fixture
def state(open_folder: Path) -> StateFolder:
    folder = StateFolder(open_folder / "state")
    folder.prepare()
    return folder


def test_secrets_are_made_once_and_for_their_owner_only(state: StateFolder) -> None:
    first = load_or_generate(state.secrets)
    assert load_or_generate(state.secrets) == first == load(state.secrets)
    assert state.secrets.stat().st_mode & 0o777 == 0o600
    assert state.path.stat().st_mode & 0o067 == 0


def test_damaged_secrets_are_not_replaced(state: StateFolder) -> None:
    state.secrets.write_text('{"postgres": "half')
    with pytest.raises(SecretsUnreadable, match="damaged"):
        load_or_generate(state.secrets)
    assert state.secrets.read_text() == '{"postgres": "half'


def test_every_key_signs_for_its_process_and_the_public_set_verifies_without_private_parts() -> None:
    secrets = generate()
    public = json.loads(secrets.jwks)
    assert all("d" not in key for key in public["keys"])
    key = OKPKey.import_key(json.loads(secrets.signing_key("survey")))
    token = jwt.encode({"alg": "Ed25519", "kid": "survey"}, {"sub": "x"}, key, algorithms=["Ed25519"])
    assert jwt.decode(token, KeySet.import_key_set(public), algorithms=["Ed25519"]).claims == {"sub": "x"}


def test_no_process_is_told_a_secret_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERMILE_POSTGRES_URL", "postgresql://admin:all@somewhere/postgres")
    secrets = generate()
    urls = {name: f"postgresql://{name}_app:{secrets.application[name]}@127.0.0.1:1/{name}" for name in NAMES}
    plans = process_plans(secrets, urls, 9000, Path("/srv/files"))
    assert {plan.name: plan.port for plan in plans}["gateway"] == 9000
    for plan in plans:
        told = json.dumps(dict(plan.environment))
        others = [name for name in NAMES if name != plan.name]
        foreign = [secrets.application[name] for name in others] + [secrets.signing[name]["d"] for name in others]
        foreign += [*secrets.owner.values(), secrets.postgres, secrets.admin_password, "admin:all"]
        assert not [secret for secret in foreign if secret in told]
        assert (secrets.privacy_key in told) == (plan.name == "customer")


def test_a_second_holder_of_the_folder_is_refused_until_the_first_is_gone(state: StateFolder) -> None:
    script = (
        "import os, sys, time; from pathlib import Path; from aftermile.state import Running, StateFolder\n"
        "state = StateFolder(Path(sys.argv[1])); state.lock(); state.record(Running(os.getpid(), 9000))\n"
        "print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(state.path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        running = state.running()
        assert running is not None
        assert running.supervisor == holder.pid
        with pytest.raises(AlreadyRunning, match=f"in use by process {holder.pid}:"):
            state.lock()
        holder.kill()
    assert state.running() is None
    state.lock()
    assert state.is_locked()
    state.unlock()


def test_only_a_long_log_is_rotated_and_only_some_are_kept(state: StateFolder) -> None:
    for _ in range(6):
        log = state.rotate_log("survey")
        assert log == state.logs / "survey.log"
        with log.open("ab") as output:
            output.truncate(MAX_LOG_BYTES + 1)
    assert {path.name for path in state.logs.iterdir()} == {f"survey.log{n}" for n in ("", ".1", ".2", ".3")}
    state.log_of("survey").write_text("short")
    state.rotate_log("survey")
    assert state.log_of("survey").read_text() == "short"


def test_a_busy_port_is_named_with_its_holder() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PortBusy, match=rf"port {port} is taken by process {os.getpid()}"):
            require_free([port])
        assert free_base(port, 1, step=1) > port


def test_a_record_without_a_living_supervisor_says_nothing_runs(state: StateFolder) -> None:
    state.record(Running(os.getpid(), 9000, ready=True))
    assert state.running() is None


def test_the_record_of_a_killed_supervisor_does_not_count_while_the_next_one_starts(state: StateFolder) -> None:
    killed = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    state.record(Running(killed.pid, 9000, ready=True, processes={"survey": (1, 9001)}))
    state.lock()
    assert state.running() is not None
    killed.kill()
    os.waitid(os.P_PID, killed.pid, os.WEXITED | os.WNOWAIT)
    assert state.running() is None, "ended, and not yet reaped"
    killed.wait()
    assert state.running() is None
    assert state.recorded_processes() == [(1, 9001)], "who waits for its remains still finds them"
    state.unlock()


def test_an_erased_folder_is_gone(state: StateFolder) -> None:
    state.erase()
    assert not state.path.exists()
