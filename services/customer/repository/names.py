"""The tokens that customers are found by."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def keep_tokens(session: AsyncSession, store: UUID, tokens: Mapping[UUID, Iterable[str]], *, fresh: bool) -> None:
    """Replace the tokens of these customers; of fresh ones there are none to replace."""
    if not tokens:
        return
    pairs = [(customer, token) for customer, found in tokens.items() for token in found]
    if not fresh:
        await session.execute(_FORGET, {"store": store, "customers": list(tokens)})
    await session.execute(
        _KEEP, {"store": store, "customers": [pair[0] for pair in pairs], "tokens": [pair[1] for pair in pairs]}
    )


_FORGET = text("DELETE FROM customer_name_token WHERE store_id = :store AND customer_id = ANY(:customers)")
_KEEP = text("""
    INSERT INTO customer_name_token (store_id, token, customer_id)
    SELECT :store, t.token, t.customer
    FROM unnest(CAST(:tokens AS text[]), CAST(:customers AS uuid[])) AS t (token, customer)
""")
