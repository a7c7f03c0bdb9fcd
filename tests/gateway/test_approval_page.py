"""The page on which a customer decides about a quote: what it shows, what it sends, and what it says otherwise."""

import re
from urllib.parse import urlencode

import httpx
import orjson
import pytest
from fastapi import FastAPI

from gateway import strangers
from gateway.identity.domain import AttemptLimit
from gateway.models import Store
from gateway.pages import wording
from gateway.pages.texts import LANGUAGES, known_texts
from tests.gateway.approvals import BRAKES, PAGE, TOKEN, WIPERS, a_form, an_approval, an_item, refuses, shows
from tests.gateway.test_overviews import replace
from tests.gateway.upstreams import NOBODY, FourServices, HangsUp
from tests.harness import AStore

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}


async def send(gateway: httpx.AsyncClient, form: list[tuple[str, str]], **headers: str) -> httpx.Response:
    return await gateway.post(PAGE, content=urlencode(form), headers={**FORM, **headers})


async def test_it_shows_the_quote_as_the_service_tells_it(gateway: httpx.AsyncClient, services: FourServices) -> None:
    shows(services, an_approval())
    response = await gateway.get(PAGE)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    for wanted in ("RO1001", "沪A12345", "Octavia", "SA01", "Front brake pads", "Pads are down to 2 mm",
                   "You need longer to stop", "1 h 30 min", "¥1,234.50", "× 1.5", "¥1,334.50", "No. 2",
                   'action="/a/' + TOKEN + '?lang=en"', 'name="hash" value="abc123"'):  # fmt: skip
        assert wanted in response.text, wanted
    assert response.text.count('type="radio"') == 6
    assert "<script" not in response.text
    assert services.workorder.last.target == f"/v1/approvals/{TOKEN}"
    assert "authorization" not in services.workorder.last.headers


async def test_nobody_keeps_it_finds_it_or_frames_it(gateway: httpx.AsyncClient, services: FourServices) -> None:
    shows(services, an_approval())
    for response in (await gateway.get(PAGE), await gateway.get("/a/short"), await send(gateway, [])):
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert "noindex" in response.headers["x-robots-tag"]
        assert response.headers["x-content-type-options"] == "nosniff"
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


async def test_its_stylesheet_is_named_by_its_content(gateway: httpx.AsyncClient, services: FourServices) -> None:
    shows(services, an_approval())
    (address,) = re.findall(r'<link rel="stylesheet" href="([^"]+)">', (await gateway.get(PAGE)).text)
    style = await gateway.get(address)
    assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in style.headers["cache-control"]
    of_another_release = await gateway.get("/pages/pages.0000.css")
    assert (of_another_release.status_code, of_another_release.headers["cache-control"]) == (200, "no-store")


@pytest.mark.parametrize(
    ("query", "headers", "language"),
    [
        ("", {}, "en"),
        ("", CHINESE, "zh-CN"),
        ("?lang=en", CHINESE, "en"),
        ("?lang=zh", {}, "zh-CN"),
        ("?lang=fr&from=singlemessage", CHINESE, "zh-CN"),
    ],
)
async def test_it_speaks_the_readers_language(
    gateway: httpx.AsyncClient, services: FourServices, query: str, headers: dict[str, str], language: str
) -> None:
    shows(services, an_approval())
    page = (await gateway.get(PAGE + query, headers=headers)).text
    assert f'<html lang="{language}">' in page
    assert ("同意施工" in page) is (language == "zh-CN")
    assert ("Yes, do it" in page) is (language == "en")
    other = "zh" if language == "en" else "en"
    assert f'href="{PAGE}?lang={other}"' in page


async def test_times_are_those_of_the_shop_and_its_name_is_shown(
    gateway: httpx.AsyncClient, gateway_app: FastAPI, services: FourServices, store: AStore
) -> None:
    shows(services, an_approval(store_id=str(store.id)))
    assert "1 December 2026 08:30 UTC" in (await gateway.get(PAGE)).text
    async with gateway_app.state.database.transaction() as session:
        session.add(Store(id=store.id, code="S1", name="A & B <Cars>", time_zone="Asia/Shanghai", currency="CNY"))
    page = (await gateway.get(PAGE, headers=CHINESE)).text
    assert "2026年12月1日 16:30" in page
    assert "A &amp; B &lt;Cars&gt;" in page


@pytest.mark.parametrize("field", ["name", "why", "if_not_done"])
async def test_what_the_shop_wrote_is_text_and_never_markup(
    gateway: httpx.AsyncClient, services: FourServices, field: str
) -> None:
    evil = "<script>alert(1)</script>\"'><b x='"
    shows(services, an_approval(an_item(**{field: evil})))
    page = (await gateway.get(PAGE)).text
    assert "<script" not in page
    assert "<b x" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&gt;" in page


async def test_what_the_customer_wrote_comes_back_as_text(gateway: httpx.AsyncClient, services: FourServices) -> None:
    shows(services, an_approval())
    form = a_form({BRAKES: "approved"}, name='"><script>', **{f"reason-{BRAKES}": "<i>"})
    page = (await send(gateway, form)).text
    assert "<script>" not in page
    assert 'value="&#34;&gt;&lt;script&gt;"' in page
    assert 'value="&lt;i&gt;"' in page


async def test_a_decision_goes_to_the_service_as_it_was_made(
    gateway: httpx.AsyncClient, services: FourServices
) -> None:
    shows(services, an_approval(state="used"))
    form = a_form({BRAKES: "approved", WIPERS: "declined"}, **{f"reason-{WIPERS}": " 太贵 "})
    response = await send(gateway, form)
    assert (response.status_code, response.headers["location"]) == (303, f"{PAGE}?lang=en")
    seen = services.workorder.last
    assert (seen.method, seen.target) == ("POST", f"/v1/approvals/{TOKEN}/decisions")
    assert seen.headers["idempotency-key"] == "key-1"
    assert "authorization" not in seen.headers
    assert orjson.loads(seen.body) == {
        "quote_number": 2,
        "content_hash": "abc123",
        "items": [
            {"upsell_id": BRAKES, "decision": "approved", "reason": None},
            {"upsell_id": WIPERS, "decision": "declined", "reason": "太贵"},
        ],
        "name": "王芳",
    }


async def test_what_was_decided_is_shown_item_by_item(gateway: httpx.AsyncClient, services: FourServices) -> None:
    at = "2026-11-23T02:00:00+00:00"
    items = [
        an_item(decision="approved", decided_at=at),
        an_item(
            upsell_id=WIPERS, name="Wipers", amount="100.00", decision="declined", reason="too dear", decided_at=at
        ),
    ]
    shows(services, an_approval(*items, state="used"))
    page = (await gateway.get(PAGE)).text
    assert "<form" not in page
    for wanted in ("Your answer has arrived", "Approved", "Declined", "too dear", "23 November 2026 02:00"):
        assert wanted in page, wanted
    assert re.search(r"You approved</dt><dd[^>]*>¥1,234.50<", page)


async def test_what_the_customer_pays_of_it_is_shown_before_and_after(
    gateway: httpx.AsyncClient, services: FourServices
) -> None:
    wipers = an_item(upsell_id=WIPERS, amount="100.00", customer_share="100.00", decision="declined")
    for state, sums in (("open", ["1,034.50"]), ("used", ["1,034.50", "934.50"])):
        brakes = an_item(customer_share="934.50", decision=None if state == "open" else "approved")
        told = an_approval(brakes, wipers, state=state)
        told["quote"]["customer_share"] = "1034.50"
        shows(services, told)
        page = (await gateway.get(PAGE)).text
        assert re.findall(r"Of this you pay</dt><dd[^>]*>¥([0-9,.]+)<", page) == sums


SAID = {"method": "phone", "decided_by": "王芳", "decided_at": "2026-11-22T02:00:00+00:00"}


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        (SAID, ["You agreed to the order", "王芳, by phone", "22 November 2026 02:00"]),
        (dict.fromkeys(SAID), ["You agreed to the order", "how is not recorded"]),
        ({**SAID, "method": "by a way to come"}, ["You agreed to the order", "王芳"]),
        (None, []),
    ],
)
async def test_how_the_order_was_agreed_to_is_shown_to_whoever_agreed(
    gateway: httpx.AsyncClient, services: FourServices, told: dict[str, str] | None, wanted: list[str]
) -> None:
    for state in ("open", "decided"):
        item = an_item(decision="approved", decided_by="李先生", decided_by_method="in_person_signature")
        shows(services, an_approval(item, state=state, order_approval=told))
        page = (await gateway.get(PAGE)).text
        assert [each for each in wanted if each not in page] == []
        assert ("You agreed to the order" in page) == (told is not None)
        assert "李先生, signed in person" in page


@pytest.mark.parametrize(
    ("state", "title"), [("decided", "All of this has been decided"), ("closed", "This order takes no more work")]
)
async def test_what_can_no_longer_be_decided_is_not_asked(
    gateway: httpx.AsyncClient, services: FourServices, state: str, title: str
) -> None:
    shows(services, an_approval(state=state))
    page = (await gateway.get(PAGE)).text
    assert title in page
    assert "<form" not in page


async def test_what_the_desk_decided_meanwhile_is_not_asked_again(
    gateway: httpx.AsyncClient, services: FourServices
) -> None:
    wipers = an_item(upsell_id=WIPERS, name="Wipers", decision="deferred")
    shows(services, an_approval(an_item(decision="approved"), wipers))
    page = (await gateway.get(PAGE)).text
    assert page.count('type="radio"') == 3
    assert f'name="decision-{WIPERS}"' in page, "what was put off is offered anew"


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_gap_is_named_at_the_top_and_beside_its_field(
    gateway: httpx.AsyncClient, services: FourServices, language: str
) -> None:
    shows(services, an_approval())
    form = a_form({BRAKES: "deferred"}, name=" ")
    response = await gateway.post(f"{PAGE}?lang={language}", content=urlencode(form), headers=FORM)
    assert response.status_code == 422
    assert services.workorder.last.method == "GET"
    page = response.text
    assert 'role="alert"' in page
    for field in (f"approved-{WIPERS}", "name"):
        assert f'href="#{field}"' in page
        assert f'id="{field}"' in page
        assert f'id="fault-{field}"' in page
        assert f"fault-{field}" in "".join(re.findall(r'aria-describedby="([^"]+)"', page))
    assert re.search(rf'id="deferred-{BRAKES}"[^>]* checked', page), "what was answered is kept"
    assert f"fault-approved-{BRAKES}" not in page


async def test_a_gap_in_the_form_of_another_quote_is_not_worth_mending(
    gateway: httpx.AsyncClient, services: FourServices
) -> None:
    shows(services, an_approval(number=3))
    response = await send(gateway, a_form({}))
    assert (response.status_code, "Something has changed" in response.text) == (409, True)


ENDS = [
    (404, "not-found", 404, "We do not know this link", "找不到这个链接"),
    (410, "link-expired", 410, "This link has expired", "链接已过期"),
    (410, "link-revoked", 410, "This link was withdrawn", "链接已被撤回"),
    (410, "link-used", 410, "This has been answered already", "已经答复过了"),
    (409, "quote-superseded", 409, "There is a newer quote", "报价已更新"),
    (500, "internal-error", 503, None, None),
    (503, "unavailable", 503, None, None),
]


@pytest.mark.parametrize(("status", "slug", "answered", "english", "chinese"), ENDS)
async def test_a_link_that_leads_nowhere_says_why_and_what_to_do(
    gateway: httpx.AsyncClient, services: FourServices, status: int, slug: str, answered: int, english: str | None,
    chinese: str | None,
) -> None:  # fmt: skip
    refuses(services, status, slug)
    for language, title in ({}, english or "Not available at the moment"), (CHINESE, chinese or "暂时无法显示"):
        response = await gateway.get(PAGE, headers=language)
        assert (response.status_code, title in response.text) == (answered, True)


@pytest.mark.parametrize(
    ("status", "slug", "answered", "english", "chinese"),
    [
        *ENDS[:-2],
        (409, "quote-changed", 409, "Something has changed", "内容有变化"),
        (409, "upsell-decided", 409, "Something has changed", "内容有变化"),
        (422, "decision-refused", 409, "Something has changed", "内容有变化"),
        (409, "idempotency-in-flight", 409, "It is being saved", "正在保存"),
        (422, "idempotency-key-reused", 409, "This has been answered already", "已经答复过了"),
    ],
)
async def test_a_decision_that_is_refused_says_why_and_what_to_do(
    gateway: httpx.AsyncClient, services: FourServices, status: int, slug: str, answered: int, english: str,
    chinese: str,
) -> None:  # fmt: skip
    refuses(services, status, slug)
    form = a_form({BRAKES: "approved", WIPERS: "approved"})
    for language, title in ({}, english), (CHINESE, chinese):
        response = await send(gateway, form, **language)
        assert (response.status_code, title in response.text) == (answered, True)


async def test_a_link_that_cannot_be_one_is_not_even_asked_for(
    gateway: httpx.AsyncClient, services: FourServices
) -> None:
    for token in ("short", "x" * 201, "%2e%2e%2fcustomers-of-all-kinds", "aaaaaaaaaaaaaaaaaaaa%0d%0aX: y"):
        assert (await gateway.get(f"/a/{token}")).status_code == 404
    assert not services.workorder.seen


async def test_while_the_service_is_down_it_is_not_the_links_fault(
    gateway: httpx.AsyncClient, gateway_app: FastAPI
) -> None:
    replace(gateway_app, "workorder", NOBODY)
    response = await gateway.get(PAGE)
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert "not with your link" in response.text


async def test_a_decision_whose_end_is_not_known_can_be_sent_again_as_it_was(
    gateway: httpx.AsyncClient, gateway_app: FastAPI, services: FourServices
) -> None:
    form = a_form({BRAKES: "approved", WIPERS: "deferred"}, **{f"reason-{WIPERS}": 'later "maybe"'})
    async with HangsUp().serving() as address:
        replace(gateway_app, "workorder", address)
        response = await send(gateway, form)
    assert response.status_code == 503
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', response.text)
    again = [(name, value.replace("&#34;", '"')) for name, value in hidden]
    assert sorted(again) == sorted(form)
    replace(gateway_app, "workorder", services.urls["workorder"])
    assert (await send(gateway, again)).status_code == 303
    assert services.workorder.last.headers["idempotency-key"] == "key-1"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://test"}, 403),
        ({"Origin": "http://test"}, 303),
        ({"Origin": "null"}, 303),
        ({"Origin": "http://elsewhere.example"}, 403),
        ({}, 303),
    ],
)
async def test_only_our_own_page_may_send_it(
    gateway: httpx.AsyncClient, services: FourServices, headers: dict[str, str], status: int
) -> None:
    form = a_form({BRAKES: "approved", WIPERS: "approved"})
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    response = await gateway.post(PAGE, content=urlencode(form), headers={**kind, **headers})
    assert response.status_code == status
    assert len(services.workorder.seen) == (1 if status == 303 else 0)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("", "application/x-www-form-urlencoded", 400),
        ("quote=two", "application/x-www-form-urlencoded", 400),
        ("quote=1&hash=h&item=1&key=k", "application/x-www-form-urlencoded", 400),
        (urlencode(a_form({}, key="schlüssel")), "application/x-www-form-urlencoded", 400),
        ("quote=1&name=%ff", "application/x-www-form-urlencoded", 400),
        ("a=b&" * 2000, "application/x-www-form-urlencoded", 400),
        (urlencode(a_form({})), "application/json", 400),
        ("x" * (strangers.MOST_BYTES + 1), "application/x-www-form-urlencoded", 413),
    ],
)
async def test_what_is_not_our_form_is_not_passed_on(
    gateway: httpx.AsyncClient, services: FourServices, body: str, kind: str, status: int
) -> None:
    response = await gateway.post(PAGE, content=body, headers={**FORM, "Content-Type": kind})
    assert response.status_code == status
    assert "<h1>" in response.text
    assert not services.workorder.seen


async def test_an_address_may_ask_only_so_often(
    gateway: httpx.AsyncClient, services: FourServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strangers, "ASKS", AttemptLimit(2, strangers.ASKS.window))
    shows(services, an_approval())
    assert [(await gateway.get(PAGE)).status_code for _ in range(3)] == [200, 200, 429]
    refused = await gateway.get(f"/v1/approvals/{TOKEN}")
    assert (refused.status_code, refused.headers["content-type"]) == (429, "application/problem+json")
    assert 0 < int(refused.headers["retry-after"]) <= 901
    assert len(services.workorder.seen) == 2


def test_every_text_is_there_in_both_languages_with_the_same_details() -> None:
    for name, texts in known_texts().items():
        assert set(texts) == set(LANGUAGES), name
        assert len({frozenset(re.findall(r"{(\w+)}", each)) for each in texts.values()}) == 1, name


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("1234.50", "CNY", "¥1,234.50"),
        ("0.05", "CNY", "¥0.05"),
        ("-1234567.00", "CNY", "−¥1,234,567.00"),
        ("90071992547409931.07", "CNY", "¥90,071,992,547,409,931.07"),
        ("12.00", "CHF", "CHF\N{NO-BREAK SPACE}12.00"),
        ("soon", "CNY", "soon"),
    ],
)
def test_money_is_written_from_its_text(amount: str, currency: str, shown: str) -> None:
    assert wording.money(amount, currency) == shown
