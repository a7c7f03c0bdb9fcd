"""Receipts of pay: what an employee keeps, and what anybody can check of it without us."""

import json
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from joserfc.jwk import OKPKey

from aftermile import cli, receipts
from aftermile.failures import Failure
from services.payroll.domain.merkle import leaf_of, path_of, root_of
from services.payroll.domain.payouts.slip import NO_SLIP
from services.payroll.domain.statements.receipt import KIND, canonical, receipt_of
from services.payroll.domain.statements.statement import StatementOf, document_of
from services.payroll.service.statements.receipts import SEAL
from tests.harness import Keys
from tests.payroll.test_pay_months import SEPTEMBER, Office, office, refused
from tests.payroll.test_slips import hire

__all__ = ["office"]
Verify = Callable[..., tuple[int, str]]


def a_receipt(keys: Keys, person: str = "J101", /, signer: str = "payroll", **given: Any) -> dict[str, Any]:
    """Sealed by the rules, of a month with three statements; `given` is changed before it is sealed."""
    of = StatementOf("store-1", "CNY", str(given.pop("of_month", "2026-09")), 1, "run", "hash")
    people = ("J100", "J101", "J102")
    documents = [document_of(of, number, NO_SLIP, Decimal("0.00"), [], salt="00") for number in people]
    leaves = [leaf_of(document) for document in documents]
    place = people.index(person)
    told = {
        "store": of.store, "month": of.month, "revision": 1, "employee": person,
        "document": documents[place].decode(),
        "leaf": leaves[place].hex(), "place": place, "count": 3, "root": root_of(leaves).hex(),
        "path": [beside.hex() for beside in path_of(leaves, place)],
    }  # fmt: skip
    receipt = {**receipt_of(told, keys.signer(signer).public_jwk), **given}
    return {**receipt, "signature": keys.signer(signer).seal(canonical(receipt), SEAL)}


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Verify:
    def told(receipt: bytes | dict[str, Any], *arguments: str) -> tuple[int, str]:
        file = tmp_path / "receipt.json"
        file.write_bytes(receipt if isinstance(receipt, bytes) else canonical(receipt))
        monkeypatch.setattr(sys, "argv", ["aftermile", "verify", str(file), *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out + captured.err

    return told


def thumbprint(keys: Keys, name: str = "payroll") -> str:
    return OKPKey.import_key(keys.signer(name).public_jwk).thumbprint()


async def test_an_employee_keeps_a_receipt_that_is_checked_without_us(
    office: Office, client: httpx.AsyncClient, keys: Keys, verify: Verify
) -> None:
    await office.close()
    own = office.small.person("J101", "technician")
    answer = await client.get(f"{SEPTEMBER}/statements/J101/receipt", headers=own)
    assert answer.headers["content-disposition"].startswith('attachment; filename="receipt-2026-09-')
    again = await client.get(f"{SEPTEMBER}/statements/J101/receipt", headers=own)
    assert again.content == answer.content, "the same statement makes the same file"
    status, told = verify(answer.content, "--key", keys.jwks, "--lang", "en")
    assert status == 0, told
    total = (await office.small.read(f"{SEPTEMBER}/statements/J101", own))["total"]
    assert f"✓ it is the statement of J101 for 2026-09, total {total}" in told
    refused(await client.get(f"{SEPTEMBER}/statements/J102/receipt", headers=own), 404, "not-found")
    refused(await client.get("/v1/pay-months/2026-08/statements/J101/receipt", headers=own), 404, "not-found")


def test_a_receipt_is_right_in_both_languages_and_by_each_way_to_name_its_key(
    keys: Keys, verify: Verify, tmp_path: Path
) -> None:
    file = tmp_path / "payroll.jwk"
    file.write_bytes(orjson.dumps(keys.signer("payroll").public_jwk))
    for known in (thumbprint(keys), keys.jwks, str(file), file.read_text()):
        status, told = verify(a_receipt(keys), "--key", known, "--lang", "zh")
        assert (status, told.count("✓"), "✗" in told) == (0, 6, False), told
    assert "签名者是已知的" in told


def test_every_changed_byte_is_caught(keys: Keys, tmp_path: Path) -> None:
    """Also one that changes nothing of what is read, and the unused bits of the signature's last sign."""
    content, file = canonical(a_receipt(keys)), tmp_path / "receipt.json"

    def is_caught(changed: bytes) -> bool:
        file.write_bytes(changed)
        try:
            return not list(receipts.verify(file, keys.jwks, "en"))
        except Failure:
            return True

    assert not is_caught(content)
    changes = [content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :] for at in range(len(content))
               for bit in (1, 32)]  # fmt: skip
    assert all(map(is_caught, [*changes, content + b"\n", b" " + content, content[:-1]]))


def test_each_part_that_is_wrong_is_named(keys: Keys, verify: Verify) -> None:
    right, other, later = a_receipt(keys), a_receipt(keys, "J102"), a_receipt(keys, of_month="2026-10")
    document = right["document"].replace('"total":"0.00"', '"total":"9.00"')
    cases = [
        ({**right, "document": document}, {"document", "signature"}),
        ({**right, "document": other["document"], "leaf": other["leaf"]}, {"owner", "root", "signature"}),
        ({**right, "root": later["root"]}, {"root", "signature"}),
        ({**right, "path": right["path"][:-1]}, {"root", "signature"}),
        ({**right, "path": ["zz"]}, {"root", "signature"}),
        ({**right, "place": 2}, {"root", "signature"}),
        ({**right, "signature": later["signature"]}, {"signature"}),
        ({**right, "signature": ""}, {"signature"}),
        ({**right, "key": {"kty": "OKP"}}, {"signature", "key"}),
    ]
    for receipt, wrong in cases:
        status, told = verify(receipt, "--key", keys.jwks, "--lang", "en")
        assert status == 1
        assert set(told.rsplit("not to be trusted: ", 1)[1].strip().split(", ")) == wrong, told


@pytest.mark.parametrize("given", [{"month": "2026-10"}, {"employee": "J102"}, {"store": "store-2"}, {"revision": 2}])
def test_a_receipt_of_another_month_person_or_store_is_caught_also_when_it_is_signed(
    keys: Keys, verify: Verify, given: dict[str, Any]
) -> None:
    status, told = verify(a_receipt(keys, **given), "--key", keys.jwks, "--lang", "en")
    assert (status, f"✗ the statement is of another {next(iter(given))} than the receipt" in told) == (1, True), told


def test_a_key_that_is_not_the_known_one_is_said(keys: Keys, verify: Verify) -> None:
    forged = a_receipt(Keys.generate())
    status, told = verify(forged, "--key", keys.jwks, "--lang", "en")
    assert (status, "✗ it was signed by an unknown key" in told) == (1, True)
    status, told = verify(forged, "--lang", "zh")
    assert (status, "没有可对照的公钥" in told) == (3, True), told
    for known in (thumbprint(keys), keys.jwks):
        assert verify(a_receipt(keys, signer="survey"), "--key", known)[0] == 1, "payroll alone seals pay"


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"[" * 100_000, b"[]", b'{"kind":"other"}', b'{"kind":"%s","version":1}' % KIND.encode()],
)
def test_what_is_no_receipt_is_one_plain_sentence(verify: Verify, content: bytes) -> None:
    status, told = verify(content, "--lang", "en")
    assert (status, told.count("\n"), told.startswith("aftermile: ")) == (1, 1, True), told


def test_members_of_a_wrong_type_are_no_receipt(keys: Keys, verify: Verify) -> None:
    right = a_receipt(keys)
    for name, value in (
        ("place", "1"),
        ("count", True),
        ("path", "x"),
        ("key", []),
        ("leaf", None),
        ("more", 1),
        ("leaf", "\ud800"),
    ):
        status, told = verify(json.dumps({**right, name: value}).encode())
        assert (status, told.count("\n")) == (1, 1), told


async def test_nobody_guesses_what_the_person_beside_him_is_paid_from_the_hashes_of_his_own_proof(
    office: Office,
) -> None:
    """Base pay alone is a few thousand guesses: all that the document says of it is known but the amount."""
    await hire(office, "J103", "苏敏")
    await office.close()
    proof = await office.small.read(f"{SEPTEMBER}/statements/SA01", office.small.person("SA01"))
    beside = await office.small.read(f"{SEPTEMBER}/statements/J103")
    assert {beside["leaf"]} & set(proof["path"])
    told = orjson.loads(beside["document"])
    guessed = canonical({name: value for name, value in told.items() if name != "salt"})
    assert leaf_of(guessed).hex() not in proof["path"]
    assert told["salt"] != orjson.loads(proof["document"])["salt"]


async def test_a_seal_is_no_token(office: Office, client: httpx.AsyncClient, keys: Keys) -> None:
    content = orjson.dumps({"sub": "payroll", "aud": "payroll", "stores": []})
    head, _, signature = keys.signer("payroll").seal(content, SEAL).partition("..")
    for token in (f"{head}..{signature}", f"{head}.e30.{signature}"):
        answer = await client.get("/v1/changes", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401
