"""What the page says of each item: who pays its lines, where parts are from, and the photos of what was found."""

from typing import Any

import httpx
import pytest

from tests.gateway.approvals import PAGE, WIPERS, an_approval, an_item, shows
from tests.gateway.upstreams import FourServices

PHOTOS = [{"address": f"/v1/file-contents/large{n}", "preview_address": f"/v1/file-contents/small{n}"} for n in (1, 2)]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({"shares": {"customer": "40.00", "maker": "60.00"}}, "您支付 ¥40.00"),
        ({"shares": {"maker": "60.00", "goodwill": "40.00"}}, "您支付 ¥0.00"),
        ({"payer": "goodwill"}, "优惠减免"),
        ({"origin": "equivalent"}, "同质配件"),
    ],
)
async def test_it_says_what_of_a_line_is_the_customers_and_where_a_part_is_from(
    gateway: httpx.AsyncClient, services: FourServices, line: dict[str, Any], told: str
) -> None:
    pads = {"name": "Pads", "kind": "part", "quantity": "1", "amount": "100.00", "payer": "customer", **line}
    shows(services, an_approval(an_item(lines=[pads])))
    assert told in (await gateway.get(PAGE, params={"lang": "zh"})).text


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Front brake pads, photo 2 of 2"), ("zh", "Front brake pads的照片，第 2 张，共 2 张")],
)
async def test_photos_of_what_was_found_are_shown_and_said(
    gateway: httpx.AsyncClient, services: FourServices, language: str, said: str
) -> None:
    wipers = an_item(upsell_id=WIPERS, name="Wipers", photos=[])
    for approval in (
        an_approval(an_item(photos=PHOTOS), wipers),
        an_approval(an_item(photos=PHOTOS, decision="approved"), wipers),
        an_approval(an_item(photos=PHOTOS, decision="approved"), wipers, state="used"),
    ):
        shows(services, approval)
        response = await gateway.get(f"{PAGE}?lang={language}")
        for n in (1, 2):
            assert f'<a href="/v1/file-contents/large{n}" target="_blank" rel="noopener">' in response.text
            assert f'<img src="/v1/file-contents/small{n}" alt="' in response.text
        assert f'alt="{said}"' in response.text
        assert response.text.count("<img") == 2
        assert "img-src 'self';" in response.headers["content-security-policy"]


async def test_an_item_named_to_break_out_stays_in_the_words_of_its_photo(
    gateway: httpx.AsyncClient, services: FourServices
) -> None:
    shows(services, an_approval(an_item(name='" onerror="alert(1)', photos=PHOTOS)))
    assert 'alt="&#34; onerror=&#34;alert(1), photo 1 of 2"' in (await gateway.get(PAGE)).text
