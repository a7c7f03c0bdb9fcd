"""One cell at a time: what people and programs write, as the platform writes it. Pure functions."""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

Value = str | int | bool | None


@dataclass(frozen=True, slots=True)
class Flaw:
    """The cell cannot be used; its row is rejected."""

    code: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """The cell can be used as `value`, and somebody should look at it."""

    value: Value
    code: str


Cleaned = Value | Flaw | Doubt
Cleaner = Callable[[str], Cleaned]

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


def tidy(raw: str) -> str:
    """Full-width forms become ordinary ones (NFKC), what cannot be seen goes, runs of white space become one space."""
    if not raw.isascii():
        raw = unicodedata.normalize("NFKC", raw.translate(_INVISIBLE))
    return " ".join(raw.split())


_RUINED = re.compile(r"[0-9](\.[0-9]+)?[eE]\+[0-9]{2}")


def text(most: int) -> Cleaner:
    def clean(raw: str) -> Cleaned:
        value = tidy(raw)
        return Flaw("too-long") if len(value) > most else value or None

    return clean


def identifier(raw: str) -> Cleaned:
    """A number or code by which something is known: no spaces, and not one that a spreadsheet has rounded."""
    value = "".join(tidy(raw).split()).removeprefix("'")
    if _RUINED.fullmatch(value):
        return Flaw("digits-lost")
    return Flaw("too-long") if len(value) > 64 else value or None


def vin(raw: str) -> Cleaned:
    """Upper case without spaces and dashes; whether it is a possible VIN is for the archive to say."""
    value = identifier(raw)
    return value.replace("-", "").upper() or None if isinstance(value, str) else value


_AMOUNT = re.compile(
    r"(?P<sign>[+-]?)(?:¥|RMB|CNY|人民币)?(?P<inner>[+-]?)"
    r"(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]*)(?:\.(?P<rest>[0-9]*))?(?:元|圆|RMB|CNY)?"
)
_DASHES = str.maketrans("−–", "--")


def _number(raw: str, units: Collection[str] = ()) -> Decimal | Flaw | None:
    """Exactly what is written: a currency sign, thousands separators or a unit aside. (12.00) is negative."""
    value = "".join(tidy(raw).translate(_DASHES).split()).upper()
    if not value:
        return None
    for unit in units:
        value = value.removesuffix(unit.upper())
    bracketed = value.startswith("(") and value.endswith(")")
    found = _AMOUNT.fullmatch(value[1:-1] if bracketed else value)
    if found is None:
        return Flaw("number-unreadable")
    whole, rest = found["whole"].replace(",", ""), found["rest"] or ""
    signs = found["sign"] + found["inner"] + ("-" if bracketed else "")
    if not whole + rest or len(signs) > 1:
        return Flaw("number-unreadable")
    if len(whole.lstrip("0")) > 12 or len(rest) > 12:
        return Flaw("number-too-large")
    return Decimal(f"{signs}{whole or '0'}.{rest or '0'}")


_PLAIN_MONEY = re.compile(r"(?:0|[1-9][0-9]{0,11})\.[0-9]{2}")


def money(raw: str) -> Cleaned:
    """An amount to the cent; one that is finer is refused, never rounded."""
    if _PLAIN_MONEY.fullmatch(raw):
        return raw
    value = _number(raw)
    if not isinstance(value, Decimal):
        return value
    cents = value.quantize(Decimal("0.01"))
    return f"{cents or abs(cents):f}" if cents == value else Flaw("finer-than-a-cent")


def _shortest(value: Decimal) -> str:
    """Without zeros at the end and without an exponent."""
    shown = f"{value:f}".rstrip("0").rstrip(".") if value.as_tuple().exponent else f"{value:f}"
    return "0" if shown in {"-0", ""} else shown


def decimal(units: Collection[str] = ()) -> Cleaner:
    def clean(raw: str) -> Cleaned:
        value = _number(raw, units)
        return _shortest(value) if isinstance(value, Decimal) else value

    return clean


def integer(units: Collection[str] = ()) -> Cleaner:
    def clean(raw: str) -> Cleaned:
        if raw.isdecimal() and raw.isascii() and len(raw) <= 12:
            return int(raw)
        value = _number(raw, units)
        if not isinstance(value, Decimal):
            return value
        return int(value) if value == value.to_integral_value() else Flaw("not-whole")

    return clean


_MOMENT = re.compile(
    r"(?P<year>[0-9]{4})(?P<a>[-/.年]) ?(?P<month>[0-9]{1,2}) ?(?P<b>[-/.月]) ?(?P<day>[0-9]{1,2})(?: ?日)?"
    r"(?:(?:(?<=日) ?|[T ])(?P<hour>[0-9]{1,2})[:时](?P<minute>[0-9]{1,2})分?"
    r"(?::?(?P<second>[0-9]{1,2})(?:\.[0-9]+)?秒?)?)?"
)
_CLOSES = {"-": "-", "/": "/", ".": ".", "年": "月"}
_SERIAL = re.compile(r"[2-7][0-9]{4}(?:\.[0-9]+)?")
_SERIAL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's day 0 has no zone
_COMPACT = re.compile(r"(?:19|20)[0-9]{6}")


def _moment(raw: str) -> tuple[datetime, bool] | Flaw | None:
    """The local time written, and whether a time of day was. Day-first dates and two-figure years are not guessed."""
    value = tidy(raw)
    if not value:
        return None
    if _SERIAL.fullmatch(value):
        seconds = round(Decimal(value) * 86400)
        return _SERIAL_ZERO + timedelta(seconds=seconds), "." in value
    if _COMPACT.fullmatch(value):
        value = f"{value[:4]}-{value[4:6]}-{value[6:]}"
    found = _MOMENT.fullmatch(value)
    if found is None or _CLOSES[found["a"]] != found["b"] or not 1900 <= int(found["year"]) <= 2199:
        return Flaw("date-unreadable")
    parts = [int(found[part] or 0) for part in ("year", "month", "day", "hour", "minute", "second")]
    try:
        return datetime(*parts), found["hour"] is not None  # type: ignore[arg-type]  # noqa: DTZ001 - the caller zones it
    except ValueError:
        return Flaw("date-impossible")


def day(raw: str) -> Cleaned:
    """A calendar day; a time of day beside it is dropped."""
    moment = _moment(raw)
    return moment[0].date().isoformat() if isinstance(moment, tuple) else moment


def instant(zone: ZoneInfo) -> Cleaner:
    """A local time with the store's offset at that time."""

    def clean(raw: str) -> Cleaned:
        moment = _moment(raw)
        if not isinstance(moment, tuple):
            return moment
        local, timed = moment
        placed = in_zone(local, zone)
        return placed if timed or isinstance(placed, Doubt) else Doubt(placed, "time-missing")

    return clean


def in_zone(local: datetime, zone: ZoneInfo) -> str | Doubt:
    """When clocks go forward an hour is skipped, and a time in it moves on by as much; when they go back one comes
    twice, and the first is taken (PEP 495)."""
    first = local.replace(tzinfo=zone)
    before, after = first.utcoffset(), first.replace(fold=1).utcoffset()
    if before == after or before is None or after is None:
        return first.isoformat()
    if before < after:
        return Doubt(first.astimezone(UTC).astimezone(zone).isoformat(), "local-time-skipped")
    return Doubt(first.isoformat(), "local-time-twice")


_MONTH = re.compile(r"([0-9]{4})(?:[-/.年] ?)?([0-9]{1,2})月?")


def month(raw: str) -> Cleaned:
    """`2026-09`; a date stands for its month."""
    value = tidy(raw)
    found = _MONTH.fullmatch(value)
    if found is None or len(value) == 5:
        whole = day(raw)
        return whole[:7] if isinstance(whole, str) else whole
    year, number = int(found[1]), int(found[2])
    try:
        return date(year, number, 1).isoformat()[:7]
    except ValueError:
        return Flaw("date-impossible")


def yes_no(yes: Collection[str], no: Collection[str]) -> Cleaner:
    answers = {tidy(word).upper(): True for word in yes} | {tidy(word).upper(): False for word in no}

    def clean(raw: str) -> Cleaned:
        value = tidy(raw).upper()
        return answers.get(value, Flaw("not-yes-or-no")) if value else None

    return clean


def code(values: Mapping[str, str], otherwise: Callable[[str], Cleaned]) -> Cleaner:
    """`otherwise` says what becomes of a word that is not among `values`."""
    known = {tidy(word): ours for word, ours in values.items()}

    def clean(raw: str) -> Cleaned:
        value = tidy(raw)
        if not value:
            return None
        return known[value] if value in known else otherwise(value)

    return clean
