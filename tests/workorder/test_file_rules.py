import re
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workorder.domain.files.file import (
    MOST_BYTES,
    PHOTOS,
    TAKEN,
    FileMissing,
    FileRefused,
    FileTooLarge,
    Format,
    Kept,
    Named,
    Purpose,
    Variant,
    found_in,
    require_size,
    require_taken,
    require_usable,
)
from services.workorder.domain.files.file_address import Address, AddressExpired, AddressUnknown, read, sign
from tests.workorder.pictures import PDF, SVG, a_picture

NOW = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
KEY = bytes(range(32))

CONTENTS = [
    (a_picture(kind="JPEG"), Format.JPEG),
    (a_picture(kind="PNG"), Format.PNG),
    (a_picture(kind="WEBP"), Format.WEBP),
    (PDF, Format.PDF),
    (a_picture(kind="GIF"), "gif"),
    (a_picture(kind="BMP"), "bmp"),
    (a_picture(kind="TIFF"), "tiff"),
    (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "heic"),
    (b"\0\0\0\x20ftypisom\0\0\2\0", "video"),
    (SVG, "svg"),
    (b"\xef\xbb\xbf <SVG onload=alert(1)>", "svg"),
    (b"<!DOCTYPE html><script>alert(1)</script>", "markup"),
    (b" <html>%PDF-1.4 %%EOF", "markup"),
    (b"PK\x03\x04rest of a workbook", "zip"),
    (b"MZ\x90\0", "program"),
    (b"", "empty"),
    (b"RIFF\0\0\0\0WAVE", "unknown"),
    (b"JPEG", "unknown"),
]


@pytest.mark.parametrize(("content", "found"), CONTENTS)
def test_the_content_says_what_a_file_is(content: bytes, found: str) -> None:
    assert found_in(content) == found


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize(("content", "found"), CONTENTS)
def test_a_purpose_takes_its_formats_and_names_what_else_it_was_given(
    purpose: Purpose, content: bytes, found: str
) -> None:
    if found in TAKEN[purpose]:
        assert require_taken(purpose, content) == found
    else:
        with pytest.raises(FileRefused) as refused:
            require_taken(purpose, content)
        assert refused.value.members["found"] == found
        assert refused.value.members["wanted"] == sorted(TAKEN[purpose])


def test_only_a_document_may_be_a_pdf_and_a_whole_one() -> None:
    assert [purpose for purpose in Purpose if Format.PDF in TAKEN[purpose]] == [Purpose.DOCUMENT]
    with pytest.raises(FileRefused, match="does not end as one"):
        require_taken(Purpose.DOCUMENT, PDF[:-7])


def test_a_file_has_at_most_ten_megabytes() -> None:
    require_size(MOST_BYTES)
    with pytest.raises(FileTooLarge) as refused:
        require_size(MOST_BYTES + 1)
    assert refused.value.members == {"limit": MOST_BYTES, "size": MOST_BYTES + 1}


ORDER, PHOTO = uuid4(), uuid4()
KNOWN = Kept(ORDER, Purpose.FINDING_PHOTO, is_picture=True)


@pytest.mark.parametrize(
    ("kept", "code"),
    [
        (KNOWN, None),
        (replace(KNOWN, purpose=Purpose.WALK_ROUND_PHOTO), None),
        (None, "file-unknown"),
        (replace(KNOWN, order_id=uuid4()), "file-unknown"),
        (replace(KNOWN, purpose=Purpose.SIGNATURE), "file-of-other-purpose"),
        (Kept(ORDER, Purpose.DOCUMENT, is_picture=False), "file-of-other-purpose"),
        (replace(KNOWN, is_picture=False), "file-of-other-purpose"),
    ],
)
def test_a_photo_that_is_named_is_one_of_the_order(kept: Kept | None, code: str | None) -> None:
    known: dict[UUID, Kept] = {PHOTO: kept} if kept else {}
    named = (Named(PHOTO, "/photos/0"),)
    if code is None:
        require_usable(named, known, ORDER, PHOTOS)
    else:
        with pytest.raises(FileMissing) as refused:
            require_usable(named, known, ORDER, PHOTOS)
        (error,) = refused.value.members["errors"]
        assert (error["pointer"], error["code"]) == ("/photos/0", code)


addresses = st.builds(
    Address, st.uuids(), st.uuids(), st.sampled_from(Variant),
    st.integers(1, 10**7).map(lambda seconds: NOW + timedelta(seconds=seconds)),
)  # fmt: skip


@given(address=addresses)
def test_an_address_says_what_it_was_made_of(address: Address) -> None:
    token = sign(address, KEY)
    assert re.fullmatch(r"[A-Za-z0-9_-]{96}", token)
    assert read(token, KEY, NOW) == address


@given(address=addresses, place=st.integers(0, 95), sign_=st.sampled_from("ABYZaz019_-"))
def test_no_sign_of_an_address_can_be_another(address: Address, place: int, sign_: str) -> None:
    token = sign(address, KEY)
    changed = token[:place] + sign_ + token[place + 1 :]
    if changed != token:
        with pytest.raises(AddressUnknown):
            read(changed, KEY, NOW)


@given(address=addresses, more=st.text(max_size=3))
def test_what_is_not_an_address_is_unknown(address: Address, more: str) -> None:
    token = sign(address, KEY)
    for other in (token[:-1], token + "A", more, token[:-4] + "====", urlsafe_b64encode(bytes(72)).decode()):
        with pytest.raises(AddressUnknown):
            read(other, KEY, NOW)
    with pytest.raises(AddressUnknown):
        read(token, bytes(32), NOW)


def test_an_address_ends_to_the_second_and_cannot_be_prolonged() -> None:
    address = Address(uuid4(), uuid4(), Variant.WHOLE, NOW + timedelta(seconds=1))
    token = sign(address, KEY)
    assert read(token, KEY, NOW)
    with pytest.raises(AddressExpired):
        read(token, KEY, NOW + timedelta(seconds=1))
    longer = sign(replace(address, expires_at=NOW + timedelta(days=1)), KEY)
    with pytest.raises(AddressUnknown):
        read(longer[:-43] + token[-43:], KEY, NOW)
