"""The pages in a phone's browser: Chromium, where it is installed. Without it these tests are skipped."""

import shutil
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from axe_playwright_python.async_playwright import Axe
from fastapi import FastAPI
from playwright.async_api import Browser, Page, async_playwright

from tests.gateway.approvals import BRAKES, PAGE, WIPERS, an_approval, an_item
from tests.gateway.upstreams import FourServices
from tests.harness import serving

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
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
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
