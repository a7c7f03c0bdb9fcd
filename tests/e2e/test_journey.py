"""One visit through the gateway, from the reception to what everybody knows of it afterwards, and what it refuses."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import httpx
import pytest
from PIL import Image

from aftermile import work
from aftermile.session import gateway_of
from aftermile.state import StateFolder
from tests.e2e.people import Person, customer_of, refused, staff
from tests.e2e.stacks import eventually

pytestmark = pytest.mark.e2e
VIN = "LSGPBVL31NJ220930"
ROLES = {
    "advisor": ("service_advisor", "SA01"),
    "technician": ("technician", "J104"),
    "inspector": ("workshop_manager", "QC01"),
    "cashier": ("cashier", "K01"),
    "manager": ("service_manager", "M01"),
}


@dataclass
class Visit:
    """The people of one shop, a customer on his phone, and the order between them."""

    people: dict[str, Person]
    phone: httpx.Client
    order: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Person:
        return self.people[name]

    @property
    def address(self) -> str:
        return f"/v1/repair-orders/{self.order['id']}"

    def move(self, who: Person, verb: str, body: Any = None) -> None:
        self.order = who.make(f"{self.address}/{verb}", body, self.order["version"])

    def refresh(self) -> None:
        self.order = self.manager.read(self.address)


@pytest.fixture
def visit(state: StateFolder) -> Iterator[Visit]:
    with gateway_of(state, "en") as platform:
        store = platform.post("/v1/stores", {"code": "J1", "name": "一号店", "time_zone": "Asia/Shanghai"})
        with gateway_of(state, "en", "J1") as admin, staff(admin, store, **ROLES) as people:
            work.ensure_questionnaire(admin)
            admin.post("/v1/customers", {"number": "C1", "name": "王芳", "mobile": "13800138000"})
            admin.post("/v1/vehicles", {"vin": VIN, "plate": "沪A12345", "model": "科鲁兹"})
            with customer_of(admin.url) as phone:
                yield Visit(people, phone)


def soon(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def a_photo() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (640, 480), (120, 90, 60)).save(written, "JPEG")
    return written.getvalue()


def line(code: str, amount: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": "labour", "code": code, "name": code, "standard_hours": "1.00", "quantity": "1", "list_price": amount,
        "amount": amount, "payer": "customer", "team": "机电一组", **more,
    }  # fmt: skip


def a_quote(*upsells: dict[str, Any], **more: Any) -> dict[str, Any]:
    told = {"why": "只剩 2 毫米", "if_not_done": "制动距离变长", "minutes": 60}
    items = [{"upsell_id": upsell["id"], **told} for upsell in upsells]
    return {"items": items, "explained_by": ["SA01", "J104"], "valid_until": soon(24), **more}


def send_from_the_phone(phone: httpx.Client, path: str, choices: dict[str, str]) -> httpx.Response:
    page = phone.get(path)
    assert page.status_code == 200, page.text
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text)
    hidden = [(name, unescape(value)) for name, value in found]
    chosen = [(f"decision-{upsell}", decision) for upsell, decision in choices.items()]
    content = str(httpx.QueryParams([*hidden, *chosen, ("name", "王芳")]))
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    return phone.post(path, content=content, headers=kind)


def reception(visit: Visit) -> None:
    body = {
        "kind": "maintenance", "vin": VIN, "customer_number": "C1", "advisor": "SA01", "odometer_km": 42_000,
        "drop_off_person": "王先生", "invoice_title": "某某公司", "jobs": [{"complaint": "刹车有异响"}],
        "lines": [line("ME01", "300.00", job_number=1), line("P1", "200.00", kind="part", origin="genuine")],
    }  # fmt: skip
    assert refused(visit.technician.post("/v1/repair-orders", body)) == (403, "role-missing")
    visit.order = visit.advisor.make("/v1/repair-orders", {**body, "promised_at": soon(6)})
    stale = visit.advisor.post(f"{visit.address}/diagnose", version=99)
    assert refused(stale) == (412, "version-stale")
    for verb in ("diagnose", "quote"):
        visit.move(visit.advisor, verb)
    unsaid = visit.advisor.post(f"{visit.address}/approve", {"method": "phone"}, visit.order["version"])
    assert unsaid.status_code == 422
    signature = visit.advisor.upload(
        "/v1/files", a_photo(), "image/jpeg", order_id=visit.order["id"], purpose="signature"
    )  # fmt: skip
    signed = {"method": "in_person_signature", "decided_by": "王芳", "signature_id": signature["id"]}
    visit.move(visit.advisor, "approve", signed)
    assert visit.order["approval"].items() >= signed.items()
    visit.move(visit.technician, "start")
    cancelling = visit.advisor.post(f"{visit.address}/cancel", {"reason": "x"}, visit.order["version"])
    assert refused(cancelling) == (409, "move-not-allowed")


def inspected(visit: Visit) -> dict[str, Any]:
    """The inspection, complete: the front brakes are red, with a photo of them; the rest is in order."""
    begun = visit.technician.make(f"{visit.address}/inspections", {})
    path = f"/v1/inspections/{begun['id']}"
    rest = [{"code": item["code"], "result": "green"} for item in begun["items"] if not item["measure"]]
    unmeasured = [item["code"] for item in begun["items"] if item["measure"] and item["code"] != "BR01"]
    rest += [{"code": code, "result": "not_applicable"} for code in unmeasured]
    red = {"code": "BR01", "value": "2.0"}
    without = visit.technician.patch(path, {"items": [red]}, begun["version"])
    assert without.status_code == 422
    photo = visit.technician.upload(
        "/v1/files", a_photo(), "image/jpeg", order_id=visit.order["id"], purpose="finding_photo"
    )  # fmt: skip
    answers = {"items": [*rest, {**red, "photos": [photo["id"]]}]}
    answered = visit.technician.patch(path, answers, begun["version"])
    assert answered.status_code == 200, answered.text
    return visit.technician.make(f"{path}/complete", version=answered.json()["version"])


def found(visit: Visit, inspection: dict[str, Any]) -> dict[str, Any]:
    item = next(each for each in inspection["items"] if each["code"] == "BR01")
    body = {
        "inspection_item_id": item["id"], "source": "targeted", "fault_kind": "related", "stage": "maintenance",
        "description": "前制动片 2 毫米", "priority": "safety", "part_shown": True,
    }  # fmt: skip
    return visit.technician.make(f"{visit.address}/findings", body)


def first_round_of_additional_work_by_link(visit: Visit) -> None:
    related = [{"code": "BR-DISC", "name": "制动盘", "reason": "一起磨损"}]
    visit.manager.make("/v1/related-work-rules", {"operation_code": "BR-PAD", "related": related})
    finding = found(visit, inspected(visit))
    proposal = {
        "finding_id": finding["id"],
        "lines": [line("BR-PAD", "260.00"), line("P-PAD", "540.00", kind="part", origin="equivalent")],
    }
    upsell = visit.technician.make(f"{visit.address}/upsells", proposal)
    assert visit.technician.post(f"{visit.address}/quotes", a_quote(upsell)).status_code == 403
    assert refused(visit.advisor.post(f"{visit.address}/quotes", a_quote(upsell))) == (409, "related-work-open")
    [work_open] = visit.advisor.read("/v1/related-work", state="open")["items"]
    assess = f"/v1/related-work/{work_open['id']}/assess"
    visit.technician.make(assess, {"needed": False, "note": "制动盘正常"}, work_open["version"])
    old = visit.advisor.make(f"{visit.address}/quotes", a_quote(upsell))
    void = visit.advisor.make(f"/v1/quotes/{old['id']}/links")
    quote = visit.advisor.make(f"{visit.address}/quotes", a_quote(upsell))
    assert visit.phone.get(void["path"]).status_code == 409, "the old revision's link is void"
    desk = {"method": "contract", "decided_by": "王芳", "items": [{"upsell_id": upsell["id"], "decision": "approved"}]}
    assert refused(visit.advisor.post(f"/v1/quotes/{old['id']}/decisions", desk)) == (409, "quote-superseded")
    withdrawn = visit.advisor.make(f"/v1/quotes/{quote['id']}/links")
    visit.advisor.make(f"/v1/approval-links/{withdrawn['id']}/revoke", version=1)
    assert visit.phone.get(withdrawn["path"]).status_code == 410, "a withdrawn link opens nothing"
    moment = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    brief = visit.advisor.make(f"/v1/quotes/{quote['id']}/links", {"expires_at": moment})
    eventually(lambda: visit.phone.get(brief["path"]).status_code == 410)
    link = visit.advisor.make(f"/v1/quotes/{quote['id']}/links")
    page = visit.phone.get(link["path"]).text
    assert "<img" in page, "the page shows the photo of what was found"
    assert send_from_the_phone(visit.phone, link["path"], {upsell["id"]: "approved"}).status_code == 303
    again = visit.phone.post(f"/v1/approvals/{link['token']}/decisions", json={
        "quote_number": quote["number"], "content_hash": quote["content_hash"], "name": "王芳",
        "items": [{"upsell_id": upsell["id"], "decision": "declined"}],
    })  # fmt: skip
    assert refused(again) == (410, "link-used")
    decided = visit.advisor.read(f"/v1/upsells/{upsell['id']}")
    assert (decided["decision"], decided["decided_by_method"]) == ("approved", "sms_link")


def second_round_by_phone_which_nobody_enters_without_saying_how(visit: Visit) -> None:
    proposal = {"source": "incidental", "stage": "road_test", "finder": "J104", "lines": [line("WIPER", "120.00")]}
    upsell = visit.technician.make(f"{visit.address}/upsells", proposal)
    quote = visit.advisor.make(f"{visit.address}/quotes", a_quote(upsell))
    items = [{"upsell_id": upsell["id"], "decision": "deferred", "reason": "下次", "follow_up_on": "2199-01-01"}]
    path = f"/v1/quotes/{quote['id']}/decisions"
    assert visit.advisor.post(path, {"decided_by": "王芳", "items": items}).status_code == 422
    called = {"method": "phone", "called_at": datetime.now(UTC).isoformat()}
    assert visit.technician.post(path, {**called, "decided_by": "王芳", "items": items}).status_code == 403
    visit.advisor.make(path, {**called, "decided_by": "王芳", "items": items})


def quality(visit: Visit) -> None:
    visit.refresh()
    unfinished = visit.inspector.post(f"{visit.address}/inspect", version=visit.order["version"])
    assert refused(unfinished) == (409, "jobs-unfinished")
    done = {"cause": "前制动片磨损", "correction": "更换前制动片"}
    assert visit.technician.patch(f"{visit.address}/jobs/1", done, 1).status_code == 200
    open_work = {"source": "incidental", "stage": "final_check", "finder": "QC01", "lines": [line("BULB", "50.00")]}
    visit.inspector.make(f"{visit.address}/upsells", open_work)
    visit.refresh()
    visit.move(visit.inspector, "inspect")
    visit.move(visit.inspector, "make-ready")


def settlement_in_two_payments(visit: Visit) -> None:
    hindered = visit.cashier.post(f"{visit.address}/settle", {}, visit.order["version"])
    assert hindered.status_code == 409, "work is still undecided"
    [bulb] = [each for each in visit.advisor.read("/v1/upsells", order=visit.order["number"])["items"]
              if each["operation_code"] == "BULB"]  # fmt: skip
    declined = {"method": "contract", "decided_by": "王芳", "reason": "自己换"}
    visit.advisor.make(f"/v1/upsells/{bulb['id']}/decline", declined, bulb["version"])
    lines = visit.advisor.read(f"{visit.address}/lines")["items"]
    cheap = {"amount": "200.00", "reason": "老客户"}
    over = visit.advisor.patch(f"{visit.address}/lines/1", cheap, lines[0]["version"])
    assert refused(over) == (422, "discount-over-limit"), "an advisor gives a third away"
    less = {"amount": "290.00", "reason": "老客户"}
    assert visit.advisor.patch(f"{visit.address}/lines/1", less, lines[0]["version"]).status_code == 200
    balance = visit.cashier.read(f"{visit.address}/balance")
    assert (balance["owed"], balance["open"]) == ("1290.00", "1290.00")
    pay = f"{visit.address}/payments"
    assert visit.advisor.post(pay, {"amount": "1.00", "method": "cash"}, balance["version"]).status_code == 403
    part = {"amount": "1000.00", "method": "wechat"}
    assert visit.cashier.post(pay, part).status_code == 428
    visit.cashier.make(pay, part, balance["version"])
    assert refused(visit.cashier.post(pay, part, balance["version"])) == (412, "version-stale"), "another took it"
    too_much = visit.cashier.post(pay, {"amount": "290.01", "method": "card"}, balance["version"] + 1)
    assert refused(too_much) == (422, "payment-exceeds-open")
    visit.refresh()
    visit.move(visit.cashier, "settle", {})
    balance = visit.cashier.read(f"{visit.address}/balance")
    visit.cashier.make(pay, {"amount": "290.00", "method": "card"}, balance["version"])
    assert visit.cashier.read(f"{visit.address}/balance")["open"] == "0.00"


def delivery(visit: Visit) -> None:
    visit.refresh()
    visit.move(visit.advisor, "deliver", {})
    assert visit.order["state"] == "closed"
    entries = visit.advisor.read(f"{visit.address}/timeline", limit=100)["items"]
    who = {entry["who"] for entry in entries}
    assert {"SA01", "J104", "QC01", "K01", "王芳"} <= who


def the_survey_knows_of_the_delivery_and_pay_of_the_money(visit: Visit) -> None:
    day = datetime.now(UTC).date()
    period = {"from": str(day - timedelta(days=1)), "to": str(day + timedelta(days=1))}
    wanted = {"questionnaire": work.QUESTIONNAIRE, "by": "none", **period}

    def delivered() -> bool:
        groups = visit.manager.read("/v1/scores", **wanted)["groups"]
        return [group["response_rate"]["delivered"] for group in groups] == [1]

    eventually(delivered)
    ratings = ("attitude", "efficiency", "skill", "price", "facilities", "follow_up", "expectation", "recommendation")
    answers = {
        "questionnaire": work.QUESTIONNAIRE, "order_number": visit.order["number"], "channel": "phone", "agent": "M01",
        "submitted_at": datetime.now(UTC).isoformat(), "answers": dict.fromkeys(ratings, 9), "comment": "满意",
    }  # fmt: skip
    assert visit.manager.make("/v1/responses", answers)["order_known"]
    overview = f"/v1/overviews/repair-orders/{visit.order['number']}"

    def paid() -> bool:
        part = visit.manager.read(overview)["payroll"]
        return part["status"] == "ok" and "1000.00" in str(part) and "290.00" in str(part)

    eventually(paid)


def the_thread_of_the_additional_work_is_complete(visit: Visit) -> None:
    [pads] = [each for each in visit.advisor.read("/v1/upsells", order=visit.order["number"])["items"]
              if each["operation_code"] == "BR-PAD"]  # fmt: skip
    thread = visit.manager.read(f"/v1/threads/{pads['id']}")
    kinds = {node["kind"] for node in thread["nodes"]}
    wanted = {"inspection_item", "finding", "upsell", "quote_item", "decision", "order_line", "payment", "response"}
    assert wanted | {"fact"} <= kinds
    payment = next(node for node in thread["nodes"] if node["kind"] == "payment")
    back = visit.manager.read(f"/v1/threads/{payment['id']}")
    assert {node["id"] for node in back["nodes"] if node["kind"] == "finding"} == {
        node["id"] for node in thread["nodes"] if node["kind"] == "finding"
    }


STEPS = (
    reception,
    first_round_of_additional_work_by_link,
    second_round_by_phone_which_nobody_enters_without_saying_how,
    quality,
    settlement_in_two_payments,
    delivery,
    the_survey_knows_of_the_delivery_and_pay_of_the_money,
    the_thread_of_the_additional_work_is_complete,
)


def test_a_visit_from_its_reception_to_what_everybody_knows_of_it(visit: Visit) -> None:
    for step in STEPS:
        step(visit)
    assert visit.order["state"] == "closed"
