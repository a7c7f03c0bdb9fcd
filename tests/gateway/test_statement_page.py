"""The page of a pay statement, of the real payroll behind the gateway, in Chromium on a phone and a desk."""

import os
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from gateway.pages.texts import known_texts
from tests.gateway.test_pages_in_a_browser import CHROMIUM, LOCALES, PHONE, SMALL, address, browser, refusals
from tests.gateway.upstreams import FourServices
from tests.payroll.small_month import SmallMonth
from tests.payroll.test_pay_months import SECOND_MECHANIC, SEPTEMBER, Office

__all__ = ["address", "browser"]
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
in_a_browser = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@pytest.fixture
async def path(pay: SmallMonth) -> str:
    """Where J102 reads his pay of September, base pay and an adjustment included."""
    await pay.prepare()
    body = {"source": "dms", "rows": [{**SECOND_MECHANIC, "base_pay": "3000.00"}]}
    await pay.client.post("/v1/bulk/employees", json=body, headers=pay.headers)
    await pay.tell()
    office = Office(pay, pay.keys, pay.store)
    await _closed(office)
    himself = pay.person("J102", "technician")
    await _questioned(office, himself)
    issued = await office.send(f"{SEPTEMBER}/statements/J102/link", himself)
    return str(issued.json()["path"])


async def _closed(office: Office) -> None:
    at = await office.lock()
    pool = (await office.small.read(f"{SEPTEMBER}/pools"))["items"][0]["pool"]
    shares = [{"employee": "J101", "amount": "-5.00"}, {"employee": "J102", "amount": "5.00"}]
    asked = {"pool": pool, "owner": "机电一组", "reason": "J101 请假三天", "shares": shares}
    made = (await office.send(f"{SEPTEMBER}/adjustments", office.workshop, asked)).json()
    await office.done(f"/v1/adjustments/{made['id']}/approve", office.manager, 1, {})
    for move, who in (("approve", office.workshop), ("approve", office.manager), ("close", office.clerk)):
        at = await office.done(f"{SEPTEMBER}/{move}", who, at["version"])


async def _questioned(office: Office, himself: dict[str, str]) -> None:
    """About base pay, answered; about all of it, waiting."""
    for line in ("base_pay", None):
        body = {"month": "2026-09", "line": line, "text": "底薪为什么是三千?"}
        asked = (await office.send("/v1/questions", himself, body)).json()
    answer = {"finding": "as_paid", "text": "合同写的是三千。\n见附件。"}
    (first,) = (each for each in (await office.small.read("/v1/questions"))["items"] if each["id"] != asked["id"])
    await office.done(f"/v1/questions/{first['id']}/answer", office.clerk, 1, answer)


async def test_a_statement_is_read_through_the_gateway_without_a_token(gateway: httpx.AsyncClient, path: str) -> None:
    page = await gateway.get(path, headers={"Accept-Language": "en"})
    assert (page.status_code, "Pay for 2026-09" in page.text) == (200, True)
    assert all(wanted in page.text for wanted in ("base pay", "¥3,000.00", "¥3,078.85"))
    assert "J101 请假三天 (WM01 → SM01)" in page.text
    for wrong, status in ((f"{path[:-4]}AAAA", 404), ("/s/short", 404)):
        answer = await gateway.get(wrong, headers={"Accept-Language": "zh"})
        assert (answer.status_code, "找不到这份工资条" in answer.text) == (status, True)
    token = path.removeprefix("/s/")
    paper = await gateway.get(f"/v1/statement-links/{token}/statement.pdf")
    assert (paper.status_code, paper.headers["content-type"]) == (200, "application/pdf")
    _kept("statement.pdf", paper.content)


@in_a_browser
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
async def test_the_page_can_be_used_by_anyone(
    *, browser: Browser, address: str, path: str, screen: dict[str, Any], language: str
) -> None:
    context = await browser.new_context(**screen, locale=LOCALES[language], bypass_csp=True)
    page = await context.new_page()
    await page.goto(address + path)
    for opens in await page.locator("summary").all():
        await opens.click()
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert await page.evaluate(SMALL) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= screen["viewport"]["width"]
    _kept(f"statement-{screen['viewport']['width']}-{language}.png", await page.screenshot(full_page=True))


async def test_he_asks_from_the_page_and_goes_on_asking(gateway: httpx.AsyncClient, path: str) -> None:
    english = {"Accept-Language": "en"}
    page = (await gateway.get(path, headers=english)).text
    for wanted in (
        "Answered",
        "合同写的是三千。",
        "Waiting for an answer",
        "Accept this answer",
        "Withdraw the question",
    ):
        assert page.count(wanted) == 1, wanted
    lines = set(re.findall(r'name="line" value="([0-9a-f-]{36})"', page))
    form = {"key": "k1", "move": "ask", "line": min(lines), "text": "少了\r\nW9 的工时 <b>"}
    sent = await gateway.post(f"{path}?lang=en", data=form)
    assert (sent.status_code, sent.headers["location"].partition("#question-")[0]) == (303, f"{path}?lang=en")
    assert (await gateway.post(f"{path}?lang=en", data=form)).headers["location"] == sent.headers["location"]
    changed = await gateway.post(path, data={**form, "key": "k2"}, headers=english)
    assert (changed.status_code, "Nothing was saved" in changed.text) == (409, True)
    page = (await gateway.get(path, headers=english)).text
    assert ("少了\nW9 的工时 &lt;b&gt;" in page, page.count("Waiting for an answer")) == (True, 2)
    question = re.findall(r'value="ask-again">\s*<input type="hidden" name="line" value="">\s*<input type="hidden" '
                          r'name="question" value="([0-9a-f-]{36})">', page)[0]  # fmt: skip
    again = {"key": "k3", "move": "ask-again", "question": question, "version": "2", "text": "合同是三千二"}
    for change, status in (
        ({"text": " \u200b"}, 422), ({"text": "问" * 1001}, 422), ({"version": "x"}, 400), ({"move": "decide"}, 400),
        ({"question": "x"}, 400), ({"key": ""}, 400), ({"version": "1"}, 409),
    ):  # fmt: skip
        answer = await gateway.post(path, data={**again, **change}, headers=english)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8"), change
    strange = await gateway.post(path, data=again, headers={"Sec-Fetch-Site": "cross-site"})
    assert strange.status_code == 403
    assert (await gateway.post(path, data=again)).status_code == 303
    page = (await gateway.get(path, headers=english)).text
    assert ("合同是三千二" in page, "Waiting for a final decision" in page) == (True, True)


@pytest.mark.parametrize(("status", "name"), [(500, "pay-unsure"), (429, "busy"), (410, "pay-expired")])
async def test_what_the_service_says_instead_is_told(
    gateway: httpx.AsyncClient, services: FourServices, status: int, name: str
) -> None:
    services.payroll.status = status
    form = {"key": "k1", "move": "ask", "line": "base_pay", "text": "为什么?"}
    answer = await gateway.post("/s/abcdefghijklmnopqrstuvwxyz", data=form, headers={"Accept-Language": "en"})
    assert known_texts()[f"{name}-title"]["en"] in answer.text
    assert ('name="text" value="为什么?"' in answer.text) == (name == "pay-unsure")
    assert services.payroll.last.headers["idempotency-key"] == "k1"


@in_a_browser
async def test_it_opens_and_is_kept_without_javascript(browser: Browser, address: str, path: str) -> None:
    context = await browser.new_context(**PHONE, locale="zh-CN", java_script_enabled=False)
    page = await context.new_page()
    refused = refusals(page)
    await page.goto(address + path)
    assert not refused, "its own policy lets all of it load"
    formula = page.locator(".formula").first
    assert not await formula.is_visible()
    await page.locator("details:has(.formula) summary").first.click()
    assert await formula.is_visible()
    await page.locator("details:has(textarea) summary").last.click()
    await page.locator("details[open] textarea").last.fill("少了 W9 的工时")
    async with page.expect_navigation():
        await page.locator("details[open] button").last.click()
    assert await page.locator(".said", has_text="少了 W9 的工时").count() == 1
    for place, name in ((0, "statement-2026-09.pdf"), (1, "receipt-2026-09-")):
        async with page.expect_download() as download:
            await page.locator(".files a").nth(place).click()
        assert (await download.value).suggested_filename.startswith(name)


def _kept(name: str, content: bytes) -> None:
    """For whoever wants to look at them: in the folder that AFTERMILE_PICTURES names."""
    if folder := os.environ.get("AFTERMILE_PICTURES"):
        (Path(folder) / name).write_bytes(content)
