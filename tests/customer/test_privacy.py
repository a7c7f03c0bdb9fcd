"""Sealing of personal values."""

import base64
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.customer.privacy import BrokenSealError, Privacy, PrivacyKeyError

KEY = base64.b64encode(bytes(range(32))).decode()
PRIVACY = Privacy(KEY, "customer", ("mobile", "id_number"))
STORE, ROW = UUID(int=1), UUID(int=2)


@given(st.text(), st.uuids(), st.uuids())
def test_what_is_sealed_opens_in_its_place(value: str, store: UUID, row: UUID) -> None:
    assert PRIVACY.unseal("mobile", store, row, PRIVACY.seal("mobile", store, row, value)) == value


@pytest.mark.parametrize(
    ("column", "store", "row"),
    [("id_number", STORE, ROW), ("mobile", uuid4(), ROW), ("mobile", STORE, uuid4())],
)
def test_a_value_does_not_open_elsewhere(column: str, store: UUID, row: UUID) -> None:
    with pytest.raises(BrokenSealError):
        PRIVACY.unseal(column, store, row, PRIVACY.seal("mobile", STORE, ROW, "13800001111"))


def test_a_changed_value_or_key_version_does_not_open() -> None:
    sealed = PRIVACY.seal("mobile", STORE, ROW, "13800001111")
    for broken in (b"\x02" + sealed[1:], sealed[:-1] + bytes([sealed[-1] ^ 1])):
        with pytest.raises(BrokenSealError) as refused:
            PRIVACY.unseal("mobile", STORE, ROW, broken)
        assert "13800001111" not in str(refused.value)


def test_the_same_value_is_sealed_differently_each_time_and_found_by_its_index() -> None:
    assert PRIVACY.seal("mobile", STORE, ROW, "1") != PRIVACY.seal("mobile", STORE, ROW, "1")
    assert PRIVACY.index("mobile", STORE, "1") == PRIVACY.index("mobile", STORE, "1")
    assert PRIVACY.index("mobile", STORE, "1") != PRIVACY.index("id_number", STORE, "1")
    assert PRIVACY.index("mobile", STORE, "1") != PRIVACY.index("mobile", ROW, "1")


@pytest.mark.parametrize("form", [KEY, KEY.rstrip("="), base64.urlsafe_b64encode(bytes(range(32))).decode() + "\n"])
def test_a_key_may_be_written_in_either_base64(form: str) -> None:
    other = Privacy(form, "customer", ("mobile",))
    assert other.index("mobile", STORE, "1") == PRIVACY.index("mobile", STORE, "1")


@pytest.mark.parametrize("key", ["", "abc", "not base64 at all, really not", base64.b64encode(b"x" * 31).decode(), "é"])
def test_a_key_of_another_size_stops_the_start(key: str) -> None:
    with pytest.raises(PrivacyKeyError):
        Privacy(key, "customer", ("mobile",))
