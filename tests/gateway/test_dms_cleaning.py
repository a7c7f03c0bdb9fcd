"""One cell at a time: what is read, what is doubted, what is refused."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.dms import cleaning
from gateway.dms.cleaning import Cleaned, Doubt, Flaw

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
FULL_WIDTH = str.maketrans("0123456789.,-/:", "０１２３４５６７８９．，－／：")


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("１５８８０１７１８４７", "15880171847"),
        ("　郑轩　", "郑轩"),
        ("郑轩 ", "郑轩"),
        ("张  三\n丰", "张 三 丰"),
        ("\ufeff郑\u200b轩", "郑轩"),
        ("（苏州）", "(苏州)"),
        ("", None),
        (" \u3000\u00a0", None),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("x" * 21, Flaw("too-long")),
    ],
)
def test_text_is_normalised_and_otherwise_left_alone(raw: str, clean: Cleaned) -> None:
    assert cleaning.text(20)(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (" W2609 00001", "W260900001"),
        ("'0012", "0012"),
        ("Ｃ００００１", "C00001"),
        ("3.10101E+17", Flaw("digits-lost")),
        ("", None),
    ],
)
def test_a_number_that_names_something_keeps_its_digits_or_is_refused(raw: str, clean: Cleaned) -> None:
    assert cleaning.identifier(raw) == clean


def test_a_vin_is_written_in_upper_case_without_gaps() -> None:
    assert cleaning.vin("lsgp-bvl3 1nj220930") == "LSGPBVL31NJ220930"


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("2791.50", "2791.50"),
        ("￥125.00", "125.00"),
        ("¥ 1,172.5", "1172.50"),
        ("１，６８０．００", "1680.00"),
        ("1 680元", "1680.00"),
        ("RMB 12", "12.00"),
        ("-12.5", "-12.50"),
        ("−12.5", "-12.50"),
        ("¥-12.5", "-12.50"),
        ("(12.50)", "-12.50"),
        ("-0.00", "0.00"),
        ("007.5", "7.50"),
        (".5", "0.50"),
        ("12.3400", "12.34"),
        ("", None),
        ("12.345", Flaw("finer-than-a-cent")),
        ("12,34", Flaw("number-unreadable")),
        ("1,23,456", Flaw("number-unreadable")),
        ("1.234,56", Flaw("number-unreadable")),
        ("--5", Flaw("number-unreadable")),
        ("-(5)", Flaw("number-unreadable")),
        ("¥", Flaw("number-unreadable")),
        (".", Flaw("number-unreadable")),
        ("免费", Flaw("number-unreadable")),
        ("1e5", Flaw("number-unreadable")),
        ("NaN", Flaw("number-unreadable")),
        ("=1+1", Flaw("number-unreadable")),
        ("1" * 13, Flaw("number-too-large")),
    ],
)
def test_money_is_read_to_the_cent_or_refused(raw: str, clean: Cleaned) -> None:
    assert cleaning.money(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [("0.50", "0.5"), ("100", "100"), ("1.20 小时", "1.2"), ("-0.0", "0"), ("x", Flaw("number-unreadable"))],
)
def test_a_decimal_has_one_spelling(raw: str, clean: Cleaned) -> None:
    assert cleaning.decimal(("小时",))(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("63370", 63370),
        ("63,370 KM", 63370),
        ("６３３７０", 63370),
        ("12.0", 12),
        ("12.5", Flaw("not-whole")),
        ("", None),
    ],
)
def test_a_whole_number_is_read_with_its_unit(raw: str, clean: Cleaned) -> None:
    assert cleaning.integer(("km",))(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("2026-09-08", "2026-09-08"),
        ("2026/9/8", "2026-09-08"),
        ("2026年9月8日", "2026-09-08"),
        ("2026 年 9 月 8 日", Flaw("date-unreadable")),
        ("２０２６－０９－０８", "2026-09-08"),
        ("2026.9.8", "2026-09-08"),
        ("20260908", "2026-09-08"),
        ("46273", "2026-09-08"),
        ("46273.75", "2026-09-08"),
        ("2026-09-08 00:00:00", "2026-09-08"),
        ("2024-02-29", "2024-02-29"),
        ("", None),
        ("2026-02-29", Flaw("date-impossible")),
        ("2026-13-01", Flaw("date-impossible")),
        ("8/9/2026", Flaw("date-unreadable")),
        ("26-09-08", Flaw("date-unreadable")),
        ("2026-09/08", Flaw("date-unreadable")),
        ("0026-09-08", Flaw("date-unreadable")),
        ("2026-W37-2", Flaw("date-unreadable")),
        ("昨天", Flaw("date-unreadable")),
    ],
)
def test_a_date_is_read_in_the_ways_it_is_written_and_never_guessed(raw: str, clean: Cleaned) -> None:
    assert cleaning.day(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("2026-09-08 13:58", "2026-09-08T13:58:00+08:00"),
        ("2026/09/19 09:27:00", "2026-09-19T09:27:00+08:00"),
        ("2026年9月8日13:58", "2026-09-08T13:58:00+08:00"),
        ("2026年9月8日 13时58分", "2026-09-08T13:58:00+08:00"),
        ("2026-09-08T13:58:59.4", "2026-09-08T13:58:59+08:00"),
        ("46273.5", "2026-09-08T12:00:00+08:00"),
        ("2026-09-08", Doubt("2026-09-08T00:00:00+08:00", "time-missing")),
        ("2026-09-0813:58", Flaw("date-unreadable")),
        ("2026-09-08 24:00", Flaw("date-impossible")),
        ("2026-09-08 13:60", Flaw("date-impossible")),
        ("", None),
    ],
)
def test_a_local_time_gets_the_stores_offset(raw: str, clean: Cleaned) -> None:
    assert cleaning.instant(SHANGHAI)(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("2026-03-08 01:59", "2026-03-08T01:59:00-05:00"),
        ("2026-03-08 02:30", Doubt("2026-03-08T03:30:00-04:00", "local-time-skipped")),
        ("2026-11-01 01:30", Doubt("2026-11-01T01:30:00-04:00", "local-time-twice")),
        ("2026-11-01 02:00", "2026-11-01T02:00:00-05:00"),
    ],
)
def test_times_at_a_clock_change_are_placed_and_doubted(raw: str, clean: Cleaned) -> None:
    assert cleaning.instant(NEW_YORK)(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("2026-09", "2026-09"),
        ("2026/9", "2026-09"),
        ("2026年9月", "2026-09"),
        ("202609", "2026-09"),
        ("2026-09-01", "2026-09"),
        ("2026-13", Flaw("date-impossible")),
        ("九月", Flaw("date-unreadable")),
        ("", None),
    ],
)
def test_a_month_is_read_from_its_name_or_from_a_day_in_it(raw: str, clean: Cleaned) -> None:
    assert cleaning.month(raw) == clean


def test_yes_and_no_are_what_the_mapping_says() -> None:
    clean = cleaning.yes_no(("是", "Y"), ("否",))
    assert [clean(raw) for raw in ("是", " ｙ", "否", "", "也许")] == [True, True, False, None, Flaw("not-yes-or-no")]


def test_a_code_that_is_not_mapped_is_left_to_the_mapping_too() -> None:
    clean = cleaning.code({"保养": "maintenance", "ＰＤＩ": "pdi"}, lambda word: Flaw(f"? {word}"))
    assert [clean(raw) for raw in ("保养 ", "PDI", "", "美容")] == ["maintenance", "pdi", None, Flaw("? 美容")]


AMOUNTS = st.decimals(min_value=Decimal(-(10**11)), max_value=Decimal(10**11), places=2)


@given(AMOUNTS, st.sampled_from(["{}", "￥{}", "¥ {}", " {}元", "　{}"]), st.booleans(), st.booleans())
def test_an_amount_survives_every_way_of_writing_it(amount: Decimal, around: str, grouped: bool, wide: bool) -> None:
    shown = around.format(f"{amount:,.2f}" if grouped else f"{amount:.2f}")
    clean = cleaning.money(shown.translate(FULL_WIDTH) if wide else shown)
    assert isinstance(clean, str)
    assert Decimal(clean) == amount
    assert cleaning.money(clean) == clean


@given(
    st.dates(min_value=date(1955, 1, 1), max_value=date(2099, 12, 31)),
    st.sampled_from(
        ["{d:%Y-%m-%d}", "{d.year}/{d.month}/{d.day}", "{d.year}年{d.month}月{d.day}日", "{d:%Y%m%d}", "serial"]
    ),
    st.booleans(),
)
def test_a_date_survives_every_way_of_writing_it(day: date, shape: str, wide: bool) -> None:
    shown = str((day - date(1899, 12, 30)).days) if shape == "serial" else shape.format(d=day)
    assert cleaning.day(shown.translate(FULL_WIDTH) if wide else shown) == day.isoformat()


@given(st.datetimes(min_value=datetime(1995, 1, 1), max_value=datetime(2099, 1, 1)))  # noqa: DTZ001 - local on purpose
def test_a_time_is_the_same_instant_wherever_clocks_change(local: datetime) -> None:
    local = local.replace(microsecond=0)
    placed = cleaning.in_zone(local, NEW_YORK)
    shown = datetime.fromisoformat(placed if isinstance(placed, str) else str(placed.value))
    moved = shown.replace(tzinfo=None) - local
    assert moved in {timedelta(0), timedelta(hours=1)}
    assert shown.utcoffset() == shown.astimezone(NEW_YORK).utcoffset()


@given(st.text(max_size=40))
@example("-")
def test_any_text_becomes_a_value_without_blanks_around_it_or_nothing_or_is_refused(raw: str) -> None:
    for clean in (cleaning.text(30), cleaning.identifier, cleaning.vin, cleaning.money, cleaning.decimal(),
                  cleaning.integer(), cleaning.day, cleaning.instant(NEW_YORK), cleaning.month):  # fmt: skip
        cleaned = clean(raw)
        value = cleaned.value if isinstance(cleaned, Doubt) else cleaned
        assert isinstance(value, Flaw | int | None) or value == value.strip() != ""
