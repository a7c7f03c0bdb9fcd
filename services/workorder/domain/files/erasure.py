"""When the files of a customer who is erased go: what shows him or his car at once, what proves a contract later."""

from datetime import date

from services.workorder.domain.files.file import Purpose

KEPT_YEARS = 2
"""What belongs to the file of a settled repair, its contract and what is signed, is kept for two years by law
(机动车维修管理规定: 维修档案保存期为两年); nobody sees it in that time (个人信息保护法 第四十七条)."""
_OF_THE_CONTRACT = frozenset({Purpose.SIGNATURE, Purpose.DOCUMENT})


def goes_on(purpose: Purpose, settled_on: date | None, asked_on: date) -> date:
    """The day from which a file is no longer there. Photos are no part of what the law keeps."""
    if purpose not in _OF_THE_CONTRACT or settled_on is None:
        return asked_on
    return max(asked_on, _years_after(settled_on, KEPT_YEARS))


def _years_after(day: date, years: int) -> date:
    leap = (day.month, day.day) == (2, 29)
    return date(day.year + years, 3, 1) if leap else day.replace(year=day.year + years)
