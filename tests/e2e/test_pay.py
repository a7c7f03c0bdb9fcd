"""A month of pay through the gateway, from its targets to what an employee keeps of it: each by his own role, and what
is refused to the others. And a plan on its way from one shop to another."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from aftermile import work
from aftermile.client import Gateway
from aftermile.session import gateway_of
from aftermile.state import StateFolder
from tests.e2e.people import Person, customer_of, refused, staff
from tests.e2e.stacks import a_store, eventually, run

pytestmark = pytest.mark.e2e
EXPORT = Path(__file__).with_name("october")
EXPECTED = json.loads((EXPORT / "expected.json").read_text(encoding="utf-8"))["pay"]
OCTOBER = "/v1/pay-months/2026-10"
ROLES = {
    "clerk": ("payroll_clerk", "CL01"),
    "workshop": ("workshop_manager", "WM01"),
    "manager": ("service_manager", "Z1"),
    "mechanic": ("technician", "M1"),
    "colleague": ("technician", "M2"),
    "advisor": ("service_advisor", "A1"),
    "auditor": ("auditor", "AU01"),
}
ROLE_MISSING = (403, "role-missing")


@dataclass
class Office:
    """The people of one shop, its first account, an employee's phone, and the month as it was last seen."""

    people: dict[str, Person]
    admin: Gateway
    phone: httpx.Client
    run: str = ""
    month: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Person:
        return self.people[name]

    def move(self, who: Person, verb: str, body: Any = None) -> None:
        self.month = who.make(f"{OCTOBER}/{verb}", body, self.month["version"])

    def refusal(self, who: Person, verb: str, body: Any = None) -> tuple[int, str]:
        return refused(who.post(f"{OCTOBER}/{verb}", body, self.month["version"]))


@pytest.fixture(scope="module")
def office(state: StateFolder) -> Iterator[Office]:
    with gateway_of(state, "en") as platform:
        store = platform.post("/v1/stores", {"code": "PAY", "name": "二号店", "time_zone": "Asia/Shanghai"})
    with gateway_of(state, "en", "PAY") as admin, staff(admin, store, **ROLES) as people:
        work.ensure_plan(admin)
        work.ensure_questionnaire(admin)
        with customer_of(admin.url) as phone:
            yield Office(people, admin, phone)


def facts_are_imported_and_a_preview_is_everybodys_own(office: Office) -> None:
    work.import_export(office.admin, EXPORT, "2026-10", lambda _done, _total: None)
    asked = {"month": "2026-10"}
    assert refused(office.advisor.post("/v1/runs", asked)) == ROLE_MISSING
    answer = office.clerk.post("/v1/runs", asked)
    assert answer.status_code == 202, answer.text
    ended = work.ended_run(office.admin, answer.json())
    assert ended["status"] == "completed", ended["problem"]
    office.run = ended["id"]
    lines = f"/v1/runs/{office.run}/lines"
    own = office.mechanic.read(lines)["items"]
    assert {(line["employee"], line["amount"]) for line in own} == {("M1", EXPECTED["M1"]["total"])}
    assert {line["employee"] for line in office.clerk.read(lines)["items"]} == set(EXPECTED)
    strange = next(line for line in office.clerk.read(lines)["items"] if line["employee"] == "M2")
    trace = f"/v1/runs/{office.run}/trace/{strange['id']}"
    assert refused(office.mechanic.get(trace)) == (403, "pay-not-yours")
    assert office.colleague.read(trace)["line"]["amount"] == EXPECTED["M2"]["total"]
    assert refused(office.mechanic.get(f"/v1/runs/{office.run}/figures")) == ROLE_MISSING
    assert office.phone.get(lines).status_code == 401


def a_target_is_proposed_from_history_and_binds_once_it_is_signed(office: Office) -> None:
    wish = {"month": "2026-11", "until": "2026-10", "metric": "output", "scope": "team", "subject": "接待组"}
    assert refused(office.advisor.post("/v1/target-proposals", wish)) == ROLE_MISSING
    assert refused(office.clerk.post("/v1/target-proposals", wish)) == (409, "history-too-short")
    quiet_months(office, "2026-08", "2026-09")
    (proposal,) = office.clerk.make("/v1/target-proposals", wish)["proposals"]
    reached = {each["month"]: each["value"] for each in proposal["numbers"]}
    assert reached == {"2026-08": "0", "2026-09": "0", "2026-10": "22841/2"}
    assert (proposal["exact"], proposal["value"]) == ("22841/6", "3800")
    chosen = {name: proposal[name] for name in ("scope", "subject", "metric", "value")} | {"month": "2026-11"}
    target = office.clerk.make("/v1/targets", chosen)
    sign = f"/v1/targets/{target['id']}/sign"
    assert refused(office.mechanic.post(sign, version=1)) == (403, "target-not-yours")
    assert refused(office.advisor.post(sign)) == (428, "version-required")
    assert office.advisor.make(sign, version=1)["signed_by"] == "A1"
    changed = office.clerk.patch(f"/v1/targets/{target['id']}", {"value": "12000"}, 2)
    assert changed.json()["signed_by"] is None, "another value is another promise"


def quiet_months(office: Office, *months: str) -> None:
    """With the targets of October, and nothing done in them."""
    for month in months:
        rows = [
            {name: each[name] for name in ("subject", "metric", "value", "signed_by", "signed_on")}
            | {"month": month, "row": row}
            for row, each in enumerate(office.admin.items("/v1/targets", month="2026-10"), start=2)
        ]
        office.admin.post("/v1/bulk/targets", {"source": "dms", "rows": rows})
        work.run_month(office.admin, month)


def a_month_is_locked_and_shares_move_when_somebody_else_allows_it(office: Office) -> None:
    lock = {"run": office.run}
    office.month = office.clerk.read(OCTOBER)
    assert office.refusal(office.workshop, "lock", lock) == ROLE_MISSING
    assert refused(office.clerk.post(f"{OCTOBER}/lock", lock)) == (428, "version-required")
    office.move(office.clerk, "lock", lock)
    assert refused(office.clerk.post(f"{OCTOBER}/lock", lock, 0)) == (412, "version-stale")
    shares = office.workshop.read(f"{OCTOBER}/pools")["items"]
    (pool,) = {(each["pool"], each["owner"]) for each in shares if each["employee"] == "M1"}
    moved = [{"employee": "M1", "amount": "-2.74"}, {"employee": "M2", "amount": "2.74"}]
    body = {"pool": pool[0], "owner": pool[1], "reason": "吴六请假", "shares": moved}
    assert refused(office.mechanic.post(f"{OCTOBER}/adjustments", body))[0] in {403, 404}
    short = {**body, "shares": [moved[0]]}
    assert refused(office.workshop.post(f"{OCTOBER}/adjustments", short)) == (422, "adjustment-refused")
    by_clerk = f"/v1/adjustments/{office.clerk.make(f'{OCTOBER}/adjustments', body)['id']}"
    assert refused(office.clerk.post(f"{by_clerk}/approve", {}, 1)) == ROLE_MISSING
    office.manager.make(f"{by_clerk}/refuse", {"note": "由车间提出"}, 1)
    made = f"/v1/adjustments/{office.workshop.make(f'{OCTOBER}/adjustments', body)['id']}"
    assert office.refusal(office.workshop, "approve") == (409, "adjustments-undecided")
    assert office.manager.make(f"{made}/approve", {"note": "同意"}, 1)["state"] == "approved"


def two_approve_and_the_clerk_closes(office: Office) -> None:
    assert office.refusal(office.manager, "approve") == (403, "approval-not-yours")
    office.move(office.workshop, "approve")
    assert office.refusal(office.clerk, "close") == (409, "month-move-not-allowed")
    assert refused(office.clerk.get(f"{OCTOBER}/payment-file")) == (409, "month-not-closed")
    office.move(office.manager, "approve")
    assert office.refusal(office.workshop, "close") == ROLE_MISSING
    office.move(office.clerk, "close")
    assert office.refusal(office.clerk, "reopen", {"reason": "x"}) == ROLE_MISSING
    assert office.refusal(office.manager, "reopen") == (422, "invalid")
    assert office.month["state"] == "closed"


STEPS = (
    facts_are_imported_and_a_preview_is_everybodys_own,
    a_target_is_proposed_from_history_and_binds_once_it_is_signed,
    a_month_is_locked_and_shares_move_when_somebody_else_allows_it,
    two_approve_and_the_clerk_closes,
)


@pytest.fixture(scope="module")
def closed(office: Office) -> Office:
    """Each step sees what is refused on the way; the tests look at the month that they lead to."""
    for step in STEPS:
        step(office)
    return office


def test_a_month_is_closed_by_everybody_in_his_turn(closed: Office) -> None:
    month = closed.auditor.read(OCTOBER)
    assert (month["state"], month["version"]) == ("closed", closed.month["version"])


def test_the_month_is_paid_as_it_was_closed_and_stands_in_the_books(closed: Office) -> None:
    paid = {each["employee"]: each["pay"] for each in closed.clerk.read(f"{OCTOBER}/payments")["items"]}
    expected = {employee: each["total"] for employee, each in EXPECTED.items()} | {"M1": "70.00", "M2": "51.23"}
    assert paid == expected
    file = closed.clerk.get(f"{OCTOBER}/payment-file")
    assert (file.status_code, file.text.count("2026-10,")) == (200, len(expected))
    assert refused(closed.workshop.get(f"{OCTOBER}/payment-file")) == ROLE_MISSING
    entries = closed.auditor.read(f"{OCTOBER}/entries")
    assert entries["debit"] == entries["credit"] == closed.month["total"]
    assert refused(closed.advisor.get(f"{OCTOBER}/entries")) == ROLE_MISSING
    slips = closed.clerk.read(f"{OCTOBER}/slips")
    assert (slips["locked"], {each["employee"] for each in slips["items"]} >= set(expected)) == (True, True)
    assert refused(closed.mechanic.get(f"{OCTOBER}/slips")) == ROLE_MISSING


def test_an_employee_opens_his_statement_and_checks_its_receipt_without_us(closed: Office, tmp_path: Path) -> None:
    own = f"{OCTOBER}/statements/M1"
    assert closed.mechanic.read(own)["total"] == "70.00"
    assert [each["employee"] for each in closed.mechanic.read(f"{OCTOBER}/statements")["items"]] == ["M1"]
    for path in ("", "/receipt"):
        assert refused(closed.colleague.get(own + path)) == (404, "not-found")
    assert refused(closed.colleague.post(f"{own}/link")) == (404, "not-found")
    link = closed.mechanic.make(f"{own}/link")
    page = closed.phone.get(link["path"])
    assert (page.status_code, "70.00" in page.text, "吴六请假" in page.text) == (200, True, True)
    assert closed.phone.get(f"{link['path'][:-4]}AAAA").status_code == 404
    paper = closed.phone.get(f"/v1/statement-links/{link['token']}/statement.pdf")
    assert (paper.status_code, paper.content[:5]) == (200, b"%PDF-")
    receipt = tmp_path / "receipt.json"
    receipt.write_bytes(closed.phone.get(f"/v1/statement-links/{link['token']}/receipt").content)
    keys = tmp_path / "keys.json"
    keys.write_bytes(closed.phone.get("/.well-known/jwks.json").content)
    right = run("verify", receipt, "--key", keys, "--lang", "en")
    assert (right.returncode, "M1 for 2026-10, total 70.00" in right.stdout) == (0, True), right.stdout
    receipt.write_bytes(receipt.read_bytes().replace(b"70.00", b"71.00"))
    wrong = run("verify", receipt, "--key", keys, "--lang", "en")
    assert (wrong.returncode, "Traceback" in wrong.stderr) == (1, False), wrong.stdout


def test_another_rate_is_tried_on_the_closed_month_and_touches_nothing(closed: Office) -> None:
    asked = {"parameters": [{"name": "output_rate", "value": "0.25%"}], "months": ["2026-10"]}
    assert refused(closed.workshop.post("/v1/what-ifs", asked)) == ROLE_MISSING
    answer = closed.clerk.post("/v1/what-ifs", asked)
    assert answer.status_code == 202, answer.text
    address = f"/v1/what-ifs/{answer.json()['id']}"
    eventually(lambda: closed.clerk.read(address)["status"] in {"completed", "failed"})
    found = closed.clerk.read(address)
    assert (found["status"], {each["same_as_run"] for each in found["months"]}) == ("completed", {True})
    losers = {
        each["employee"] for each in closed.clerk.read(f"{address}/pay")["items"] if Decimal(each["difference"]) < 0
    }
    assert losers == {"A1", "A2", "B1"}
    assert closed.clerk.read(OCTOBER)["root"] == closed.month["root"]


def test_all_of_it_is_in_the_trail_with_who_and_how_it_ended(closed: Office) -> None:
    assert refused(closed.clerk.get("/v1/audit")) == ROLE_MISSING
    trail = closed.auditor.read("/v1/audit", limit=100)["items"]
    told = [(each["name"], each["path"].removeprefix(OCTOBER), each["status"]) for each in reversed(trail)]
    steps = [each for each in told if each[1] in {"/lock", "/approve", "/close", "/reopen"}]
    assert steps == [
        ("workshop", "/lock", 403), ("clerk", "/lock", 428), ("clerk", "/lock", 200), ("clerk", "/lock", 412),
        ("workshop", "/approve", 409), ("manager", "/approve", 403), ("workshop", "/approve", 200),
        ("clerk", "/close", 409), ("manager", "/approve", 200), ("workshop", "/close", 403), ("clerk", "/close", 200),
        ("clerk", "/reopen", 403), ("manager", "/reopen", 422),
    ]  # fmt: skip
    decided = [(name, status) for name, path, status in told if path.startswith("/v1/adjustments/")]
    assert decided == [("clerk", 403), ("manager", 200), ("manager", 200)]


def test_pay_is_explained_at_the_gateway_and_on_the_command_line(closed: Office, state: StateFolder) -> None:
    told = run("explain", "M1", "--month", "2026-10", "--state", state.path, "--store", "PAY", "--lang", "en")
    assert (told.returncode, "total 70.00 CNY" in told.stdout) == (0, True), told.stdout + told.stderr
    own = closed.mechanic.read(f"{OCTOBER}/statements/M1/explain", language="zh")
    assert "吴六请假" in json.dumps(own, ensure_ascii=False)
    line = closed.mechanic.read(f"/v1/runs/{closed.run}/lines")["items"][0]
    told_line = closed.mechanic.read(f"/v1/runs/{closed.run}/explain/{line['id']}")
    assert (told_line["line"]["employee"], told_line["sentences"][0]["node"]) == ("M1", line["node"])
    unknown = run("explain", "M9", "--month", "2026-10", "--state", state.path, "--store", "PAY", "--lang", "en")
    assert unknown.returncode == 1
    no_month = run("explain", "M1", "--month", "2026-13", "--state", state.path, "--store", "PAY", "--lang", "en")
    assert "2026-13 is no month; write it as 2026-09" in no_month.stderr


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
