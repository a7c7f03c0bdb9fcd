"""Keeping the tokens that customers are found by in step with their names."""

from collections.abc import Sequence

from services.customer.context import Context
from services.customer.domain.identity import name_tokens
from services.customer.repository.names import keep_tokens
from services.customer.repository.records import Record


async def keep_names(context: Context, written: Sequence[Record], *, fresh: bool) -> None:
    tokens = {record["id"]: name_tokens(record["name"]) for record in written}
    await keep_tokens(context.session, context.store, tokens, fresh=fresh)
