"""What is open of orders that are settled or have left, by who owes it, and the credit terms of payers."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Numeric, Select, Text, Uuid, column, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.workorder.domain.money.credit import NO_CREDIT, Terms
from services.workorder.domain.money.receivable import Debtor, Receivable
from services.workorder.models import CreditTerms
from services.workorder.repository.overviews import WORK

_OF_PAYER = """
    AND (o.id = :order OR o.customer_number = ANY (CAST(:numbers AS text[]))
         OR o.payer_number = ANY (CAST(:numbers AS text[])))
"""


_FLOWS = f"""
        SELECT l.order_id, CASE WHEN EXISTS (SELECT FROM package_draws d WHERE d.store_id = l.store_id
                AND d.line_id = l.id AND NOT d.undone)
                THEN 0 ELSE share_of('customer', l.payer, l.amount, l.shares) END,
            share_of('maker', l.payer, l.amount, l.shares),
            CASE WHEN EXISTS (SELECT FROM insurer_approvals a WHERE a.store_id = l.store_id
                AND a.order_id = l.order_id) THEN 0 ELSE share_of('insurer', l.payer, l.amount, l.shares) END
        FROM base b JOIN repair_order_lines l ON l.store_id = b.store_id AND l.order_id = b.id WHERE {WORK}
        UNION ALL
        SELECT a.order_id, a.owner_share, 0, a.approved_amount
        FROM base b JOIN insurer_approvals a ON a.store_id = b.store_id AND a.order_id = b.id
        UNION ALL
        SELECT p.order_id, -p.amount, 0, 0
        FROM base b JOIN payments p ON p.store_id = b.store_id AND p.order_id = b.id WHERE p.paid_on <= :as_of
        UNION ALL
        SELECT r.order_id, r.amount, 0, 0
        FROM base b JOIN refunds r ON r.store_id = b.store_id AND r.order_id = b.id WHERE r.refunded_on <= :as_of
        UNION ALL
        SELECT m.order_id, 0, -m.amount, 0
        FROM base b JOIN reimbursements m ON m.store_id = b.store_id AND m.order_id = b.id WHERE m.paid_on <= :as_of
        UNION ALL
        SELECT i.order_id, 0, 0, -i.amount
        FROM base b JOIN insurer_payments i ON i.store_id = b.store_id AND i.order_id = b.id WHERE i.paid_on <= :as_of
            AND NOT EXISTS (SELECT FROM insurer_payments_taken_back t
                WHERE t.store_id = i.store_id AND t.payment_id = i.id)
        UNION ALL
        SELECT w.order_id, 0, (SELECT coalesce(sum(a.paid), 0) FROM claim_answers a
                WHERE a.store_id = w.store_id AND a.claim_id = w.id)
            - (SELECT sum(l.claimed) FROM claim_lines l WHERE l.store_id = w.store_id AND l.claim_id = w.id), 0
        FROM base b JOIN claims w ON w.store_id = b.store_id AND w.order_id = b.id AND w.state = 'written_off'
"""  # noqa: S608 - names of our own
"""Of each order: what its customer, the maker and its insurer came to owe, and what came of each."""


def _open(narrowed: str) -> str:
    """Money in counts up to the day; what the work comes to, and what was written off, as it is now."""
    return f"""
    WITH base AS MATERIALIZED (
        SELECT o.store_id, o.id, o.number, o.advisor, least(o.settled_on, o.left_on) AS since,
            coalesce(c.survivor_number, o.payer_number, o.customer_number) AS payer
        FROM repair_orders o LEFT JOIN customer_copy c
            ON c.store_id = o.store_id AND c.number = coalesce(o.payer_number, o.customer_number)
        WHERE o.store_id = :store AND o.state <> 'cancelled' AND least(o.settled_on, o.left_on) <= :as_of {narrowed}
    ), flows (order_id, customer, maker, insurer) AS ({_FLOWS}
    ), sums AS (
        SELECT order_id, sum(customer) AS customer, sum(maker) AS maker, sum(insurer) AS insurer
        FROM flows GROUP BY order_id
    )
    SELECT b.id, b.number, b.advisor, b.payer,
        (SELECT c.name FROM customer_copy c WHERE c.store_id = b.store_id AND c.number = b.payer) AS name,
        debt.debtor, b.since,
        b.since + CASE WHEN debt.debtor = 'customer' THEN coalesce((
            SELECT t.days FROM credit_terms t
            WHERE t.store_id = b.store_id AND t.customer_number = b.payer AND t.valid_from <= b.since
            ORDER BY t.valid_from DESC, t.id DESC LIMIT 1), 0) ELSE 0 END AS due_on, debt.open
    FROM sums s JOIN base b ON b.id = s.order_id CROSS JOIN LATERAL (
        VALUES ('customer', s.customer), ('maker', s.maker), ('insurer', s.insurer)) debt(debtor, open)
    WHERE debt.open <> 0 ORDER BY due_on, b.number, debt.debtor
"""  # noqa: S608 - names of our own


def owed(store_id: UUID, as_of: date) -> tuple[Select[Any], list[Any]]:
    """What is owed, and the keys by which it is listed: what is due longest comes first."""
    told = text(_open("")).bindparams(store=store_id, as_of=as_of)
    rows = told.columns(
        column("id", Uuid), column("number", Text), column("advisor", Text), column("payer", Text),
        column("name", Text), column("debtor", Text), column("since", Date), column("due_on", Date),
        column("open", Numeric),
    ).subquery("owed")  # fmt: skip
    return select(rows).where(rows.c.open > 0), [rows.c.due_on, rows.c.number, rows.c.debtor]


async def open_by_debtor(session: AsyncSession, store_id: UUID, as_of: date) -> list[Receivable]:
    return receivables_read(await session.execute(text(_open("")), {"store": store_id, "as_of": as_of}))


async def open_of_payer(
    session: AsyncSession, store_id: UUID, as_of: date, order_id: UUID, numbers: Sequence[str]
) -> list[Receivable]:
    """Of the order, and of all that are paid under one of these numbers."""
    values = {"store": store_id, "as_of": as_of, "order": order_id, "numbers": list(numbers)}
    return receivables_read(await session.execute(text(_open(_OF_PAYER)), values))


def receivables_read(rows: Any) -> list[Receivable]:  # noqa: ANN401 - a result
    return [
        Receivable(
            row.id, row.number, row.advisor, row.payer, row.name, Debtor(row.debtor), row.since, row.due_on, row.open
        )
        for row in rows
    ]


_SAME_PERSON = text("""
    SELECT alias.number, alias.survivor_number FROM customer_copy c
    JOIN customer_copy alias ON alias.store_id = c.store_id AND alias.survivor_number = c.survivor_number
    WHERE c.store_id = :store AND c.number = :number
""")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))")


async def same_person(session: AsyncSession, store_id: UUID, number: str) -> tuple[str, list[str]]:
    """The number of whoever this number belongs to, and all of his."""
    rows = list(await session.execute(_SAME_PERSON, {"store": store_id, "number": number}))
    survivor = rows[0].survivor_number if rows else number
    return survivor, [*{number, survivor, *(row.number for row in rows)}]


async def lock_payer(session: AsyncSession, store_id: UUID, number: str) -> tuple[str, list[str]]:
    """The same, held for this transaction."""
    survivor, numbers = await same_person(session, store_id, number)
    await session.execute(_LOCK, {"what": f"credit {store_id} {survivor}"})
    return survivor, numbers


def terms(store_id: UUID, number: str | None = None) -> Select[Any]:
    query = select(CreditTerms).where(CreditTerms.store_id == store_id)
    return query if number is None else query.where(CreditTerms.customer_number == number)


async def terms_on(session: AsyncSession, store_id: UUID, number: str, day: date) -> Terms:
    query = terms(store_id, number).where(CreditTerms.valid_from <= day)
    query = query.order_by(CreditTerms.valid_from.desc(), CreditTerms.id.desc()).limit(1)
    found: CreditTerms | None = (await session.scalars(query)).one_or_none()
    return NO_CREDIT if found is None else Terms(found.credit_limit, found.days)
