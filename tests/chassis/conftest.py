"""A process with one small table, to try the chassis with."""

import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Annotated
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI, Query, Response
from sqlalchemy import text

from aftermile.provision import database_urls, provision
from chassis.auth import CurrentStore, allow
from chassis.consumer import Subscription
from chassis.database import chassis_tables_v1, drop_chassis_tables_v1, store_policy
from chassis.errors import Conflict, NotFound
from chassis.feed import Event, publish
from chassis.http import Clock, CurrentSession, HotRead, Parts, Router, create_app
from chassis.representation import IfMatch, Money, RequestBody, ResponseBody, check_version, set_etag
from chassis.settings import ProcessSettings
from tests.harness import APP_PASSWORD, OWNER_PASSWORD, DatabaseServer, Keys, blocking, calling, process_environment

PROCESS = "survey"
TABLE = """CREATE TABLE note (id uuid PRIMARY KEY DEFAULT uuidv7(), store_id uuid NOT NULL, text text NOT NULL,
           price numeric(12,2) NOT NULL, version int NOT NULL DEFAULT 1)"""


class NoteCreate(RequestBody):
    text: str
    price: Money


class NoteRead(ResponseBody):
    id: UUID
    text: str
    price: Money
    version: int


router = Router(tags=["notes"])


@router.post("/v1/notes", status_code=201, dependencies=[allow("writer")])
async def create_note(body: NoteCreate, session: CurrentSession, store: CurrentStore, _now: Clock) -> NoteRead:
    row = (
        await session.execute(
            text("INSERT INTO note (store_id, text, price) VALUES (:s, :t, :p) RETURNING id, text, price, version"),
            {"s": store.id, "t": body.text, "p": body.price},
        )
    ).one()
    await publish(session, store.id, Event("toy.note.created", str(row.id), 1, {"id": row.id, "text": row.text}))
    if body.text == "too late":
        raise Conflict("after the effect")
    return NoteRead.model_validate(row)


@router.get("/v1/notes/{note_id}", dependencies=[allow("*")])
async def read_note(
    note_id: UUID, session: CurrentSession, response: Response, shout: Annotated[bool, Query()] = False
) -> NoteRead:
    row = (await session.execute(text("SELECT * FROM note WHERE id = :id"), {"id": note_id})).one_or_none()
    if row is None:
        raise NotFound
    set_etag(response, row.version)
    words = row.text.upper() if shout else row.text
    return NoteRead(id=row.id, text=words, price=row.price, version=row.version)


@router.post("/v1/notes/{note_id}/raise", dependencies=[allow("writer")])
async def raise_price(note_id: UUID, expected: IfMatch, session: CurrentSession) -> NoteRead:
    row = (await session.execute(text("SELECT * FROM note WHERE id = :id FOR UPDATE"), {"id": note_id})).one()
    check_version(row.version, expected)
    changed = text("UPDATE note SET price = price + 1, version = version + 1 WHERE id = :id RETURNING *")
    return NoteRead.model_validate((await session.execute(changed, {"id": note_id})).one())


@router.get("/v1/broken", dependencies=[allow()])
async def broken() -> None:
    raise RuntimeError("the secret is 4711")


NOTE_PART = HotRead(
    "/v1/note-parts/{word}", "note_part", ("reader", "writer"),
    "SELECT json_build_object('n', count(*))::text FROM note WHERE text = $1 HAVING count(*) > 0", "notes by text", {},
)  # fmt: skip


async def _prepare(server: DatabaseServer, name: str) -> tuple[str, str]:
    admin = await asyncpg.connect(server.admin_url)
    await admin.execute("SELECT pg_advisory_lock(hashtext('templates'))")
    await provision(server.admin_url, PROCESS, OWNER_PASSWORD, APP_PASSWORD)
    await admin.execute(f"CREATE DATABASE {name} OWNER {PROCESS}_owner")
    await admin.close()
    urls = database_urls(server.admin_url, PROCESS, OWNER_PASSWORD, APP_PASSWORD)
    swapped = [u.replace(f"/aftermile_{PROCESS}", f"/{name}") for u in (urls.owner, urls.application)]
    owner = await asyncpg.connect(swapped[0])
    await owner.execute(
        "CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('1')"
    )
    for statement in [
        *chassis_tables_v1(),
        *drop_chassis_tables_v1(),
        *chassis_tables_v1(),
        TABLE,
        *store_policy("note"),
    ]:
        await owner.execute(statement)
    await owner.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {PROCESS}_app")
    await owner.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {PROCESS}_app")
    await owner.close()
    return swapped[0], swapped[1]


@pytest.fixture
def urls(database_server: DatabaseServer) -> Iterator[tuple[str, str]]:
    """(owner, application) of a database with the chassis's tables, made up and down and up again, and `note`."""
    name = f"t_chassis_{secrets.token_hex(6)}"
    yield blocking(_prepare(database_server, name))
    blocking(_drop(database_server.admin_url, name))


async def _drop(admin_url: str, name: str) -> None:
    admin = await asyncpg.connect(admin_url)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions" / "one.py").write_text("revision = '1'\ndown_revision = None\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def make_app(urls: tuple[str, str], keys: Keys, migrations: Path):  # type: ignore[no-untyped-def]  # noqa: ANN201
    def make(*subscriptions: Subscription, **parts: object) -> FastAPI:
        settings = ProcessSettings(service=PROCESS, **process_environment(PROCESS, urls[1], keys))
        return create_app(
            settings,
            Parts(title="Toy", migrations=str(migrations), routers=[router], subscriptions=subscriptions,
                  hot_reads=[NOTE_PART], **parts),  # type: ignore[arg-type]
        )  # fmt: skip

    return make


@pytest.fixture
def app(make_app) -> FastAPI:  # type: ignore[no-untyped-def]  # noqa: ANN001
    made: FastAPI = make_app()
    return made


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(app) as calls:
        yield calls
