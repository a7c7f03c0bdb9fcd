"""Receipts of pay, checked on this machine: nothing of the running stack is needed, nor anybody's word."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from aftermile.failures import Failure
from aftermile.words import Language, Words, default_language
from chassis.auth import is_sealed
from services.payroll.domain.errors import PayrollRefusal
from services.payroll.domain.statements.receipt import (
    KIND,
    Finding,
    findings_of,
    read_receipt,
    right,
    signed_part,
    wrong,
)

SEALER: Final = "payroll"
"""Whose key it is in a set: the others sign other things, and none of them vouches for pay."""
KEY_UNKNOWN: Final = 3
"""The status of a receipt that is right in itself, by a key that nobody has vouched for."""


class ReceiptWrong(Failure):
    """What is wrong with it is told already."""


class SignerUnknown(Exception):  # noqa: N818 - not wrong, but not known either
    """Right in itself, and no key was given to compare with."""


def verify(file: Path, key: str | None, lang: Language | None) -> Iterator[str]:
    """What is right and what is wrong about a receipt, lines to print; raises when not all of it is right."""
    words = Words(lang or default_language())
    try:
        content = file.read_bytes()
        told = read_receipt(content)
    except OSError as error:
        raise Failure(f"cannot read {file}: {error.strerror}") from None
    except PayrollRefusal as refused:
        raise Failure(f"{file}: {refused}") from None
    found = [*findings_of(content, told), _signature(told), *_known(told["key"], key)]
    for one in found:
        yield f"{'✓' if one.right else '✗'} {words.pick(one.chinese, one.english)}"
    if bad := [one.part for one in found if not one.right]:
        raise ReceiptWrong(words.pick("回执不可信: ", "the receipt is not to be trusted: ") + ", ".join(bad))
    if key is None:
        print_ = _thumbprint(told["key"])
        yield words.pick(
            f"? 没有可对照的公钥。请与门店公布的公钥指纹核对: {print_}",
            f"? nothing says whose key it is. Compare its thumbprint with the one that the shop publishes: {print_}",
        )
        raise SignerUnknown


def _signature(told: Mapping[str, Any]) -> Finding:
    if is_sealed(signed_part(told), told["signature"], told["key"], f"{KIND}+jws"):
        return right("signature", "签名与全部内容相符", "the signature covers all of it")
    return wrong("signature", "签名与内容不符", "the signature is not for this content")


def _known(own: Mapping[str, Any], known: str | None) -> Iterator[Finding]:
    """By a public key (JWK or a key set, as text or in a file) or by its thumbprint (RFC 7638)."""
    if known is None:
        return
    prints = _thumbprints(known)
    found = _thumbprint(own)
    if found in prints:
        yield right("key", f"签名者是已知的: {found}", f"the signer is known: {found}")
    else:
        yield wrong("key", f"签名的公钥不是已知的那一把: {found}", f"it was signed by an unknown key: {found}")


def _thumbprints(known: str) -> set[str]:
    text = known.strip()
    if not text.startswith("{"):
        file = Path(text)
        if not file.is_file():
            return {text}
        text = file.read_text(encoding="utf-8")
    try:
        given = json.loads(text)
        keys = [given] if "keys" not in given else [each for each in given["keys"] if each.get("kid") == SEALER]
        return {_thumbprint(each) for each in keys}
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise Failure("--key is a public key (JWK), a key set, a file of one, or a thumbprint") from None


def _thumbprint(key: Mapping[str, Any]) -> str:
    try:
        return OKPKey.import_key(dict(key)).thumbprint()
    except (JoseError, ValueError, TypeError, KeyError):
        return "-"
