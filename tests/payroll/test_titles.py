"""Whoever asks in Chinese reads the title of every problem of pay in Chinese."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx

import services.payroll.main
from chassis.errors import CHINESE_TITLES as OF_ALL
from chassis.errors import Problem
from services.payroll.domain.errors import PayrollRefusal
from services.payroll.titles import CHINESE_TITLES
from tests.harness import AStore, Keys, bearer

SOURCES = Path(services.payroll.main.__file__).parent
RAISED = re.compile(r'slug="([a-z-]+)"')


def kinds(parent: type[Exception]) -> Iterator[type[Exception]]:
    for kind in parent.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_every_problem_of_pay_has_a_chinese_title() -> None:
    declared = {
        vars(kind)["slug"]
        for parent in (Problem, PayrollRefusal)
        for kind in kinds(parent)
        if kind.__module__.startswith("services.payroll") and "slug" in vars(kind)
    }
    raised = {slug for path in SOURCES.rglob("*.py") for slug in RAISED.findall(path.read_text(encoding="utf-8"))}
    assert len(declared) > 40
    assert (declared | raised) - OF_ALL.keys() == CHINESE_TITLES.keys()


async def test_who_asks_in_chinese_reads_it(client: httpx.AsyncClient, keys: Keys, store: AStore) -> None:
    clerk = bearer(keys, "payroll", "payroll_clerk", stores=[store])
    for language, title in (("zh-CN", "方案文字有误"), ("en", "The plan text is not valid")):
        refused = await client.post("/v1/plans", json={"text": "x"}, headers=clerk | {"Accept-Language": language})
        assert refused.json()["title"] == title
