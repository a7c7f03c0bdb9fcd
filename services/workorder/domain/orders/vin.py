"""What a VIN tells of its car."""

from datetime import date

YEAR_CODES = "ABCDEFGHJKLMNPRSTVWXY123456789"
"""The tenth character of a VIN (GB 16735): A is 1980, and again every thirty years."""
_FIRST_YEAR, _CYCLE = 1980, len(YEAR_CODES)


def model_year(vin: str | None, day: date) -> int | None:
    """The newest year that the VIN can mean: a model year is at most one ahead of the calendar."""
    if vin is None or len(vin) != 17 or (code := vin[9].upper()) not in YEAR_CODES:
        return None
    year = _FIRST_YEAR + YEAR_CODES.index(code)
    return year + (day.year + 1 - year) // _CYCLE * _CYCLE
