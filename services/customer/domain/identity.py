"""Normal forms of what identifies a person or a car: names, mobiles, ID numbers, plates, and how they are masked."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

MOBILE_LENGTH = 11
ID_NUMBER_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_NUMBER_CHECK_DIGITS = "10X98765432"
COMPANY_ENDINGS = ("公司", "集团", "合伙", "工厂", "学校", "医院", "银行", "合作社", "事务所", "委员会", "管理局")

_MOBILE_NOISE = re.compile(r"[\s\-‐-―()./·]")
_MOBILE_PREFIX = re.compile(r"^(?:\+86|0086)(?=1\d{10}$)|^86(?=1\d{10}$)")
_MOBILE = re.compile(r"1[0-9]{10}")
_ID_NUMBER = re.compile(r"[0-9]{17}[0-9X]")
_ID_NUMBER_BEFORE_1999 = re.compile(r"[0-9]{15}")
_SPACES = re.compile(r"\s+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_DIGITS = re.compile(r"([0-9]+)")
_WORD = re.compile(r"[0-9a-z]+")


@dataclass(frozen=True, slots=True)
class Normalised:
    """A value in its normal form, and whether it is what it claims to be."""

    value: str
    valid: bool


@lru_cache(maxsize=16384)
def clean_text(text: str) -> str:
    """NFKC without control and direction characters, runs of blanks as one; a leading `=` stays: it is text."""
    if text.isprintable() and "  " not in text and unicodedata.is_normalized("NFKC", text):
        return text.strip()
    return _SPACES.sub(" ", _visible(text)).strip()


@lru_cache(maxsize=4096)
def name_key(name: str) -> str:
    """The form in which two spellings of one name are equal: no blanks, no case."""
    return clean_text(name).replace(" ", "").casefold()


def kind_of(name: str) -> str:
    return "company" if name_key(name).endswith(COMPANY_ENDINGS) else "person"


def name_tokens(name: str) -> frozenset[str]:
    """What a name is found by: its first character, each pair of neighbouring characters, each Latin word."""
    key = name_key(name)
    pairs = {key[i : i + 2] for i in range(len(key) - 1)}
    return frozenset(pairs | {key[:1]} | set(_WORD.findall(clean_text(name).casefold()))) - {""}


def search_tokens(text: str) -> frozenset[str]:
    """Tokens a name must all have to answer to the text: pairs of neighbours, or the only character."""
    key = name_key(text)
    return frozenset(key[i : i + 2] for i in range(len(key) - 1)) or frozenset({key} - {""})


def normal_mobile(text: str) -> Normalised:
    """Digits of a mainland mobile without country prefix; anything else is kept cleaned and marked."""
    value = _MOBILE_PREFIX.sub("", _MOBILE_NOISE.sub("", _visible(text)))
    return Normalised(value, _MOBILE.fullmatch(value) is not None)


def id_number_check_digit(first_seventeen: str) -> str:
    """Source: GB 11643, ISO 7064 MOD 11-2."""
    total = sum(int(digit) * weight for digit, weight in zip(first_seventeen, ID_NUMBER_WEIGHTS, strict=True))
    return ID_NUMBER_CHECK_DIGITS[total % 11]


def normal_id_number(text: str) -> Normalised:
    """Eighteen characters; a number of fifteen digits issued before 1999 is brought to eighteen."""
    value = _SPACES.sub("", _visible(text)).upper()
    if _ID_NUMBER_BEFORE_1999.fullmatch(value):
        seventeen = f"{value[:6]}19{value[6:]}"
        return Normalised(seventeen + id_number_check_digit(seventeen), _is_date(seventeen[6:14]))
    valid = (
        _ID_NUMBER.fullmatch(value) is not None
        and id_number_check_digit(value[:17]) == value[17]
        and _is_date(value[6:14])
    )
    return Normalised(value, valid)


def normal_plate(text: str) -> str:
    return re.sub(r"[\s·•.\-]", "", _visible(text)).upper()


def number_order(number: str) -> tuple[tuple[int, int, str], ...]:
    """Order of customer numbers in which C9 comes before C10."""
    parts = (part for part in _DIGITS.split(number) if part)
    return tuple((0, int(part), part) if part.isascii() and part.isdigit() else (1, 0, part) for part in parts)


def masked_mobile(value: str) -> str:
    """138****1234; what is not a full mobile shows its last two characters only."""
    if len(value) == MOBILE_LENGTH:
        return f"{value[:3]}****{value[-4:]}"
    return masked(value, 0, 2)


def masked_id_number(value: str) -> str:
    """The birth date and the region in the middle stay hidden, whatever else is known of the person."""
    return masked(value, 3, 2)


def masked(value: str, head: int, tail: int) -> str:
    if len(value) <= head + tail:
        return "*" * len(value)
    return value[:head] + "*" * (len(value) - head - tail) + value[len(value) - tail :]


def _visible(text: str) -> str:
    return _CONTROLS.sub("", unicodedata.normalize("NFKC", text))


def _is_date(digits: str) -> bool:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year >= 1850
    except ValueError:
        return False
