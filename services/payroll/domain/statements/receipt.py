"""What an employee keeps to prove his statement by: the statement, its way to the month's root, and who sealed it.

A receipt is UTF-8 JSON with sorted keys and no spaces; its `signature` covers all its other members in that form.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.payroll.domain.errors import PayrollRefusal
from services.payroll.domain.merkle import leaf_of, root_by_path

KIND = "aftermile-pay-receipt"
VERSION = 1
MOST_BYTES = 4 * 1024 * 1024
_TEXTS = ("store", "month", "employee", "document", "leaf", "root", "signature")
_NUMBERS = ("version", "revision", "place", "count")
_OF = ("store", "month", "revision", "employee")
"""What the document says of itself too."""
_MEMBERS = {"kind", "key", "path", *_TEXTS, *_NUMBERS}


class ReceiptUnreadable(PayrollRefusal):
    slug = "receipt-unreadable"
    title = "This is not a receipt"


@dataclass(frozen=True, slots=True)
class Finding:
    """One part of a receipt that was looked at."""

    part: str
    right: bool
    chinese: str
    english: str


def right(part: str, chinese: str, english: str) -> Finding:
    return Finding(part, right=True, chinese=chinese, english=english)


def wrong(part: str, chinese: str, english: str) -> Finding:
    return Finding(part, right=False, chinese=chinese, english=english)


def canonical(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def receipt_of(told: Mapping[str, Any], key: Mapping[str, Any]) -> dict[str, Any]:
    """A receipt without its signature. `told` are the statement's store, month, revision, employee and proof."""
    names = (*_OF, "document", "leaf", "place", "count", "path", "root")
    return {"kind": KIND, "version": VERSION, "key": dict(key), **{name: told[name] for name in names}}


def read_receipt(content: bytes) -> dict[str, Any]:
    """Raises ReceiptUnreadable for what no receipt is written like."""
    if len(content) > MOST_BYTES:
        raise ReceiptUnreadable("文件太大 / the file is too large")
    try:
        told = json.loads(content.decode())
    except (ValueError, RecursionError):
        raise ReceiptUnreadable("不是 UTF-8 的 JSON / it is not JSON in UTF-8") from None
    if not isinstance(told, dict) or told.get("kind") != KIND or told.get("version") != VERSION:
        raise ReceiptUnreadable("不是工资回执 / it is no receipt of pay")
    if set(told) != _MEMBERS or not _is_typed(told):
        raise ReceiptUnreadable("回执缺少内容或多了内容 / members are missing, of a wrong type, or too many")
    try:
        canonical(told)
    except (ValueError, RecursionError):
        raise ReceiptUnreadable("含有无法写出的字符 / it holds what cannot be written as UTF-8") from None
    return told


def _is_typed(told: Mapping[str, Any]) -> bool:
    return (
        all(isinstance(told[name], str) for name in _TEXTS)
        and all(type(told[name]) is int for name in _NUMBERS)
        and isinstance(told["key"], dict)
        and isinstance(told["path"], list)
        and all(isinstance(beside, str) for beside in told["path"])
    )


def signed_part(told: Mapping[str, Any]) -> bytes:
    return canonical({name: value for name, value in told.items() if name != "signature"})


def findings_of(content: bytes, told: Mapping[str, Any]) -> Sequence[Finding]:
    """Everything but who sealed it: the file's form, the document's hash, whose it is, and the way to the root."""
    return [_form(content, told), _document(told), _owner(told), _way(told)]


def _form(content: bytes, told: Mapping[str, Any]) -> Finding:
    expected = canonical(told)
    at = next((at for at, (one, other) in enumerate(zip(content, expected, strict=False)) if one != other), None)
    if at is None and len(content) == len(expected):
        return right("file", "文件格式", "the file's form")
    place = min(len(content), len(expected)) if at is None else at
    return wrong(
        "file",
        f"文件从第 {place} 字节起不是签发时的写法",
        f"from byte {place} the file is not written as issued",
    )


def _document(told: Mapping[str, Any]) -> Finding:
    found = leaf_of(told["document"].encode()).hex()
    if found == told["leaf"]:
        return right("document", f"工资单内容与指纹相符: {found}", f"the statement has its hash: {found}")
    return wrong("document", f"工资单内容的指纹是 {found},回执写的是 {told['leaf']}",
        f"the statement's hash is {found}, the receipt says {told['leaf']}",
    )  # fmt: skip


def _owner(told: Mapping[str, Any]) -> Finding:
    """The statement is of the store, month, closing and person that the receipt names."""
    try:
        document = json.loads(told["document"])
        others = [name for name in _OF if document[name] != told[name]]
    except (ValueError, KeyError, TypeError, RecursionError):
        return wrong("owner", "工资单内容无法读取", "the statement cannot be read")
    if others:
        named = ", ".join(others)
        return wrong("owner", f"工资单属于另一个 {named}", f"the statement is of another {named} than the receipt")
    return right("owner", f"工资单属于 {told['month']} 月份的员工 {told['employee']},合计 {document.get('total')}",
        f"it is the statement of {told['employee']} for {told['month']}, total {document.get('total')}",
    )  # fmt: skip


def _way(told: Mapping[str, Any]) -> Finding:
    try:
        leaf, path = bytes.fromhex(told["leaf"]), [bytes.fromhex(beside) for beside in told["path"]]
        found = root_by_path(leaf, told["place"], told["count"], path)
    except ValueError:
        found = None
    if found is not None and found.hex() == told["root"]:
        return right("root", f"在当月的总指纹之下: {told['root']}", f"it leads to the month's root: {told['root']}")
    reached = "没有这样的路径" if found is None else found.hex()
    english = "there is no such path" if found is None else f"the path leads to {found.hex()}"
    return wrong(
        "root",
        f"路径得到的是 {reached},回执写的是 {told['root']}",
        f"{english}, the receipt says {told['root']}",
    )
