"""Files of a customer who is erased: marked in the transaction that hears of it, taken off the disk by sweeps.

Whatever ends in between, a file that is not marked has its object; the sweep goes on with what is marked.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.jobs import enqueue
from services.workorder.domain.files.erasure import goes_on
from services.workorder.domain.files.file import Purpose
from services.workorder.repository.files import erasures
from services.workorder.service.files.files import SWEEP_JOB


async def erase_files(session: AsyncSession, store_id: UUID, numbers: Sequence[str], now: datetime) -> None:
    """A sweep is asked for on each day on which some of them go."""
    found = await erasures.files_of_customers(session, store_id, numbers)
    today = now.date()
    due = {file.id: goes_on(Purpose(file.purpose), file.settled_on, today) for file in found}
    await erasures.erase(session, store_id, due, now)
    for day in sorted(set(due.values())):
        key = f"{SWEEP_JOB}:{store_id}:{day}:{','.join(sorted(numbers))}"
        await enqueue(session, SWEEP_JOB, {"store": str(store_id)}, dedupe_key=key, after=day - today)
