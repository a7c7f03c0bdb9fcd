"""An employee opens his own statement by a link: in words, on paper, as a receipt; and nobody opens another's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftermile import receipts
from services.payroll.domain.exact import in_decimals
from services.payroll.domain.month import Month
from services.payroll.domain.statements.statement_link import (
    LinkExpired,
    LinkUnknown,
    LinkWithdrawn,
    StatementLink,
    check_not_withdrawn,
    read_link,
    sign_link,
)
from tests.harness import AStore, Keys, bearer
from tests.payroll.test_pay_months import SEPTEMBER, Office, office, refused

__all__ = ["office"]
NOW = datetime(2026, 10, 8, 9, tzinfo=UTC)
KEY = bytes(range(32))
LINK = StatementLink(UUID(int=7), Month(2026, 9), "J101", "顺达一店", "Asia/Shanghai", own=True, issued_at=NOW)


NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=100)


@given(NAMES, NAMES, st.booleans(), st.integers(0, 999_999))
def test_a_link_says_again_whose_statement_it_is(employee: str, shop: str, own: bool, microsecond: int) -> None:
    issued_at = NOW.replace(microsecond=microsecond)
    link = replace(LINK, store=uuid4(), employee=employee, shop=shop, own=own, issued_at=issued_at)
    assert read_link(sign_link(link, KEY), KEY, NOW) == link


def test_no_other_sign_in_a_link_is_taken() -> None:
    token = sign_link(LINK, KEY)
    for at, sign in enumerate(token):
        for other in "AB_w":
            if other != sign:
                with pytest.raises(LinkUnknown):
                    read_link(token[:at] + other + token[at + 1 :], KEY, NOW)
    for other in (token[:-1], token + "A", "A" * 81, "", "ü" * 90):
        with pytest.raises(LinkUnknown):
            read_link(other, KEY, NOW)
    with pytest.raises(LinkUnknown):
        read_link(token, bytes(32), NOW)


def test_a_link_ends_to_the_second() -> None:
    token = sign_link(LINK, KEY)
    assert read_link(token, KEY, LINK.expires_at - timedelta(seconds=1)) == LINK
    with pytest.raises(LinkExpired):
        read_link(token, KEY, LINK.expires_at)


@pytest.mark.parametrize(
    ("withdrawn_at", "opens"), [(None, True), (NOW - timedelta(microseconds=1), True), (NOW, False)]
)
def test_a_withdrawal_ends_what_was_given_out_until_then(withdrawn_at: datetime | None, *, opens: bool) -> None:
    found = True
    try:
        check_not_withdrawn(LINK, withdrawn_at)
    except LinkWithdrawn:
        found = False
    assert found is opens


@pytest.mark.parametrize(
    ("exact", "read"),
    [("1/3", "≈ 0.3333"), ("5/4", "1.25"), ("1234567", "1,234,567"), ("-1/2", "-0.5"), ("0", "0"), ("100", "100"),
     ("2026-09-01", "2026-09-01"), ("mechanic", "mechanic"), ("1/100000", "≈ 0")],
)  # fmt: skip
def test_values_are_read_in_decimals(exact: str, read: str) -> None:
    assert in_decimals(exact) == read


async def link(office: Office, employee: str, headers: dict[str, str]) -> httpx.Response:
    return await office.send(f"{SEPTEMBER}/statements/{employee}/link", headers)


async def test_an_employee_opens_his_own_statement_without_a_token(
    office: Office, client: httpx.AsyncClient, keys: Keys, tmp_path_factory: pytest.TempPathFactory
) -> None:
    own = office.small.person("J101", "technician")
    refused(await link(office, "J101", own), 404, "not-found")
    await office.close()
    refused(await link(office, "J102", own), 404, "not-found")
    issued = await link(office, "J101", own)
    assert (issued.status_code, issued.json()["path"]) == (201, f"/s/{issued.json()['token']}")
    address = f"/v1/statement-links/{issued.json()['token']}"
    told = (await client.get(address)).json()
    proof = await office.small.read(f"{SEPTEMBER}/statements/J101", own)
    assert (told["employee"], told["total"], told["root"]) == ("J101", proof["total"], proof["root"])
    pool = told["lines"][0]
    assert pool["steps"][0]["formula"].startswith("分摊")
    facts = [fact for step in pool["steps"] for fact in step["facts"]]
    assert {"W1"} <= {fact["order_number"] for fact in facts}
    assert all("person" not in fact for fact in facts)
    receipt = await client.get(f"{address}/receipt")
    file = tmp_path_factory.mktemp("receipt") / "receipt.json"
    file.write_bytes(receipt.content)
    assert all(line.startswith("✓") for line in receipts.verify(file, keys.jwks, "en"))
    refused(await client.get(f"{address[:-4]}AAAA"), 404, "not-found")


async def test_the_paper_has_every_line_with_its_clause_and_the_proof(
    office: Office, client: httpx.AsyncClient
) -> None:
    await office.close()
    token = (await link(office, "J101", office.clerk)).json()["token"]
    answer = await client.get(f"/v1/statement-links/{token}/statement.pdf")
    assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")
    pages = pypdfium2.PdfDocument(answer.content)
    read = "".join(page.get_textpage().get_text_range() for page in pages)
    told = (await client.get(f"/v1/statement-links/{token}")).json()
    assert told["shop"] == "顺达一店"
    for wanted in (
        "工资条",
        "顺达一店",
        "Pay statement",
        "J101",
        told["root"],
        *(line["amount"] for line in told["lines"]),
    ):
        assert wanted in read, wanted


async def test_a_link_of_one_store_opens_nothing_of_another(
    office: Office, client: httpx.AsyncClient, keys: Keys, other_store: AStore
) -> None:
    await office.close()
    stranger = bearer(keys, "payroll", "administrator", stores=[other_store], employee="J101")
    refused(await link(office, "J101", stranger), 404, "not-found")
    refused(await client.get(f"{SEPTEMBER}/statements/J101/receipt", headers=stranger), 404, "not-found")
    assert (await link(office, "J101", office.clerk)).status_code in {200, 201}


async def test_a_month_that_was_opened_again_says_so_and_ends_the_links_from_before(
    office: Office, client: httpx.AsyncClient
) -> None:
    closed = await office.close()
    token = (await link(office, "J101", office.clerk)).json()["token"]
    await office.done(f"{SEPTEMBER}/reopen", office.manager, closed["version"], {"reason": "工时录错"})
    for file in ("", "/receipt", "/statement.pdf"):
        refused(await client.get(f"/v1/statement-links/{token}{file}"), 410, "link-withdrawn")
    token = (await link(office, "J101", office.clerk)).json()["token"]
    assert (await client.get(f"/v1/statement-links/{token}")).json()["state"] == "open"
    assert (await client.get(f"/v1/statement-links/{token}/statement.pdf")).status_code == 200


async def test_links_are_withdrawn_by_whoever_may_give_them_out_and_for_one_person_only(
    office: Office, client: httpx.AsyncClient, keys: Keys, other_store: AStore
) -> None:
    own = office.small.person("J101", "technician")
    address = f"{SEPTEMBER}/statements/J101/link/revoke"
    refused(await office.send(address, own), 404, "not-found")
    await office.close()
    first, others = [(await link(office, number, office.clerk)).json()["token"] for number in ("J101", "J102")]
    refused(await office.send(address, office.small.person("J102", "technician")), 404, "not-found")
    stranger = bearer(keys, "payroll", "administrator", stores=[other_store], employee="J101")
    refused(await office.send(address, stranger), 404, "not-found")
    assert (await client.get(f"/v1/statement-links/{first}")).status_code == 200
    withdrawn = await office.send(address, own)
    assert (withdrawn.status_code, withdrawn.json()["employee"]) == (200, "J101"), withdrawn.text
    refused(await client.get(f"/v1/statement-links/{first}"), 410, "link-withdrawn")
    again = (await link(office, "J101", own)).json()["token"]
    for token in (others, again):
        assert (await client.get(f"/v1/statement-links/{token}")).status_code == 200


async def address_of(office: Office, employee: str, headers: dict[str, str]) -> str:
    return f"/v1/statement-links/{(await link(office, employee, headers)).json()['token']}"


async def test_he_asks_by_his_own_link_and_by_no_other(office: Office, client: httpx.AsyncClient) -> None:
    closed = await office.close()
    own = await address_of(office, "J101", office.small.person("J101", "technician"))
    clerks = await address_of(office, "J101", office.clerk)
    told = (await client.get(own)).json()
    line = told["lines"][0]["key"]
    body = {"line": line, "text": "工时对不上"}
    refused(await client.post(f"{clerks}/questions", json=body), 403, "link-not-own")
    key = {"Idempotency-Key": "k1"}
    asked = await client.post(f"{own}/questions", json=body, headers=key)
    assert (asked.status_code, asked.headers["ETag"]) == (201, '"1"')
    assert (await client.post(f"{own}/questions", json=body, headers=key)).headers["Idempotent-Replayed"] == "true"
    refused(await client.post(f"{own}/questions", json=body), 409, "question-exists")
    refused(await client.post(f"{own}/questions", json={"line": "x", "text": "x"}), 422, "statement-line-unknown")
    question = asked.json()
    for reader, may_ask in ((own, True), (clerks, False)):
        read = (await client.get(reader)).json()
        assert (read["may_ask"], read["ask_until"] is not None, read["questions"]) == (may_ask, may_ask, [])
        assert [each["questions"] for each in read["lines"]] == [[question], *[[]] * (len(read["lines"]) - 1)]
    proof = await office.small.read(f"{SEPTEMBER}/statements/J101")
    assert (proof["questions"], proof["ask_until"] is not None) == ([question], True)
    await office.done(f"/v1/questions/{question['id']}/answer", office.clerk, 1, {"finding": "as_paid", "text": "x"})
    of_one = f"{own}/questions/{question['id']}"
    refused(await client.post(f"{of_one}/accept"), 428, "version-required")
    version = {"If-Match": '"2"'}
    refused(await client.post(f"{of_one.replace(own, clerks)}/accept", headers=version), 403, "link-not-own")
    others = await address_of(office, "J102", office.small.person("J102", "technician"))
    refused(await client.post(f"{of_one.replace(own, others)}/accept", headers=version), 404, "not-found")
    again = await client.post(f"{of_one}/ask-again", json={"text": "W1 有十个工时"}, headers=version)
    assert (again.status_code, again.json()["state"]) == (200, "asked_again")
    refused(await client.post(f"{of_one}/withdraw", headers={"If-Match": '"3"'}), 409, "question-move-not-allowed")
    await office.done(f"{SEPTEMBER}/reopen", office.manager, closed["version"], {"reason": "x"})
    refused(await client.post(f"{own}/questions", json={"text": "x"}), 410, "link-withdrawn")
    own = await address_of(office, "J101", office.small.person("J101", "technician"))
    assert (await client.get(own)).json()["ask_until"] is None
    refused(await client.post(f"{own}/questions", json={"text": "x"}), 409, "month-not-closed")


async def test_of_an_earlier_closing_a_question_stays_beside_its_line(
    office: Office, client: httpx.AsyncClient
) -> None:
    closed = await office.close()
    own = await address_of(office, "J101", office.small.person("J101", "technician"))
    line = (await client.get(own)).json()["lines"][0]["key"]
    asked = await client.post(f"{own}/questions", json={"line": line, "text": "x"})
    at = await office.done(f"{SEPTEMBER}/reopen", office.manager, closed["version"], {"reason": "x"})
    await office.close(version=at["version"])
    own = await address_of(office, "J101", office.small.person("J101", "technician"))
    read = (await client.get(own)).json()
    assert read["lines"][0]["key"] != line
    assert [each["id"] for each in read["lines"][0]["questions"]] == [asked.json()["id"]]
