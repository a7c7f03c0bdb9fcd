"""Time that passes in a store: what was told within a minute of a run counts as told after it anyway."""

import asyncpg

from tests.harness import AStore, Clone

_CLOCKS = {
    "fact": ["received_at"], "employee": ["updated_at"], "employee_terms": ["updated_at"], "target": ["updated_at"],
    "review_score": ["updated_at"], "employee_history": ["replaced_at"], "pay_month_step": ["at"],
    "run": ["created_at", "started_at", "completed_at"],
}  # fmt: skip


async def an_hour_passes(clone: Clone, store: AStore) -> None:
    """All that has happened did so an hour earlier."""
    connection = await asyncpg.connect(clone.owner_url)
    await connection.execute("SELECT set_config('app.store', $1, false)", str(store.id))
    for table, clocks in _CLOCKS.items():
        moved = ", ".join(f"{clock} = {clock} - interval '1 hour'" for clock in clocks)
        await connection.execute(
            f"ALTER TABLE {table} DISABLE TRIGGER USER; UPDATE {table} SET {moved};"
            f"ALTER TABLE {table} ENABLE TRIGGER USER"
        )
    await connection.close()
