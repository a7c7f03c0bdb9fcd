"""The vehicle identification number: ISO 3779 characters, check digit of 49 CFR 565.15 and GB 16735."""

import re
from dataclasses import dataclass

from services.customer.domain.identity import clean_text
from services.customer.domain.refusals import VinInvalid

_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_LETTERS = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), 1, 2, 3, 4, 5, 7, 9, *range(2, 10)), strict=True))
_VALUES = _LETTERS | {str(digit): digit for digit in range(10)}
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


@dataclass(frozen=True, slots=True)
class Vin:
    """Seventeen characters; `check_digit_holds` is false where a maker does not use it or one was mistyped."""

    value: str
    check_digit_holds: bool


def parse_vin(text: str) -> Vin:
    value = clean_text(text).replace(" ", "").upper()
    if _VIN.fullmatch(value) is None:
        message = "A VIN has 17 letters and digits, without I, O and Q."
        raise VinInvalid(message, [{"pointer": "/vin", "code": "vin-invalid", "detail": message}])
    return Vin(value, vin_check_digit(value) == value[8])


def vin_check_digit(vin: str) -> str:
    remainder = sum(_VALUES[character] * weight for character, weight in zip(vin, _WEIGHTS, strict=True)) % 11
    return "X" if remainder == 10 else str(remainder)
