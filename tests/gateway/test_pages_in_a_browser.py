"""The pages in a phone's browser: Chromium, where it is installed. Without it these tests are skipped."""

import shutil
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from axe_playwright_python.async_playwright import Axe
from fastapi import FastAPI
from playwright.async_api import Browser, Page, async_playwright

from tests.calls import Caller
from tests.gateway.approvals import BRAKES, PAGE, WIPERS, an_approval, an_item
from tests.gateway.upstreams import FourServices
from tests.harness import serving
from tests.workorder.caller import make_order
from tests.workorder.pictures import a_picture, upload
from tests.workorder.quoting import make_link, quote_body
from tests.workorder.test_findings_api import propose, record

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")

PHONE: dict[str, Any] = {"viewport": {"width": 320, "height": 640}, "is_mobile": True, "has_touch": True}
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
SMALL = """[...document.querySelectorAll('a, button, summary, label.choice, input[type=text]')]
    .filter(e => e.offsetHeight < 44 || e.offsetWidth < 44).map(e => e.outerHTML)"""


@pytest.fixture
async def address(gateway_app: FastAPI) -> AsyncIterator[str]:
    async with serving(gateway_app) as address:
        yield address
    await gateway_app.state.services.upstream.close()
    await gateway_app.state.database.close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


def shows(services: FourServices, approval: dict[str, Any]) -> None:
    services.workorder.body = orjson.dumps(approval)


def decided() -> dict[str, Any]:
    wipers = an_item(upsell_id=WIPERS, name="Wipers", decision="declined", reason="too dear")
    return an_approval(an_item(decision="approved", decided_at="2026-11-23T02:00:00Z"), wipers, state="used")


def refusals(page: Page) -> list[str]:
    """What the page's own policy keeps it from, as it happens; not that we have no icon to give."""
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Policy" in message.text else None)
    return refused


async def _look(page: Page) -> None:
    """What anyone must be able to use: no finding of axe, nothing too small to hit, nothing beside the screen."""
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert await page.evaluate(SMALL) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_page_can_be_used_by_anyone(
    browser: Browser, address: str, services: FourServices, language: str
) -> None:
    context = await browser.new_context(**PHONE, locale=LOCALES[language], bypass_csp=True)
    page = await context.new_page()
    for approval in an_approval(an_item(name="A" * 80), an_item(upsell_id=WIPERS, lines=[])), decided():
        shows(services, approval)
        await page.goto(address + PAGE)
        await _look(page)
    shows(services, an_approval())
    await page.goto(address + PAGE)
    await page.locator("button").click()
    assert await page.locator("[role=alert] a").count() == 3
    await _look(page)
    services.workorder.status = 410
    await page.goto(address + PAGE)
    await _look(page)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_decision_is_made_without_javascript(
    browser: Browser, address: str, services: FourServices, language: str
) -> None:
    shows(services, an_approval())
    context = await browser.new_context(**PHONE, locale=LOCALES[language], java_script_enabled=False)
    page = await context.new_page()
    refused = refusals(page)
    await page.goto(address + PAGE)
    assert not refused, "its own policy lets all of it load"
    await page.locator(f"label[for=approved-{BRAKES}]").click()
    await page.locator("button").click()
    await page.locator("[role=alert] a").first.click()
    assert page.url.endswith(f"#approved-{WIPERS}")
    await page.keyboard.press("Space")
    await page.locator("#name").fill("王芳")
    shows(services, decided())
    await page.locator("button").click()
    assert page.url == f"{address}{PAGE}?lang={language}"
    assert await page.locator("form").count() == 0
    (sent,) = [orjson.loads(seen.body) for seen in services.workorder.seen if seen.method == "POST"]
    assert [item["decision"] for item in sent["items"]] == ["approved", "approved"]


async def link_with_photos(advisor: Caller, *widths: int) -> str:
    """The address of a page that shows photos of what was found, and work without any."""
    order = await make_order(advisor, "in_progress")
    photos = [(await upload(advisor, order["id"], a_picture((width, 600))))["id"] for width in widths]
    seen = await propose(advisor, await record(advisor, order, photos=photos), "BR01")
    unseen = await propose(advisor, await record(advisor, order), "EL01")
    quote = await advisor.make(f"/v1/repair-orders/{order['id']}/quotes", quote_body(seen["id"], unseen["id"]))
    return str((await make_link(advisor, quote))["path"])


LOADED = "[...document.images].map(image => image.complete && image.naturalWidth)"


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_photos_are_seen_on_a_phone_and_tapped_for_large(
    browser: Browser, address: str, advisor: Caller, language: str
) -> None:
    """Under the page's own policy; axe, which is a script, runs beside it."""
    link = await link_with_photos(advisor, 900, 600, 300)
    context = await browser.new_context(**PHONE, locale=LOCALES[language])
    page = await context.new_page()
    refused = refusals(page)
    await page.goto(address + link)
    assert await page.evaluate(LOADED) == [480, 480, 240]
    assert refused == []
    async with context.expect_page() as opening:
        await page.locator(".photos a").first.click()
    large = await opening.value
    await large.wait_for_load_state()
    assert await large.evaluate(LOADED) == [900]
    checked = await (await browser.new_context(**PHONE, locale=LOCALES[language], bypass_csp=True)).new_page()
    await checked.goto(address + link)
    await _look(checked)


async def test_photos_need_no_javascript(browser: Browser, address: str, advisor: Caller) -> None:
    link = await link_with_photos(advisor, 640)
    context = await browser.new_context(**PHONE, java_script_enabled=False)
    page = await context.new_page()
    async with page.expect_response(lambda answer: "/v1/file-contents/" in answer.url) as fetched:
        await page.goto(address + link)
    shown = await fetched.value
    assert (shown.status, shown.headers["content-type"]) == (200, "image/jpeg")
    assert "referer" not in await shown.request.all_headers(), "the address of the page is a secret"
