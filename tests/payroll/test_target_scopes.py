"""Whose target it is, a person's or a team's: a team may be called as an employee is numbered."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from alembic import command
from alembic.config import Config

from aftermile.provision import migrations_folder
from services.payroll.domain.calculation.evaluation import evaluate
from services.payroll.domain.calculation.outcome import Scope
from services.payroll.domain.calculation.targets import TargetName
from services.payroll.domain.errors import ExamplesInvalid, TargetMissing
from services.payroll.domain.plans.example_file import read_input
from tests.harness import Clone, blocking
from tests.payroll.shipped_plan import lines_of, make_input, make_person, make_target, trial
from tests.payroll.small_month import SmallMonth

PLAN = trial("""[一] 个人 奖 bonus = 1000元 × 达成率(50元; 本人; 产值)
[一] 班组 率 rate = 达成率(50元; 本班组; 产值)
[一] 个人 组奖 team_bonus = 1000元 × 率
[一] 发放 奖, 组奖""")
PEOPLE = (make_person("J1", team="J1"), make_person("J2", team="J1"))
OWN = tuple(make_target(scope=Scope.PERSON, subject=each, signed_by=each) for each in ("J1", "J2"))
TEAMS = make_target(subject="J1", value=Decimal(200), signed_by="J2")


def test_a_team_called_as_an_employee_is_numbered_has_a_target_of_its_own() -> None:
    outcome = evaluate(PLAN, make_input(people=PEOPLE, targets=(*OWN, TEAMS)))
    assert lines_of(outcome)["J1"] == {"bonus": "500.00", "team_bonus": "250.00"}
    read = [outcome.nodes[node].inputs[-1].name for node in ("bonus/J1", "rate/J1")]
    assert read == ["output:person:J1", "output:team:J1"]


@pytest.mark.parametrize(
    ("targets", "said"),
    [(OWN, r"J1 产值 \(output\) 班组 / team"), ((OWN[1], TEAMS), r"J1 产值 \(output\) 个人 / person")],
)
def test_a_target_of_the_other_kind_is_none(targets: tuple[Any, ...], said: str) -> None:
    with pytest.raises(TargetMissing, match=said):
        evaluate(PLAN, make_input(people=PEOPLE, targets=targets))


@pytest.mark.parametrize(
    ("scope", "written"),
    [
        (Scope.TEAM, "output:team:机电:一组"),
        (Scope.PERSON, "output:person:J1"),
        (None, "output:J1"),
        (None, "output:team"),
    ],
)
def test_a_trace_of_before_has_no_scope(scope: Scope | None, written: str) -> None:
    name = TargetName.read(written)
    assert (name.scope, name.written) == (scope, written)


def given_example(**target: Any) -> str:
    people = [{"number": "J1", "post": "机电技师", "team": "J1"}, {"number": "J2", "post": "机电技师", "team": "甲组"}]
    document = {"month": "2026-03", "people": people, "targets": [{"metric": "产值", "value": "1", **target}]}
    return read_input(json.loads(json.dumps(document))).targets[0].scope.value


def test_an_example_names_the_scope_where_a_team_is_called_as_somebody_is_numbered() -> None:
    plain = [given_example(subject=subject) for subject in ("J2", "甲组", "无人知")]
    said = [given_example(subject="J1", scope=scope) for scope in ("person", "team")]
    assert (plain, said) == (["person", "team", "team"], ["person", "team"])
    for wrong in ({}, {"scope": "store"}, {"scope": 1}):
        with pytest.raises(ExamplesInvalid, match=r"/targets/0/scope"):
            given_example(subject="J1", **wrong)


ROW = {"month": "2026-09", "metric": "output", "value": "1", "signed_on": "2026-08-29", "signed_by": "J101"}


async def rows_of(small: SmallMonth, *rows: dict[str, Any]) -> list[tuple[str, list[str]]]:
    body = {"source": "dms", "rows": [{**row, "row": at} for at, row in enumerate(rows, 2)]}
    answer = await small.client.post("/v1/bulk/targets", json=body, headers=small.headers)
    assert answer.status_code == 200, answer.text
    return [(each["outcome"], [e["code"] for e in each["errors"]]) for each in answer.json()["results"]]


async def test_a_row_says_whose_its_target_is_where_the_subject_alone_does_not(small: SmallMonth) -> None:
    await small.prepare(targets=())
    namesake = {"post": "mechanic", "team": "J101", "row": 1, "number": "J102", "name": "康宁"}
    body = {"source": "dms", "rows": [namesake]}
    assert (await small.client.post("/v1/bulk/employees", json=body, headers=small.headers)).status_code == 200
    unclear = await rows_of(small, *({**ROW, "subject": subject} for subject in ("J101", "没有", "a\0")))
    codes = ("subject-ambiguous", "subject-unknown", "string-pattern-mismatch")
    assert unclear == [("rejected", [code]) for code in codes]
    both = [{**ROW, "subject": "J101", "scope": scope} for scope in ("person", "team")]
    known = [{**ROW, "subject": subject} for subject in ("J102", "业务组", " 业务组 ")]
    assert await rows_of(small, *both, *known) == [*[("created", [])] * 4, ("duplicate", [])]
    made = [(each["scope"], each["subject"]) for each in (await small.read("/v1/targets"))["items"]]
    assert sorted(made) == [("person", "J101"), ("person", "J102"), ("team", "J101"), ("team", "业务组")]
    (own,) = (await small.read("/v1/targets?scope=person&subject=J101"))["items"]
    assert await rows_of(small, both[0]) == [("unchanged", [])]
    headers = {**small.headers, "If-Match": '"1"'}
    changed = await small.client.patch(f"/v1/targets/{own['id']}", json={"value": "2"}, headers=headers)
    assert changed.status_code == 200, changed.text
    sign, teams = f"/v1/targets/{own['id']}/sign", (await small.read("/v1/targets?scope=team&subject=J101"))["items"]
    member = {**small.person("J102"), "If-Match": '"2"'}
    refused = await small.client.post(sign, headers=member)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:aftermile:problem:target-not-yours")
    assert [each["value"] for each in teams] == ["1"]
    himself = {**small.person("J101"), "If-Match": '"2"'}
    assert (await small.client.post(sign, headers=himself)).status_code == 200


BEFORE = """
    INSERT INTO employee (store_id, number, name, source) SELECT $1, unnest(ARRAY['J1', 'J2']), 'x', 'test';
    INSERT INTO team (store_id, name) SELECT $1, unnest(ARRAY['J1', '甲组']);
    INSERT INTO target (store_id, month, subject, metric, value, signed_on, signed_by, source, version)
    SELECT $1, '2026-09', subject, 'output', 7, signed_on, signed_by, 'test', 2
    FROM (VALUES ('J1', date '2026-08-29', 'J2'), ('J2', NULL, 'J2'), ('甲组', '2026-08-29', 'J2'),
        ('X9', '2026-08-29', 'X9'), ('乙组', NULL, NULL)) t (subject, signed_on, signed_by);
    INSERT INTO target_history (store_id, target_id, version, state)
    SELECT store_id, id, 1, to_jsonb(t) - 'store_id' FROM target t WHERE subject = 'J1'
"""
TABLES = ("employee", "team", "target", "target_history")


async def filled(url: str) -> None:
    connection = await asyncpg.connect(url)
    store = "01a2219f-0000-7000-8000-000000000001"
    try:
        for table in TABLES:
            await connection.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        for statement in BEFORE.replace("$1", f"uuid '{store}'").split(";"):
            await connection.execute(statement)
        for table in TABLES:
            await connection.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    finally:
        await connection.close()


async def read(url: str, query: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        for table in TABLES:
            await connection.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


def test_targets_of_before_are_given_to_whom_they_are_and_one_of_two_to_both(
    clone_database: Callable[[str], Clone],
) -> None:
    url = clone_database("payroll").owner_url
    config = Config()
    config.set_main_option("script_location", str(migrations_folder("payroll")))
    config.attributes["url"] = url
    command.downgrade(config, "0015")
    blocking(filled(url))
    command.upgrade(config, "0016")
    columns = "scope, subject, value::int, signed_by, version"
    found = blocking(read(url, f'SELECT {columns} FROM target ORDER BY subject COLLATE "C", scope'))
    assert found == [
        ("person", "J1", 7, "J2", 2), ("team", "J1", 7, "J2", 2), ("person", "J2", 7, None, 2),
        ("person", "X9", 7, "X9", 2), ("team", "乙组", 7, None, 2), ("team", "甲组", 7, "J2", 2),
    ]  # fmt: skip
    kept = blocking(read(url, "SELECT h.state ->> 'scope', h.state ->> 'id' = t.id::text FROM target t "
                              "JOIN target_history h ON h.target_id = t.id ORDER BY 1"))  # fmt: skip
    assert kept == [("person", True), ("team", True)]
    command.downgrade(config, "0015")
    assert len(blocking(read(url, "SELECT subject FROM target"))) == 5
    assert len(blocking(read(url, "SELECT state FROM target_history"))) == 1
