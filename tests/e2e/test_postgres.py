"""The embedded server and the provisioning of databases and roles, with real processes in temporary folders."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from aftermile.binaries import PostgresUnavailable, server_account
from aftermile.postgres import EmbeddedPostgres, accepts_connections, server_on
from aftermile.provision import DatabaseUrls, RoleTooPowerful, close_maintenance_databases, provision
from tests.e2e.stacks import alive, an_open_folder
from tests.e2e.stacks import eventually as eventually_dead
from tests.harness import eventually

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def shared_server() -> Iterator[EmbeddedPostgres]:
    with an_open_folder() as folder:
        server = EmbeddedPostgres(folder / "postgres", "secret-for-tests")
        yield server
        server.stop()


@pytest.fixture
def server(shared_server: EmbeddedPostgres) -> EmbeddedPostgres:
    """It runs, whatever the test before has done to it."""
    if shared_server.pid is None:
        shared_server.start()
    return shared_server


async def value(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def data_of(server: EmbeddedPostgres) -> Path:
    return Path(psutil.Process(server.pid).cwd())


async def test_it_takes_sessions_with_the_password_only(server: EmbeddedPostgres) -> None:
    assert await value(server.url, "SELECT uuidv7() IS NOT NULL")
    assert await value(server.url, "SELECT datcollate || datctype || datlocale FROM pg_database LIMIT 1") == "CCC.UTF-8"
    with pytest.raises(asyncpg.InvalidPasswordError):
        await value(server.url.replace("secret", "wrong"), "SELECT 1")


def test_it_stops_and_starts_again_on_the_same_data(server: EmbeddedPostgres) -> None:
    asyncio.run(value(server.url, "CREATE TABLE seven AS SELECT 7 AS n"))
    server.stop()
    assert server.pid is None
    assert server.port is not None
    assert not accepts_connections(server.port)
    server.start()
    assert asyncio.run(value(server.url, "SELECT n FROM seven")) == 7


def test_after_kill_9_in_the_middle_of_a_statement_it_recovers_what_was_committed(server: EmbeddedPostgres) -> None:
    asyncio.run(value(server.url, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n"))

    async def sleep() -> None:
        with pytest.raises((asyncpg.PostgresError, OSError)):
            await value(server.url, "SELECT pg_sleep(600)")

    async def kill_while_it_sleeps() -> None:
        sleeping = asyncio.create_task(sleep())
        asleep = "SELECT true FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        await eventually(lambda: value(server.url, asleep))
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        await asyncio.to_thread(server.start)
        await sleeping

    asyncio.run(kill_while_it_sleeps())
    assert asyncio.run(value(server.url, "SELECT count(*) FROM kept")) == 1000


def test_a_second_start_adopts_the_running_server(server: EmbeddedPostgres) -> None:
    second = EmbeddedPostgres(server.folder, server.password)
    second.start()
    assert (second.pid, second.port) == (server.pid, server.port)
    second.stop()
    assert server.pid is None


def test_a_second_start_on_another_port_is_refused(server: EmbeddedPostgres) -> None:
    with pytest.raises(PostgresUnavailable, match=f"on port {server.port}, not 1"):
        EmbeddedPostgres(server.folder, server.password, port=1).start()


def test_a_pid_file_that_names_a_stranger_is_not_believed(server: EmbeddedPostgres) -> None:
    data = data_of(server)
    lines = (data / "postmaster.pid").read_text().split("\n")
    server.stop()
    (data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]))
    assert server_on(data) is None
    server.start()
    assert server_on(data) is not None


def test_an_interrupted_initdb_leaves_nothing_that_disturbs(open_folder: Path) -> None:
    server = EmbeddedPostgres(open_folder, "secret")
    (open_folder / "initdb-left-over" / "data").mkdir(parents=True)
    server.start()
    try:
        assert accepts_connections(server.port or 0)
        assert not list(open_folder.glob("initdb-*"))
    finally:
        server.stop()


def test_a_busy_port_is_told_with_the_servers_own_words(server: EmbeddedPostgres, open_folder: Path) -> None:
    with pytest.raises(PostgresUnavailable, match=r"Address already in use|could not bind"):
        EmbeddedPostgres(open_folder / "second", "secret", port=server.port).start()


def test_the_server_ends_with_a_parent_that_was_killed(open_folder: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from aftermile.postgres import EmbeddedPostgres\n"
        "server = EmbeddedPostgres(Path(sys.argv[1]), 'secret', ends_with_parent=True); server.start()\n"
        "print(server.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", script, str(open_folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    eventually_dead(lambda: not alive(pid))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_as_root_a_closed_folder_keeps_its_permissions_and_the_data_live_elsewhere(
    tmp_path: Path, shared_home: Path
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = EmbeddedPostgres(closed / "postgres", "secret")
    server.start()
    try:
        assert data_of(server).is_relative_to(shared_home)
        assert psutil.Process(server.pid).uids().real == server_account().uid
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_data_left_outside_by_a_deleted_folder_are_not_taken_for_those_of_a_new_one(
    tmp_path: Path, shared_home: Path
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for password in ("first", "second"):
        server = EmbeddedPostgres(closed / "postgres", password)
        server.start()
        try:
            assert asyncio.run(value(server.url, "SELECT 1")) == 1
        finally:
            server.stop()
        (closed / "postgres" / "home-mark").unlink()


async def provisioned(server: EmbeddedPostgres, name: str) -> DatabaseUrls:
    return await provision(server.url, name, f"{name} owner's/secret", f"{name} app's@secret")


async def test_provisioning_twice_is_the_same_as_once_and_sets_the_passwords(server: EmbeddedPostgres) -> None:
    await provision(server.url, "survey", "old", "old")
    urls = await provisioned(server, "survey")
    again = await provisioned(server, "survey")
    assert again == urls
    assert await value(urls.application, "SELECT current_user || current_database()") == "survey_appaftermile_survey"


async def test_the_application_role_reads_and_writes_what_the_owner_makes_and_makes_nothing_itself(
    server: EmbeddedPostgres,
) -> None:
    urls = await provisioned(server, "survey")
    await value(urls.owner, "CREATE TABLE answer (id bigint GENERATED ALWAYS AS IDENTITY, text text)")
    assert await value(urls.application, "INSERT INTO answer (text) VALUES ('good') RETURNING id") == 1
    assert await value(urls.application, "DELETE FROM answer RETURNING text") == "good"
    assert await value(urls.application, "CREATE TEMPORARY TABLE rows (n int)") is None
    for refused in ("CREATE TABLE mine (n int)", "TRUNCATE answer", "DROP TABLE answer", "CREATE SCHEMA mine"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await value(urls.application, refused)


async def test_no_role_opens_the_database_of_another_service(server: EmbeddedPostgres) -> None:
    await close_maintenance_databases(server.url)
    survey, payroll = [await provisioned(server, name) for name in ("survey", "payroll")]
    for url in (survey.application, survey.owner):
        for database in ("aftermile_payroll", "postgres", "template1"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await value(url.replace("aftermile_survey", database), "SELECT 1")
    assert await value(payroll.application, "SELECT 1") == 1


async def test_row_security_binds_the_application_role(server: EmbeddedPostgres) -> None:
    urls = await provisioned(server, "survey")
    await value(urls.owner, "CREATE TABLE secret_row AS SELECT 1 AS n")
    await value(urls.owner, "ALTER TABLE secret_row ENABLE ROW LEVEL SECURITY")
    assert await value(urls.application, "SELECT count(*) FROM secret_row") == 0


async def test_an_admin_without_superuser_rights_is_enough(server: EmbeddedPostgres) -> None:
    await value(server.url, "CREATE ROLE admin LOGIN CREATEROLE CREATEDB PASSWORD 'admin'")
    await value(server.url, "GRANT CONNECT ON DATABASE postgres TO admin")
    url = server.url.replace(f"postgres:{server.password}", "admin:admin")
    for _ in range(2):
        urls = await provision(url, "workorder", "owner", "app")
    assert await value(urls.application, "SELECT 1") == 1


async def test_a_role_that_may_too_much_is_refused(server: EmbeddedPostgres) -> None:
    await value(server.url, "CREATE ROLE gateway_app LOGIN BYPASSRLS")
    with pytest.raises(RoleTooPowerful, match="gateway_app"):
        await provisioned(server, "gateway")
