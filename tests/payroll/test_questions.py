"""Questions about closed statements, from asking to the correction that a later month pays."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import orjson
import pytest

from services.payroll.service.statements.questions import tell_late
from tests.calls import statements_of
from tests.harness import Clone, Keys, bearer, deliver, feed_of
from tests.payroll import makers
from tests.payroll.test_events import faults_of
from tests.payroll.test_pay_months import SEPTEMBER, Office, office, refused

__all__ = ["office"]
AS_PAID = {"finding": "as_paid", "text": "W2 是十月结算的"}
TO_CORRECT = {"finding": "to_correct", "text": "W1 有一笔收款漏了", "repair": {"kind": "order", "key": "W1"},
              "expected_month": "2026-10"}  # fmt: skip


class Desk:
    """SA01, whose September is closed, his lines, and who answers him."""

    def __init__(self, office: Office, database: Clone) -> None:
        self.office, self.database = office, database
        self.small, self.client = office.small, office.small.client
        self.asker = office.small.person("SA01")
        self.second = bearer(
            self.small.keys, "payroll", "administrator", stores=[self.small.store], employee="AD01"
        )  # fmt: skip

    async def lines(self) -> list[dict[str, Any]]:
        proof = await self.small.read(f"{SEPTEMBER}/statements/SA01", self.asker)
        lines: list[dict[str, Any]] = orjson.loads(proof["document"])["lines"]
        return lines

    async def asked(self, line: str | None = None) -> dict[str, Any]:
        body = {"month": "2026-09", "line": line, "text": "少了 W2 的提成?"}
        answer = await self.office.send("/v1/questions", self.asker, body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def send(
        self, question: dict[str, Any], move: str, who: dict[str, str], body: object = None
    ) -> httpx.Response:
        return await self.office.send(f"/v1/questions/{question['id']}/{move}", who, body, question["version"])

    async def done(
        self, question: dict[str, Any], move: str, who: dict[str, str], body: object = None
    ) -> dict[str, Any]:
        answer = await self.send(question, move, who, body)
        assert answer.status_code == 200, answer.text
        assert answer.headers["ETag"] == f'"{answer.json()["version"]}"'
        found: dict[str, Any] = answer.json()
        return found

    async def read(self, question: dict[str, Any]) -> dict[str, Any]:
        return await self.small.read(f"/v1/questions/{question['id']}", self.asker)

    async def listed(self, who: dict[str, str] | None = None, **filters: str) -> list[str]:
        answer = await self.client.get("/v1/questions", params=filters, headers=who or self.office.clerk)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["items"]]

    async def set(self, question: dict[str, Any], column: str, value: datetime) -> None:
        """As if so much time had gone by."""
        connection = await asyncpg.connect(self.database.owner_url)
        await connection.execute("SELECT set_config('app.store', $1, false)", str(self.small.store.id))
        await connection.execute(f"UPDATE question SET {column} = $1 WHERE id = $2", value, UUID(question["id"]))
        await connection.close()

    async def waiting(self) -> list[str]:
        """What jobs will look for, each in its time."""
        connection = await asyncpg.connect(self.database.owner_url)
        rows = await connection.fetch(
            "SELECT payload FROM pgqueuer WHERE entrypoint = 'payroll.question-late' AND execute_after > now()"
        )
        await connection.close()
        return sorted(orjson.loads(row["payload"])["what"] for row in rows)


@pytest.fixture
async def desk(office: Office, payroll_database: Clone) -> Desk:
    await office.close()
    return Desk(office, payroll_database)


def ago(**time: float) -> datetime:
    return datetime.now(UTC) - timedelta(**time)


async def test_a_line_is_asked_about_answered_and_accepted(desk: Desk, keys: Keys) -> None:
    line = (await desk.lines())[0]
    asked = await desk.asked(line["id"])
    assert (asked["name"], asked["amount"], asked["of_month"]) == (line["name"], line["amount"], "2026-09")
    assert (asked["state"], asked["allowed"], asked["overdue"]) == ("asked", ["answer", "withdraw"], False)
    assert asked["created_at"] < asked["answer_until"] < asked["escalates_at"]
    answered = await desk.done(asked, "answer", desk.office.clerk, AS_PAID)
    assert (answered["state"], answered["allowed"]) == ("answered", ["answer", "accept", "ask-again"])
    accepted = await desk.done(answered, "accept", desk.asker)
    assert (accepted["state"], accepted["settled_by"], accepted["allowed"]) == ("settled", "acceptance", [])
    said = [(each["what"], each["person"], each["text"]) for each in (await desk.read(asked))["messages"]]
    assert said == [
        ("asked", "SA01", "少了 W2 的提成?"), ("answered", "CL01", "W2 是十月结算的"), ("accepted", "SA01", None),
    ]  # fmt: skip
    events = [e for e in await feed_of(desk.client, keys, "payroll") if e["type"] == "payroll.question.changed"]
    assert [e["data"]["state"] for e in events] == ["asked", "answered", "settled"]
    assert [fault for event in events for fault in faults_of(event["type"], event["data"])] == []
    assert "text" not in events[-1]["data"]


async def test_what_is_not_ones_own_or_not_there_is_not_asked_about(desk: Desk) -> None:
    send, line = desk.office.send, (await desk.lines())[0]["id"]
    other = desk.small.person("J101", "technician")
    for who, body, status, slug in (
        (other, {"line": line}, 422, "statement-line-unknown"),
        (desk.asker, {"line": "base_pay"}, 422, "statement-line-unknown"),
        (desk.asker, {"month": "2026-10"}, 409, "month-not-closed"),
        (desk.small.headers, {}, 403, "pay-not-yours"),
        (desk.office.clerk, {}, 404, "not-found"),
    ):
        answer = await send("/v1/questions", who, {"month": "2026-09", "text": "为什么?", **body})
        refused(answer, status, slug)
    for body in ({"text": " "}, {"month": "2026-13", "text": "x"}, {"text": "x", "amount": "1.00"}, {}):
        assert (await send("/v1/questions", desk.asker, {"month": "2026-09", **body})).status_code == 422
    assert await desk.listed() == []


async def test_of_a_line_and_of_the_whole_one_asks_once_and_again_after_withdrawing(desk: Desk) -> None:
    line = (await desk.lines())[0]["id"]
    about_line = await desk.asked(line)
    with statements_of(desk.small.app) as for_one:
        assert len(await desk.listed(state="asked")) == 1
    about_all = await desk.asked()
    with statements_of(desk.small.app) as for_two:
        assert len(await desk.listed(state="asked", overdue="false")) == 2
    assert (len(for_one), len(for_two)) == (4, 4)
    for again in (line, None):
        body = {"month": "2026-09", "line": again, "text": "x"}
        refused(await desk.office.send("/v1/questions", desk.asker, body), 409, "question-exists")
    withdrawn = await desk.done(about_line, "withdraw", desk.asker)
    assert (withdrawn["state"], withdrawn["allowed"]) == ("withdrawn", [])
    refused(await desk.send(withdrawn, "answer", desk.office.clerk, AS_PAID), 409, "question-move-not-allowed")
    third = await desk.asked(line)
    answered = await desk.done(about_all, "answer", desk.office.clerk, AS_PAID)
    refused(await desk.send(answered, "withdraw", desk.asker), 409, "question-move-not-allowed")
    assert await desk.listed() == [third["id"], about_all["id"], about_line["id"]]
    assert await desk.listed(state="withdrawn") == [about_line["id"]]


async def test_of_two_questions_about_a_line_at_once_one_is_kept(desk: Desk) -> None:
    body = {"month": "2026-09", "text": "x"}
    sent = [desk.office.send("/v1/questions", desk.asker, body) for _ in range(2)]
    answers = await asyncio.gather(*sent)
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    question = next(answer.json() for answer in answers if answer.status_code == 201)
    both = [desk.send(question, "answer", who, AS_PAID) for who in (desk.office.clerk, desk.office.manager)]
    assert sorted(answer.status_code for answer in await asyncio.gather(*both)) == [200, 412]
    assert len((await desk.read(question))["messages"]) == 2


async def test_only_who_asked_goes_on_asking_and_nobody_answers_himself(desk: Desk) -> None:
    question = await desk.asked()
    own = desk.small.person("SA01", "payroll_clerk")
    refused(await desk.send(question, "answer", own, AS_PAID), 403, "own-question")
    refused(await desk.send(question, "answer", desk.asker, AS_PAID), 403, "role-missing")
    other = desk.small.person("SA02")
    refused(await desk.send(question, "withdraw", other), 404, "not-found")
    refused(await desk.client.get(f"/v1/questions/{question['id']}", headers=other), 404, "not-found")
    refused(await desk.send(question, "withdraw", desk.office.clerk), 403, "question-not-yours")
    refused(await desk.office.send(f"/v1/questions/{question['id']}/withdraw", desk.asker), 428, "version-required")
    stale = {**question, "version": 7}
    refused(await desk.send(stale, "withdraw", desk.asker), 412, "version-stale")
    assert (await desk.listed(other), await desk.listed(desk.asker)) == ([], [question["id"]])
    assert [(await desk.read(question))[name] for name in ("state", "version")] == ["asked", 1]


async def test_what_is_asked_again_is_decided_by_somebody_else_and_that_is_the_end(desk: Desk) -> None:
    question = await desk.asked()
    answered = await desk.done(question, "answer", desk.office.manager, AS_PAID)
    again = await desk.done(answered, "ask-again", desk.asker, {"text": "九月三十日已付款"})
    assert (again["state"], again["settles_at"], again["allowed"]) == ("asked_again", None, ["decide"])
    refused(await desk.send(again, "answer", desk.office.clerk, AS_PAID), 409, "question-move-not-allowed")
    refused(await desk.send(again, "decide", desk.office.clerk, AS_PAID), 403, "role-missing")
    refused(await desk.send(again, "decide", desk.office.manager, AS_PAID), 409, "second-person-needed")
    needless = {**AS_PAID, "alone_because": "x"}
    refused(await desk.send(again, "decide", desk.second, needless), 422, "alone-because-not-needed")
    decided = await desk.done(again, "decide", desk.second, AS_PAID)
    assert (decided["state"], decided["settled_by"], decided["allowed"]) == ("settled", "decision", [])
    refused(await desk.send(decided, "ask-again", desk.asker, {"text": "x"}), 409, "question-move-not-allowed")


async def test_an_answer_that_nobody_says_anything_to_settles_it_in_time(desk: Desk) -> None:
    question = await desk.asked()
    answered = await desk.done(question, "answer", desk.office.clerk, AS_PAID)
    assert await desk.listed(state="answered") == [question["id"]]
    await desk.set(question, "settles_at", ago(seconds=1))
    found = await desk.read(question)
    assert (found["state"], found["settled_by"], found["allowed"]) == ("settled", "silence", [])
    refused(await desk.send(answered, "ask-again", desk.asker, {"text": "x"}), 409, "question-move-not-allowed")
    assert (await desk.listed(state="answered"), await desk.listed(state="settled")) == ([], [question["id"]])


async def test_a_correction_is_promised_by_what_is_there_and_for_a_month_to_come(desk: Desk) -> None:
    question = await desk.asked()
    for change, status, slug in (
        ({"expected_month": None}, 422, "invalid"),
        ({"repair": None}, 422, "invalid"),
        ({"finding": "as_paid"}, 422, "invalid"),
        ({"expected_month": "2026-09"}, 422, "correction-month-impossible"),
        ({"expected_month": "2026-08"}, 422, "correction-month-impossible"),
        ({"repair": {"kind": "order", "key": "W9"}}, 422, "repair-unknown"),
        ({"repair": {"kind": "measure", "key": "W1"}}, 422, "repair-unknown"),
        ({"repair": {"kind": "terms", "key": "2026-09-31"}}, 422, "repair-unknown"),
        ({"repair": {"kind": "attendance", "key": "2026-09"}}, 422, "repair-unknown"),
        ({"repair": {"kind": "mood", "key": "W1"}}, 422, "invalid"),
    ):
        refused(await desk.send(question, "answer", desk.office.clerk, {**TO_CORRECT, **change}), status, slug)
    assert (await desk.read(question))["version"] == 1
    answered = await desk.done(question, "answer", desk.office.clerk, TO_CORRECT)
    assert (answered["state"], answered["repair"], answered["expected_month"]) == (
        "to_correct", TO_CORRECT["repair"], "2026-10",
    )  # fmt: skip
    assert answered["allowed"] == ["answer", "ask-again"]


async def test_it_is_settled_when_a_later_month_is_closed_with_the_correction(desk: Desk) -> None:
    line = (await desk.lines())[0]
    question, other = await desk.asked(line["id"]), await desk.asked()
    elsewhere = {**TO_CORRECT, "repair": {"kind": "order", "key": "W2"}}
    answered = await desk.done(question, "answer", desk.office.clerk, TO_CORRECT)
    await desk.done(other, "answer", desk.office.clerk, elsewhere)
    late = makers.payment_event(desk.small.store.id, "W1", "150.00", ordinal=2)
    await deliver(desk.small.app, "workorder", desk.small.store.id, late)
    assert await desk.listed(state="to_correct") == [other["id"], question["id"]]
    october = await desk.office.close("2026-10")
    proof = await desk.small.read("/v1/pay-months/2026-10/statements/SA01", desk.asker)
    lines = orjson.loads(proof["document"])["lines"]
    (paid,) = (each["amount"] for each in lines if each["of_month"] == "2026-09" and each["line"] == line["line"])
    found = await desk.read(question)
    assert found["corrections"] == [{"month": "2026-10", "revision": 1, "amount": paid}]
    assert (found["state"], found["settled_by"], found["overdue"], found["allowed"]) == (
        "settled", "correction", False, [],
    )  # fmt: skip
    assert (await desk.listed(state="to_correct"), await desk.listed(overdue="true")) == ([], [])
    assert await desk.listed(state="settled") == [other["id"], question["id"]]
    body = {"month": "2026-09", "text": "还是少了"}
    after = (await desk.office.send("/v1/questions", desk.small.person("SA02"), body)).json()
    promised = await desk.done(after, "answer", desk.office.clerk, {**TO_CORRECT, "expected_month": "2026-11"})
    assert (promised["state"], promised["corrections"]) == ("to_correct", []), "what October paid was paid before"
    refused(await desk.send(answered, "ask-again", desk.asker, {"text": "x"}), 409, "question-move-not-allowed")
    await desk.office.done("/v1/pay-months/2026-10/reopen", desk.office.manager, october["version"], {"reason": "x"})
    assert ((await desk.read(question))["state"], (await desk.read(question))["corrections"]) == ("to_correct", [])


async def _repaired_by_an_item(desk: Desk) -> tuple[dict[str, Any], dict[str, Any]]:
    """A question of SA02 about all of September, which an item of October makes good."""
    asked = await desk.office.send("/v1/questions", desk.small.person("SA02"), {"month": "2026-09", "text": "少了底薪"})
    body = {"employee": "SA02", "name_zh": "补发", "name_en": "Back pay", "amount": "120.00", "from_month": "2026-10",
            "until_month": "2026-10", "reason": "九月底薪"}  # fmt: skip
    item = (await desk.office.send("/v1/pay-items", desk.second, body)).json()
    answer = {**TO_CORRECT, "repair": {"kind": "pay_item", "key": item["id"]}}
    return await desk.done(asked.json(), "answer", desk.office.clerk, answer), item


async def test_a_promise_and_the_closing_of_its_month_do_not_miss_each_other(desk: Desk) -> None:
    question, october = await desk.asked(), "/v1/pay-months/2026-10"
    at = await desk.office.lock("2026-10")
    for who in (desk.office.workshop, desk.office.manager):
        at = await desk.office.done(f"{october}/approve", who, at["version"])
    answered, closed = await asyncio.gather(
        desk.send(question, "answer", desk.office.manager, TO_CORRECT),
        desk.office.send(f"{october}/close", desk.office.clerk, None, at["version"]),
    )
    found = await desk.read(question)
    outcome = (answered.status_code, closed.status_code, found["state"], found["overdue"])
    assert outcome in {(200, 200, "to_correct", True), (422, 200, "asked", False)}


async def test_a_promised_month_that_is_closed_without_the_correction_makes_it_overdue(desk: Desk) -> None:
    question = await desk.asked((await desk.lines())[0]["id"])
    await desk.done(question, "answer", desk.office.clerk, TO_CORRECT)
    other, item = await _repaired_by_an_item(desk)
    assert (await desk.listed(overdue="true"), await desk.listed(overdue="false")) == (
        [], [other["id"], question["id"]],
    )  # fmt: skip
    await desk.office.close("2026-10")
    repaired = await desk.small.read(f"/v1/questions/{other['id']}")
    assert repaired["corrections"] == [{"month": "2026-10", "revision": 1, "amount": item["amount"]}]
    assert (repaired["state"], repaired["settled_by"], repaired["overdue"]) == ("settled", "correction", False)
    found = await desk.read(question)
    assert (found["state"], found["overdue"], found["corrections"]) == ("to_correct", True, [])
    assert (await desk.listed(overdue="true"), await desk.listed(overdue="false")) == (
        [question["id"]], [other["id"]],
    )  # fmt: skip
    renewed = await desk.done(found, "answer", desk.office.clerk, {**TO_CORRECT, "expected_month": "2026-11"})
    assert (renewed["state"], renewed["overdue"], renewed["expected_month"]) == ("to_correct", False, "2026-11")


async def test_the_same_month_closed_again_with_another_amount_is_a_correction(desk: Desk) -> None:
    line = (await desk.lines())[0]
    question = await desk.asked(line["id"])
    september = await desk.small.read(SEPTEMBER)
    at = await desk.office.done(f"{SEPTEMBER}/reopen", desk.office.manager, september["version"], {"reason": "漏收"})
    body = {"month": "2026-09", "text": "x"}
    refused(await desk.office.send("/v1/questions", desk.asker, body), 409, "month-not-closed")
    promise = {**TO_CORRECT, "expected_month": "2026-09"}
    await desk.done(question, "answer", desk.office.clerk, promise)
    late = makers.payment_event(desk.small.store.id, "W1", "150.00", ordinal=2)
    await deliver(desk.small.app, "workorder", desk.small.store.id, late)
    await desk.office.close(version=at["version"])
    now = next(each for each in await desk.lines() if each["line"] == line["line"])
    found = await desk.read(question)
    more = float(now["amount"]) - float(line["amount"])
    assert [(each["month"], each["revision"], each["amount"]) for each in found["corrections"]] == [
        ("2026-09", 2, f"{more:.2f}")
    ]
    assert (found["state"], found["settled_by"], found["revision"]) == ("settled", "correction", 1)


async def test_what_is_late_is_told_once_and_not_when_it_was_answered(desk: Desk, keys: Keys) -> None:
    question = await desk.asked()
    store, key = desk.small.store.id, UUID(question["id"])
    due = {"overdue": ago(days=3), "escalated": ago(days=1)}

    async def told() -> list[str]:
        for what, until in due.items():
            await tell_late(desk.small.app.state.database, store, key, what, until)
        events = await feed_of(desk.client, keys, "payroll")
        return [event["type"] for event in events if event["type"] in {f"payroll.question.{what}" for what in due}]

    assert await told() == [], "its time is another"
    assert await desk.waiting() == ["escalated", "overdue"]
    await desk.set(question, "answer_until", due["overdue"])
    await desk.set(question, "escalates_at", due["escalated"])
    found = await desk.read(question)
    assert (found["overdue"], found["escalated"]) == (True, True)
    assert await desk.listed(overdue="true") == [question["id"]]
    both = ["payroll.question.overdue", "payroll.question.escalated"]
    assert (await told(), await told()) == (both, both)
    events = [event for event in await feed_of(desk.client, keys, "payroll") if event["type"] in both]
    assert [fault for event in events for fault in faults_of(event["type"], event["data"])] == []
    other = await desk.asked((await desk.lines())[0]["id"])
    await desk.done(other, "answer", desk.office.clerk, AS_PAID)
    await tell_late(desk.small.app.state.database, store, UUID(other["id"]), "overdue", due["overdue"])
    assert await told() == both


async def test_a_store_sets_its_own_clock(desk: Desk) -> None:
    address, client = "/v1/question-clocks", desk.client
    shipped = (await client.get(f"{address}/current", headers=desk.asker)).json()
    assert shipped == {"answer_days": 2, "escalation_days": 5, "asking_days": 30, "settling_days": 7,
                       "valid_from": None, "set_by": None}  # fmt: skip
    body = {"answer_days": 1, "escalation_days": 1, "asking_days": 10, "settling_days": 3}
    refused(await desk.office.send(address, desk.office.clerk, body), 403, "role-missing")
    late = {**body, "answer_days": 2}
    refused(await desk.office.send(address, desk.office.manager, late), 422, "question-clock-invalid")
    past = {**body, "valid_from": "2026-01-01"}
    refused(await desk.office.send(address, desk.office.manager, past), 409, "valid-from-past")
    assert (await desk.office.send(address, desk.office.manager, body)).status_code == 201
    refused(await desk.office.send(address, desk.office.manager, body), 409, "exists-already")
    assert (await client.get(f"{address}/current", headers=desk.asker)).json()["set_by"] == "SM01"
    asked = await desk.asked()
    assert asked["answer_until"] == asked["escalates_at"]
