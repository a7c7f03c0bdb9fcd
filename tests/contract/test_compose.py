"""What docker-compose.yml, the Dockerfile and .env.example name must exist in the code: no container is needed here."""

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from aftermile.cli import app
from aftermile.keys import environment_file, generate
from aftermile.plan import FILES_TOLD, HOLDS_PERSONAL_DATA, KEEPS_FILES, NAMES, port_of
from aftermile.prepare import DEFAULT_STORE
from aftermile.serve import package_of

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
VARIABLE = re.compile(r"\$\{(\w+)(:\?|:-)?")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE)["services"]
    return found


def variables(text: str) -> set[str]:
    return {name for name, _ in VARIABLE.findall(text)}


def secrets_required(text: str) -> set[str]:
    return {name for name, kind in VARIABLE.findall(text) if kind == ":?"}


def test_it_runs_the_five_processes_a_migration_and_one_database(services: dict[str, Any]) -> None:
    assert set(services) == {*NAMES, "migrate", "postgres"}
    assert services["postgres"]["image"] == "postgres:18"
    assert list(yaml.safe_load(COMPOSE)["volumes"]) == ["database", "files"]


@pytest.mark.parametrize("name", NAMES)
def test_each_process_gets_what_its_settings_require_and_nothing_they_do_not_know(
    services: dict[str, Any], name: str
) -> None:
    environment = services[name]["environment"]
    fields = importlib.import_module(f"{package_of(name)}.settings").Settings.model_fields
    told = {variable.removeprefix("AFTERMILE_").lower() for variable in environment}
    assert told <= set(fields)
    assert {field for field, info in fields.items() if info.is_required()} <= told
    assert environment["AFTERMILE_SERVICE"] == name
    assert environment["AFTERMILE_PORT"] == str(port_of(name, 8000))


@pytest.mark.parametrize("name", NAMES)
def test_no_process_gets_a_secret_of_another(services: dict[str, Any], name: str) -> None:
    own = {f"{name.upper()}_APP_PASSWORD", f"{name.upper()}_SIGNING_KEY", "JWKS", "METRICS_TOKEN"}
    if name == "gateway":
        own.add("TRUSTED_PROXIES")
    if name in HOLDS_PERSONAL_DATA:
        own.add("PRIVACY_KEY")
    if name in KEEPS_FILES:
        own |= {told.removeprefix("AFTERMILE_") for told in FILES_TOLD}
    assert variables(json.dumps(services[name]["environment"])) == own


@pytest.mark.parametrize("name", NAMES)
def test_processes_find_each_other_under_their_own_names_and_ports(services: dict[str, Any], name: str) -> None:
    urls = json.loads(services[name]["environment"]["AFTERMILE_URLS"])
    assert urls == {other: f"http://{other}:{port_of(other, 8000)}" for other in NAMES}


def test_every_command_is_one_of_the_command_line(services: dict[str, Any]) -> None:
    known = get_command(app)
    for name in (*NAMES, "migrate"):
        for arguments in (services[name]["command"], services[name].get("healthcheck", {}).get("test", [])[4:]):
            if arguments:
                command = known.commands[arguments[0]]  # type: ignore[attr-defined]
                assert command.make_context(arguments[0], list(arguments[1:])).params
        if name in NAMES:
            assert services[name]["healthcheck"]["test"][:4] == ["CMD", "python", "-m", "aftermile"]
            assert services[name]["healthcheck"]["test"][-1] == str(port_of(name, 8000))


def test_it_starts_in_the_order_of_need(services: dict[str, Any]) -> None:
    process = yaml.safe_load(COMPOSE)["x-process"]
    assert process["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert services["gateway"]["depends_on"] == {n: {"condition": "service_healthy"} for n in NAMES if n != "gateway"}


def test_only_the_gateway_is_open_to_the_outside(services: dict[str, Any]) -> None:
    assert [name for name in services if "ports" in services[name]] == ["gateway"]
    assert services["gateway"]["ports"] == ["${GATEWAY_PORT:-8000}:8000"]


def test_the_migration_is_told_what_it_asks_for(services: dict[str, Any]) -> None:
    asked = {"AFTERMILE_POSTGRES_URL", "AFTERMILE_ADMIN_PASSWORD", *DEFAULT_STORE}
    asked |= {f"AFTERMILE_{name.upper()}_{role}_PASSWORD" for name in NAMES for role in ("OWNER", "APP")}
    assert set(services["migrate"]["environment"]) == asked
    for variable, default in DEFAULT_STORE.items():
        assert services["migrate"]["environment"][variable].endswith(f":-{default}}}")


def test_secrets_have_no_default_and_the_generated_file_holds_all_of_them() -> None:
    required = secrets_required(COMPOSE)
    generated = dict(line.split("=", 1) for line in environment_file(generate()).splitlines())
    assert set(generated) == required
    assert all(generated.values())
    secret = re.compile("PASSWORD|KEY|JWKS")
    optional = {name for name in variables(COMPOSE) - required if secret.search(name)}
    assert optional == {"FILES_S3_ACCESS_KEY_ID", "FILES_S3_SECRET_ACCESS_KEY"}
    assert all(f"${{{name}:-}}" in COMPOSE for name in optional), "none unless it is given"


def test_files_lie_in_a_volume_that_the_image_lets_its_user_write_to(services: dict[str, Any]) -> None:
    (mounted,) = services["workorder"]["volumes"]
    volume, _, folder = mounted.partition(":")
    assert (volume, services["workorder"]["environment"]["AFTERMILE_FILES_URL"]) == (
        "files",
        f"${{FILES_URL:-file://{folder}}}",
    )
    assert f"install -d -m 0700 -o aftermile {folder}" in DOCKERFILE


def test_the_example_lists_every_variable_and_gives_no_secret() -> None:
    lines = [line.removeprefix("#") for line in EXAMPLE.splitlines() if re.match(r"#?[A-Z0-9_]+=", line)]
    listed = dict(line.split("=", 1) for line in lines)
    assert set(listed) == variables(COMPOSE)
    assert not [name for name in secrets_required(COMPOSE) if listed[name]]


def test_the_image_copies_what_exists_and_starts_the_command_line() -> None:
    copied = [line.split() for line in DOCKERFILE.splitlines() if line.startswith("COPY ") and "--from" not in line]
    sources = {words[1] for words in copied}
    assert sources == {"requirements.lock", "aftermile", "chassis", "services", "gateway"}
    assert all((ROOT / source).exists() for source in sources)
    assert 'ENTRYPOINT ["python", "-m", "aftermile"]' in DOCKERFILE
    assert (ROOT / "aftermile" / "__main__.py").exists()
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert kept == sources


def test_the_image_runs_as_nobody_in_particular() -> None:
    assert re.search(r"^USER (?!0|root)\S+$", DOCKERFILE, re.MULTILINE)
