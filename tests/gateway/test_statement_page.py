"""The page of a pay statement, of the real payroll behind the gateway, in Chromium on a phone and a desk."""

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from fastapi import FastAPI
from playwright.async_api import Browser

from tests.gateway.test_pages_in_a_browser import CHROMIUM, LOCALES, PHONE, SMALL, address, browser, refusals
from tests.harness import AStore, Clone, Keys, app_of, client_of, serving
from tests.payroll.small_month import SmallMonth
from tests.payroll.test_pay_months import SECOND_MECHANIC, SEPTEMBER, Office

__all__ = ["address", "browser"]
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
in_a_browser = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@pytest.fixture
async def path(
    clone_database: Callable[[str], Clone], keys: Keys, store: AStore, gateway_app: FastAPI
) -> AsyncIterator[str]:
    """Where J102 reads his pay of September, base pay and an adjustment included."""
    service = app_of("payroll", clone_database("payroll").app_url, keys)
    async with serving(service) as place, client_of(place) as client:
        gateway_app.state.services.upstream._urls["payroll"] = place
        small = SmallMonth(service, client, keys, store)
        await small.prepare()
        body = {"source": "dms", "rows": [{**SECOND_MECHANIC, "base_pay": "3000.00"}]}
        await client.post("/v1/bulk/employees", json=body, headers=small.headers)
        await small.tell()
        office = Office(small, keys, store)
        await _closed(office)
        issued = await office.send(f"{SEPTEMBER}/statements/J102/link", small.person("J102", "technician"))
        yield issued.json()["path"]
    await service.state.database.close()


async def _closed(office: Office) -> None:
    at = await office.lock()
    pool = (await office.small.read(f"{SEPTEMBER}/pools"))["shares"][0]["pool"]
    shares = [{"employee": "J101", "amount": "-5.00"}, {"employee": "J102", "amount": "5.00"}]
    asked = {"pool": pool, "owner": "机电一组", "reason": "J101 请假三天", "shares": shares}
    made = (await office.send(f"{SEPTEMBER}/adjustments", office.workshop, asked)).json()
    await office.done(f"/v1/adjustments/{made['id']}/approve", office.manager, 1, {})
    for move, who in (("approve", office.workshop), ("approve", office.manager), ("close", office.clerk)):
        at = await office.done(f"{SEPTEMBER}/{move}", who, at["version"])


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


@in_a_browser
async def test_it_opens_and_is_kept_without_javascript(browser: Browser, address: str, path: str) -> None:
    context = await browser.new_context(**PHONE, locale="zh-CN", java_script_enabled=False)
    page = await context.new_page()
    refused = refusals(page)
    await page.goto(address + path)
    assert not refused, "its own policy lets all of it load"
    formula = page.locator(".formula").first
    assert not await formula.is_visible()
    await page.locator("summary").first.click()
    assert await formula.is_visible()
    for place, name in ((0, "statement-2026-09.pdf"), (1, "receipt-2026-09-")):
        async with page.expect_download() as download:
            await page.locator(".files a").nth(place).click()
        assert (await download.value).suggested_filename.startswith(name)


def _kept(name: str, content: bytes) -> None:
    """For whoever wants to look at them: in the folder that AFTERMILE_PICTURES names."""
    if folder := os.environ.get("AFTERMILE_PICTURES"):
        (Path(folder) / name).write_bytes(content)
