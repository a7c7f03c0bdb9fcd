"""Vehicle identification numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.customer.domain.refusals import VinInvalid
from services.customer.domain.vin import parse_vin, vin_check_digit

CHARACTERS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"


@pytest.mark.parametrize(
    "written", ["LSGPBVL31NJ220930", "lsgpbvl31nj220930 ", "1M8GDM9AXKP042788", "11111111111111111"]
)
def test_a_good_vin_holds(written: str) -> None:
    assert parse_vin(written).check_digit_holds


def test_a_wrong_check_digit_is_told_and_not_refused() -> None:
    assert not parse_vin("LSGGFRJH1PJ151953").check_digit_holds


@pytest.mark.parametrize(
    "written",
    ["", "LSGPCZCL4SD70051", "LSGKROZV2LD505310", "LSGUAO8V3RY16262I", "LSGUAQ8V3RY162621", "底" * 17, "1" * 18],
)
def test_what_is_no_vin_is_refused(written: str) -> None:
    with pytest.raises(VinInvalid) as refused:
        parse_vin(written)
    assert refused.value.errors[0]["code"] == "vin-invalid"


@given(st.text(CHARACTERS, min_size=17, max_size=17))
def test_exactly_one_character_in_position_nine_makes_the_check_digit_hold(vin: str) -> None:
    holding = [c for c in "0123456789X" if parse_vin(vin[:8] + c + vin[9:]).check_digit_holds]
    assert holding == [vin_check_digit(vin)]
