"""The store's own time zone: it decides which day, and so which month, an instant belongs to."""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from chassis.auth import Store


@dataclass(frozen=True)
class Zone:
    info: ZoneInfo

    @classmethod
    def of(cls, store: Store) -> "Zone":
        return cls(ZoneInfo(store.time_zone))

    def day(self, instant: datetime) -> date:
        return instant.astimezone(self.info).date()

    def begin(self, day: date) -> datetime:
        """The instant at which a day begins here."""
        return datetime.combine(day, time(), self.info)

    def day_or_none(self, instant: datetime | None) -> date | None:
        return None if instant is None else self.day(instant)
