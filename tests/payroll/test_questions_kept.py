"""Questions are one store's, and what was asked and said never changes: also by the database alone."""

import asyncpg
import pytest

from tests.harness import AStore, Clone, bearer
from tests.payroll.test_pay_months import office, refused
from tests.payroll.test_questions import AS_PAID, Desk, desk

__all__ = ["desk", "office"]


async def test_a_question_of_one_store_is_nothing_to_another(desk: Desk, other_store: AStore) -> None:
    question = await desk.asked()
    stranger = bearer(desk.small.keys, "payroll", "administrator", stores=[other_store], employee="SA01")
    assert await desk.listed(stranger) == []
    refused(await desk.client.get(f"/v1/questions/{question['id']}", headers=stranger), 404, "not-found")
    for move, body in (
        ("answer", AS_PAID), ("decide", AS_PAID), ("accept", None), ("ask-again", {"text": "x"}), ("withdraw", None),
    ):  # fmt: skip
        refused(await desk.send(question, move, stranger, body), 404, "not-found")
    connection = await asyncpg.connect(desk.database.app_url)
    for seen_by, rows in ((desk.small.store, 1), (other_store, 0)):
        await connection.execute("SELECT set_config('app.store', $1, false)", str(seen_by.id))
        for table in ("question", "question_message"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == rows
    await connection.close()
    assert (await desk.read(question))["version"] == 1


async def test_what_was_asked_and_said_never_changes(desk: Desk, payroll_database: Clone) -> None:
    question = await desk.asked()
    await desk.done(await desk.done(question, "answer", desk.office.clerk, AS_PAID), "accept", desk.asker)
    connection = await asyncpg.connect(payroll_database.owner_url)
    await connection.execute("SELECT set_config('app.store', $1, false)", str(desk.small.store.id))
    for change in (
        "UPDATE question SET amount = 1", "UPDATE question SET state = 'asked', settled_by = NULL",
        "DELETE FROM question", "UPDATE question_message SET text = 'x'", "DELETE FROM question_message",
    ):  # fmt: skip
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute(change)
    await connection.close()
    assert (await desk.read(question))["state"] == "settled"
