"""A target is changed only with a new signature: until then what was signed last is what counts, and that is told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payroll.domain import errors
from services.payroll.domain.calculation.correction import Paid, PaidKey, Recalculated, correct
from services.payroll.domain.calculation.evaluation import evaluate
from services.payroll.domain.calculation.given import Target
from services.payroll.domain.calculation.outcome import Outcome
from services.payroll.domain.month import Month
from services.payroll.domain.words.explanation import Explainer
from services.payroll.domain.words.saying import Saying
from services.payroll.domain.words.told_step import Known
from tests.payroll.shipped_plan import MARCH, make_input, make_person, make_target, trial
from tests.payroll.small_month import SmallMonth
from tests.payroll.test_corrections import age, corrected, put
from tests.payroll.test_pay_months import Office, office

__all__ = ["office"]

PLAN = """[一.5] 门店 率 rate = 达成率(50元; "业务组"; 产值; 业务接待)
[一.5] 个人(业务接待) 奖 bonus = 1000元 × 率
[一.5] 发放 奖"""
PEOPLE = (make_person(), make_person("QT01", post="前台主管"), make_person("J101", team="机电一组"))
FIRST = make_target(version=2)
UNSIGNED = make_target(version=3, value=Decimal(200), signed_on=None, signed_by=None)


def evaluated(*targets: Target) -> Outcome:
    return evaluate(trial(PLAN), make_input(people=PEOPLE, targets=targets))


@pytest.mark.parametrize(
    ("newest", "counts", "reference"),
    [
        (UNSIGNED, 100, "SA01 2026-02-25 v2 v3"),
        (replace(UNSIGNED, value=Decimal(0)), 100, "SA01 2026-02-25 v2 v3"),
        (replace(UNSIGNED, signed_on=date(2026, 2, 26), signed_by="J101"), 100, "SA01 2026-02-25 v2 v3"),
        (replace(UNSIGNED, signed_on=date(2026, 2, 26), signed_by="QT01"), 100, "SA01 2026-02-25 v2 v3"),
        (replace(UNSIGNED, signed_by="SA01"), 100, "SA01 2026-02-25 v2 v3"),
        (replace(UNSIGNED, signed_on=date(2026, 2, 26), signed_by="SA01"), 200, "SA01 2026-02-26"),
    ],
    ids=["unsigned", "zero and unsigned", "by a stranger", "by another post", "on no day", "signed"],
)
def test_until_a_changed_target_is_signed_the_version_signed_before_counts_and_the_run_says_so(
    newest: Target, counts: int, reference: str
) -> None:
    outcome = evaluated(replace(newest, former=(FIRST, replace(FIRST, version=1, value=Decimal(10)))))
    (read,) = outcome.nodes["rate"].inputs
    assert (read.value, read.reference) == (counts, reference)
    told = [(note.subject, note.english) for note in outcome.warnings if note.code == "target-change-unsigned"]
    said = f"业务组 output: version 2 (100), signed by SA01, counts until version 3 ({newest.value}) is signed"
    assert told == ([("业务组", said)] if counts == 100 else [])


def test_a_target_that_was_never_signed_stops_the_run_however_often_it_was_changed() -> None:
    with pytest.raises(errors.TargetUnsigned, match="signed_by -, signed_on -"):
        evaluated(UNSIGNED)
    with pytest.raises(errors.TargetUnsigned, match="signed_by -, signed_on -"):
        evaluated(replace(UNSIGNED, former=(replace(FIRST, signed_by="J101"),)))


def test_the_weight_is_that_of_the_version_that_counts() -> None:
    weighed = trial('[一] 门店 值 result = 目标权重("业务组"; 产值)')
    former = replace(FIRST, weight=Decimal("0.6"))
    outcome = evaluate(weighed, make_input(people=PEOPLE, targets=(replace(UNSIGNED, former=(former,)),)))
    assert outcome.nodes["result"].value == Decimal("0.6")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", "业务组的产值目标 100.00，SA01 2026-02-25 签字（第 2 版；第 3 版未签字，不生效）"),
        ("en", ("target output of 业务组 100.00, signed by SA01 on 2026-02-25"
               " (version 2; version 3 is not signed and does not count)")),
    ],
)  # fmt: skip
def test_words_name_the_version_that_waits(language: str, said: str) -> None:
    nodes = evaluated(replace(UNSIGNED, former=(FIRST,))).told
    known = Known(MARCH, (), {})
    (sentence,) = Explainer(Saying("zh" if language == "zh" else "en"), known, nodes).explain("rate")
    assert said in sentence.notes
    (target,) = sentence.targets
    assert (target.signed_by, target.signed_on, target.version, target.unsigned_version) == ("SA01", "2026-02-25", 2, 3)


ACTS = st.lists(st.one_of(st.integers(1, 5000).map(Decimal), st.just("sign")), max_size=8)
APRIL, MAY = Month(2026, 4), Month(2026, 5)


def acted(target: Target, acts: Sequence[Decimal | str]) -> Target:
    """As the service does it: each change and each signature is another version, and the former are kept."""
    for act in acts:
        if act == "sign" and target.signed_by:
            continue
        signed = (target, *target.former) if target.signed_by else target.former
        kept = tuple(replace(each, former=()) for each in signed)
        state = (date(2026, 2, 26), "SA01", target.value) if act == "sign" else (None, None, Decimal(act))
        target = replace(
            target, version=target.version + 1, former=kept, signed_on=state[0], signed_by=state[1], value=state[2]
        )
    return target


def paid_by(outcomes: Sequence[Outcome]) -> dict[PaidKey, Paid]:
    """What was paid for March in all."""
    found: dict[PaidKey, Paid] = {}
    for outcome in outcomes:
        for line in outcome.lines:
            before = found.get((line.person, line.line), Paid(Decimal(0), "", "")).amount
            found[line.person, line.line] = Paid(before + line.amount, line.name, line.clause)
    return found


@given(ACTS, ACTS, ACTS)
def test_whether_a_target_is_changed_and_signed_before_or_after_its_month_is_closed_pays_the_same_in_all(
    before: Sequence[Decimal | str], april: Sequence[Decimal | str], may: Sequence[Decimal | str]
) -> None:
    target = acted(FIRST, before)
    closed = [evaluated(target)]
    for month, acts in ((APRIL, april), (MAY, may)):
        target = acted(target, acts)
        again = Recalculated(evaluated(target), paid_by(closed))
        own = replace(closed[0], month=month, lines=(), warnings=())
        closed.append(replace(correct(own, (again,)), nodes={}))
    at_once = evaluated(acted(FIRST, [*before, *april, *may]))
    assert {key: paid.amount for key, paid in paid_by(closed).items() if paid.amount} == {
        (line.person, line.line): line.amount for line in at_once.lines
    }


def test_a_run_that_corrects_a_closed_month_names_its_target_that_waits() -> None:
    again = Recalculated(evaluated(replace(UNSIGNED, former=(FIRST,))), {})
    own = replace(evaluated(FIRST), month=APRIL)
    (note,) = correct(own, (again,)).warnings
    assert (note.code, note.subject) == ("target-change-unsigned", "业务组")
    assert (note.chinese[:9], note.english[:9]) == ("2026-03: ", "2026-03: ")


async def test_a_closed_months_target_that_is_changed_is_corrected_once_it_is_signed_and_stops_nothing_until_then(
    office: Office,
) -> None:
    small = office.small
    await age(office)
    await office.close()
    output = await output_of(small)
    address = f"/v1/targets/{output['id']}"
    changed = await put(office, address, {"value": "2000"}, output["version"])
    signed = {"version": 1, "value": "1000", "weight": "1", "signed_on": "2026-08-29", "signed_by": "SA01"}
    assert (changed["signed_by"], changed["in_force"]) == (None, signed)
    assert await corrected(office) == {}
    run = (await small.read("/v1/runs?month=2026-10"))["items"][0]
    (told,) = [each for each in run["warnings"] if each["code"] == "target-change-unsigned"]
    assert told["english"].startswith("2026-09: 业务组 output: version 1 (1000), signed by SA01, counts until")
    await office.done(f"{address}/sign", small.person("SA02"), 2)
    listed = (await small.read("/v1/targets?month=2026-09"))["items"]
    assert {each["metric"]: each["in_force"]["version"] for each in listed} == {"output": 3, "car_count": 1}
    assert set(await corrected(office)) == {"SA01", "SA02"}


async def output_of(small: SmallMonth) -> dict[str, Any]:
    targets: list[dict[str, Any]] = (await small.read("/v1/targets?month=2026-09"))["items"]
    return next(each for each in targets if each["metric"] == "output")


async def test_a_preview_reads_the_version_that_was_signed(small: SmallMonth) -> None:
    await small.prepare()
    await small.tell()
    before, output = await small.run(), await output_of(small)
    headers = {**small.headers, "If-Match": '"1"'}
    changed = await small.client.patch(f"/v1/targets/{output['id']}", json={"value": "7"}, headers=headers)
    assert (changed.status_code, changed.json()["in_force"]["value"]) == (200, "1000")
    after = await small.run()
    assert (after["status"], after["total"]) == ("completed", before["total"])
    assert [each["code"] for each in after["warnings"]].count("target-change-unsigned") == 1


async def imported(small: SmallMonth, **row: object) -> tuple[str, list[str]]:
    body = {"source": "dms", "rows": [{"row": 2, "month": "2026-09", "subject": "业务组", "metric": "output", **row}]}
    answer = await small.client.post("/v1/bulk/targets", json=body, headers=small.headers)
    (result,) = answer.json()["results"]
    return result["outcome"], [each["code"] for each in result["warnings"]]


async def test_a_row_without_a_signature_leaves_that_of_the_same_value_and_says_when_a_change_waits_for_one(
    small: SmallMonth,
) -> None:
    await small.prepare(targets=())
    half = {"signed_by": "SA01"}
    assert await imported(small, value="1000", **half) == ("created", ["target-unsigned"])
    (target,) = (await small.read("/v1/targets"))["items"]
    assert (target["signed_by"], target["in_force"]) == (None, None), "half a signature is none"
    signing = {**small.person("SA01"), "If-Match": '"1"'}
    signed = await small.client.post(f"/v1/targets/{target['id']}/sign", headers=signing)
    assert signed.status_code == 200, signed.text
    assert await imported(small, value="1000.00") == ("unchanged", [])
    assert await imported(small, value="1000", weight="1", **half) == ("unchanged", [])
    assert await imported(small, value="1200") == ("updated", ["target-change-unsigned"])
    assert await imported(small, value="1300") == ("updated", ["target-change-unsigned"])
    (target,) = (await small.read("/v1/targets"))["items"]
    assert (target["value"], target["signed_by"], target["in_force"]["value"]) == ("1300", None, "1000")
    assert await imported(small, value="1300", signed_on="2026-08-30", signed_by="SA02") == ("updated", [])
    (target,) = (await small.read("/v1/targets"))["items"]
    assert (target["version"], target["in_force"]["version"], target["in_force"]["signed_by"]) == (5, 5, "SA02")


async def test_a_change_to_what_a_target_is_already_leaves_the_signature_on_it(small: SmallMonth) -> None:
    await small.prepare()
    target = await output_of(small)
    for body in ({"value": "1000.0"}, {"weight": "1"}, {"value": "1000", "weight": "1.00"}):
        headers = {**small.headers, "If-Match": '"1"'}
        answer = await small.client.patch(f"/v1/targets/{target['id']}", json=body, headers=headers)
        assert (answer.status_code, answer.json()["signed_by"], answer.headers["etag"]) == (200, "SA01", '"1"')


async def test_who_signed_for_a_team_and_has_left_it_within_the_month_has_signed(small: SmallMonth) -> None:
    """Else everybody's pay would stop on the day when one of the desk leaves, and that of closed months too."""
    await small.prepare()
    await small.tell()
    person = await small.read("/v1/employees/SA01")
    headers = {**small.headers, "If-Match": f'"{person["version"]}"'}
    gone = await small.client.patch("/v1/employees/SA01", json={"left_on": "2026-09-20"}, headers=headers)
    assert gone.status_code == 200, gone.text
    assert (await small.run())["status"] == "completed"
    headers = {**small.headers, "If-Match": gone.headers["etag"]}
    before = await small.client.patch("/v1/employees/SA01", json={"left_on": "2026-08-31"}, headers=headers)
    assert before.status_code == 200, before.text
    run = await small.run()
    assert (run["status"], run["problem"]["type"]) == ("failed", "urn:aftermile:problem:target-unsigned")
    output = await output_of(small)
    sign = f"/v1/targets/{output['id']}/sign"
    own = await small.client.post(sign, headers={**small.person("SA01"), "If-Match": '"1"'})
    assert (own.status_code, own.json()["type"]) == (403, "urn:aftermile:problem:target-not-yours")
    again = await small.client.post(sign, headers={**small.person("SA02"), "If-Match": '"1"'})
    assert (again.status_code, again.json()["signed_by"]) == (200, "SA02"), again.text
    twice = await small.client.post(sign, headers={**small.person("SA02"), "If-Match": '"2"'})
    assert (twice.status_code, twice.json()["type"]) == (409, "urn:aftermile:problem:target-already-signed")


async def test_who_joins_a_team_for_the_month_signs_before_it_and_who_leaves_for_it_does_not(small: SmallMonth) -> None:
    await small.prepare()
    for number, day, team in (("J101", "2026-09-30", "业务组"), ("SA02", "2026-09-01", "机电一组")):
        person = await small.read(f"/v1/employees/{number}")
        headers = {**small.headers, "If-Match": f'"{person["version"]}"'}
        terms = {"post": person["terms"]["post"], "team": team}
        moved = await small.client.put(f"/v1/employees/{number}/terms/{day}", json=terms, headers=headers)
        assert moved.status_code == 200, moved.text
    output = await output_of(small)
    headers = {**small.headers, "If-Match": '"1"'}
    changed = await small.client.patch(f"/v1/targets/{output['id']}", json={"value": "2000"}, headers=headers)
    assert changed.status_code == 200, changed.text
    for number, status in (("SA02", 403), ("J101", 200)):
        sign = f"/v1/targets/{output['id']}/sign"
        answer = await small.client.post(sign, headers={**small.person(number), "If-Match": '"2"'})
        assert answer.status_code == status, answer.text
    over = await small.client.post(sign, headers={**small.person("SA01"), "If-Match": '"3"'})
    assert over.status_code == 200, "the plan asks for an advisor's signature, and a mechanic's stood there"
