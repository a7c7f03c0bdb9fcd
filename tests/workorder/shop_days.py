"""The shop's calendar, asked when a test needs it: a run may begin on one day and end on the next."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def shop_time() -> datetime:
    return datetime.now(UTC).astimezone(SHANGHAI)


def in_days(days: int) -> str:
    return (shop_time().date() + timedelta(days=days)).isoformat()


def today() -> str:
    return in_days(0)
