"""Normal forms of names, mobiles, ID numbers and plates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.customer.domain.identity import (
    clean_text,
    id_number_check_digit,
    kind_of,
    masked_id_number,
    masked_mobile,
    name_key,
    name_tokens,
    normal_id_number,
    normal_mobile,
    normal_plate,
    number_order,
    search_tokens,
)


@pytest.mark.parametrize(
    ("written", "value", "valid"),
    [
        ("13651141191", "13651141191", True),
        ("１５８８０１７１８４７", "15880171847", True),
        ("+86 186 8647 9742", "18686479742", True),
        ("0086-138-9607-4007", "13896074007", True),
        ("8613896074007", "13896074007", True),
        ("138-9607-4007", "13896074007", True),
        ("138822810", "138822810", False),
        ("0512-65321234", "051265321234", False),
        ("23651141191", "23651141191", False),
        ("138\x000000\u200b1111", "13800001111", True),
        ("", "", False),
    ],
)
def test_a_mobile_is_brought_to_eleven_digits_or_kept_and_marked(written: str, value: str, valid: bool) -> None:
    mobile = normal_mobile(written)
    assert (mobile.value, mobile.valid) == (value, valid)


@pytest.mark.parametrize(
    ("written", "value", "valid"),
    [
        ("31010119920109998X", "31010119920109998X", True),
        ("31010119920109998x", "31010119920109998X", True),
        (" 33010619710427 7285 ", "330106197104277285", True),
        ("330106197104277286", "330106197104277286", False),
        ("330106197113277285", "330106197113277285", False),
        ("000000000000000001", "000000000000000001", False),
        ("330106710427728", "330106197104277285", True),
        ("330106711327728", "330106197113277287", False),
        ("91320594MA1X0X0X0X", "91320594MA1X0X0X0X", False),
    ],
)
def test_an_id_number_holds_when_its_check_digit_and_date_do(written: str, value: str, valid: bool) -> None:
    number = normal_id_number(written)
    assert (number.value, number.valid) == (value, valid)


@given(st.text("0123456789", min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 9))
def test_one_mistyped_digit_of_an_id_number_never_passes(seventeen: str, place: int, shift: int) -> None:
    mistyped = seventeen[:place] + str((int(seventeen[place]) + shift) % 10) + seventeen[place + 1 :]
    assert id_number_check_digit(mistyped) != id_number_check_digit(seventeen)


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("萧雨秀 ", "萧雨秀"),
        ("　张　三　", "张 三"),
        ("Ａｎｎａ  Li", "Anna Li"),
        ("王\x00磊\x07", "王磊"),
        ("王\u202e磊\u200b", "王磊"),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("a\r\nb", "a b"),
        ("", ""),
    ],
)
def test_text_is_cleaned_of_what_nobody_sees(written: str, clean: str) -> None:
    assert clean_text(written) == clean


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    assert "\x00" not in once


def test_blanks_and_case_do_not_make_another_name() -> None:
    assert name_key("张 三") == name_key("张三 ") != name_key("张四")
    assert name_key("ANNA li") == name_key("Anna Li")


@pytest.mark.parametrize(
    ("name", "search", "found"),
    [
        ("梁然杰", "梁", True),
        ("梁然杰", "然杰", True),
        ("梁然杰", "梁然杰", True),
        ("梁然杰", "梁杰", False),
        ("苏州某机电公司", "机电", True),
        ("Anna Li", "Anna", True),
        ("梁然杰", "", False),
    ],
)
def test_a_name_is_found_by_its_parts(name: str, search: str, found: bool) -> None:
    wanted = search_tokens(search)
    assert (bool(wanted) and wanted <= name_tokens(name)) is found


@given(st.text(min_size=1).filter(lambda text: len(name_key(text)) > 1), st.data())
def test_every_part_of_two_or_more_characters_finds_the_name(name: str, data: st.DataObject) -> None:
    key = name_key(name)
    start = data.draw(st.integers(0, len(key) - 2))
    end = data.draw(st.integers(start + 2, len(key)))
    part = key[start:end]
    assert name_key(part) != part or search_tokens(part) <= name_tokens(name)


def test_companies_are_told_by_the_end_of_their_name() -> None:
    assert kind_of("苏州某机电公司") == "company"
    assert kind_of("公孙司") == "person"


def test_plates_lose_dots_and_blanks() -> None:
    assert normal_plate("苏b·12 345") == "苏B12345"


def test_the_ninth_customer_is_earlier_than_the_tenth() -> None:
    assert sorted(["C10", "C9", "A1", "C9-2", "7"], key=number_order) == ["7", "A1", "C9", "C9-2", "C10"]


@pytest.mark.parametrize(
    ("value", "shown"), [("13812341234", "138****1234"), ("138822810", "*******10"), ("12", "**"), ("", "")]
)
def test_a_mobile_is_shown_masked(value: str, shown: str) -> None:
    assert masked_mobile(value) == shown


def test_a_masked_id_number_hides_region_and_birth_date() -> None:
    assert masked_id_number("31010119920109998X") == "310*************8X"
