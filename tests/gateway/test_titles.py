"""Problems of the gateway are told in the reader's language."""

import re
from pathlib import Path

import httpx
import orjson
import pytest
from fastapi import FastAPI, Request

from chassis import errors
from gateway.titles import CHINESE_TITLES
from tests.gateway.people import bootstrapped

ROOT = Path(__file__).resolve().parents[2]
SLUG = re.compile(r'''\bslug(?:, title)? ?= ?(?:\d+, )?"([a-z-]+)"|status, slug, title = \d+, "([a-z-]+)"''')


def slugs_in(package: str) -> set[str]:
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / package).rglob("*.py"))
    return {first or second for text in texts for first, second in SLUG.findall(text)}


def test_every_problem_of_the_chassis_and_the_gateway_has_a_chinese_title(gateway_app: FastAPI) -> None:
    generic = set(errors.CHINESE_TITLES)
    assert slugs_in("chassis") == generic
    assert slugs_in("gateway") - generic == set(CHINESE_TITLES)


@pytest.mark.parametrize(
    ("wish", "title"),
    [
        (None, "A valid token is needed"),
        ("en", "A valid token is needed"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "用户名或密码错误"),
        ("fr,zh;q=0.5", "用户名或密码错误"),
    ],
)
async def test_a_refused_login_is_told_in_the_readers_language(
    gateway: httpx.AsyncClient, gateway_app: FastAPI, wish: str | None, title: str
) -> None:
    await bootstrapped(gateway_app)
    headers = {} if wish is None else {"Accept-Language": wish}
    body = {"username": "admin", "password": "not the password"}
    refused = await gateway.post("/v1/login", json=body, headers=headers)
    assert (refused.json()["title"], refused.json()["type"]) == (title, "urn:aftermile:problem:login-refused")
    assert refused.headers["Vary"] == "Accept-Language"


async def test_what_has_no_chinese_title_keeps_its_own(gateway: httpx.AsyncClient) -> None:
    refused = await gateway.put("/v1/login", headers={"Accept-Language": "zh"})
    assert (refused.status_code, refused.json()["title"]) == (405, "Method Not Allowed")


@pytest.mark.parametrize(
    ("problem", "title", "detail"),
    [
        (errors.PreconditionRequired(), "请用 If-Match 指明所改的版本", "请用 If-Match 指明所改的版本"),
        (errors.NotFound("There is no account 7"), "没有找到", "There is no account 7"),
        (errors.Conflict("Not now", slug="of-no-title"), "与当前状态不符", "Not now"),
    ],
)
def test_what_is_particular_stays_in_the_words_of_whoever_refused(problem: Exception, title: str, detail: str) -> None:
    scope = {"type": "http", "path": "/v1/accounts", "headers": [(b"accept-language", b"zh")], "query_string": b""}
    document = orjson.loads(errors.problem_response(problem, Request({**scope, "method": "GET"})).body)
    assert (document["title"], document["detail"]) == (title, detail)
