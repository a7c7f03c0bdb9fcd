"""Counts and sums over answers, per group: three SELECTs whatever the period; the formulas are the domain's."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain.estimates import Moments
from services.survey.domain.scoring import Tally


class Grouping(StrEnum):
    ADVISOR = "advisor"
    MONTH = "month"
    ORDER_KIND = "order_kind"
    NONE = "none"


class OrderCounts(NamedTuple):
    arrivals: int = 0
    delivered: int = 0
    answered: int = 0


@dataclass(frozen=True)
class Scope:
    """Which answers, and how they are grouped; days of submission, and of arrival or delivery for orders."""

    store_id: UUID
    questionnaire_id: UUID
    first: date
    last: date
    by: Grouping
    questions: Sequence[str] = ()
    factors: Sequence[str] = ()
    combined: Sequence[str] = ()

    def parameters(self) -> dict[str, Any]:
        return {
            "store": self.store_id, "questionnaire": self.questionnaire_id, "first": self.first, "last": self.last,
            "by": self.by.value,
            "questions": list(self.questions), "factors": list(self.factors),
            "combined": list(self.combined),
        }  # fmt: skip


@dataclass
class _Counting:
    respondents: int = 0
    raters: int = 0
    counts: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    pairs: dict[tuple[str, str], Moments] = field(default_factory=dict)


async def tallies(session: AsyncSession, scope: Scope) -> dict[str | None, Tally]:
    """Per group key; the key is None for what belongs to no group (an order not known yet, or without advisor)."""
    groups: dict[str | None, _Counting] = defaultdict(_Counting)
    for row in await session.execute(_PEOPLE, scope.parameters()):
        groups[row.key].respondents, groups[row.key].raters = row.respondents, row.raters
    for row in await session.execute(_COUNTS, scope.parameters()):
        groups[row.key].counts[row.question][row.value] = row.n
    for row in await session.execute(_PAIRS, scope.parameters()):
        pair = scope.combined[row.l - 1], scope.combined[row.r - 1]
        groups[row.key].pairs[pair] = Moments(row.n, row.left_sum, row.right_sum, row.product)
    return {key: Tally(c.respondents, c.raters, dict(c.counts), c.pairs) for key, c in groups.items()}


async def order_counts(session: AsyncSession, scope: Scope) -> dict[str | None, OrderCounts]:
    """Cars that came in the period; cars with a customer that left in it, and how many of those answered."""
    found = await session.execute(_ORDERS, scope.parameters())
    return {row.key: OrderCounts(row.arrivals, row.delivered, row.answered) for row in found}


_PEOPLE = text("""
    SELECT CASE CAST(:by AS text) WHEN 'advisor' THEN r.advisor WHEN 'month' THEN to_char(r.submitted_on, 'YYYY-MM')
                WHEN 'order_kind' THEN r.order_kind ELSE 'all' END AS key,
           count(*) AS respondents, count(*) FILTER (WHERE r.answers ?| CAST(:factors AS text[])) AS raters
    FROM response r
    WHERE r.store_id = :store AND r.questionnaire_id = :questionnaire AND r.submitted_on BETWEEN :first AND :last
    GROUP BY 1
""")
_COUNTS = text("""
    SELECT CASE CAST(:by AS text) WHEN 'advisor' THEN r.advisor WHEN 'month' THEN to_char(r.submitted_on, 'YYYY-MM')
                WHEN 'order_kind' THEN r.order_kind ELSE 'all' END AS key,
           asked.question, CAST(r.answers ->> asked.question AS int) AS value, count(*) AS n
    FROM response r CROSS JOIN unnest(CAST(:questions AS text[])) AS asked(question)
    WHERE r.store_id = :store AND r.questionnaire_id = :questionnaire AND r.submitted_on BETWEEN :first AND :last
      AND r.answers ? asked.question
    GROUP BY 1, 2, 3
""")
# Every answer meets every pair, without a join that a planner could get wrong: the work grows with the answers only.
_PAIRS = text("""
    WITH answered AS MATERIALIZED (
        SELECT CASE CAST(:by AS text) WHEN 'advisor' THEN r.advisor WHEN 'month' THEN to_char(r.submitted_on, 'YYYY-MM')
                    WHEN 'order_kind' THEN r.order_kind ELSE 'all' END AS key,
               ARRAY(SELECT CAST(r.answers ->> q.id AS int)
                     FROM unnest(CAST(:combined AS text[])) WITH ORDINALITY AS q(id, place) ORDER BY q.place) AS given
        FROM response r
        WHERE r.store_id = :store AND r.questionnaire_id = :questionnaire AND r.submitted_on BETWEEN :first AND :last
    ), places AS MATERIALIZED (
        SELECT l.place AS l, r.place AS r
        FROM generate_series(1, cardinality(CAST(:combined AS text[]))) AS l(place)
        JOIN generate_series(1, cardinality(CAST(:combined AS text[]))) AS r(place) ON r.place > l.place
    )
    SELECT a.key, p.l, p.r, count(*) AS n, sum(a.given[p.l]) AS left_sum, sum(a.given[p.r]) AS right_sum,
           sum(a.given[p.l] * a.given[p.r]) AS product
    FROM answered a CROSS JOIN places p
    WHERE a.given[p.l] IS NOT NULL AND a.given[p.r] IS NOT NULL
    GROUP BY 1, 2, 3
""")
_ORDERS = text("""
    WITH relevant AS (
        SELECT o.*, o.left_on BETWEEN :first AND :last AND o.kind IS DISTINCT FROM 'pdi'
                    AND o.customer_number IS NOT NULL AS delivered,
               EXISTS (SELECT FROM response r WHERE r.store_id = o.store_id AND r.order_number = o.number
                       AND r.questionnaire_id = :questionnaire) AS answered
        FROM order_copy o
        WHERE o.store_id = :store AND NOT o.cancelled
          AND (o.opened_on BETWEEN :first AND :last OR o.left_on BETWEEN :first AND :last)
    ), counted AS (
        SELECT o.advisor, o.kind, o.opened_on AS day, 1 AS arrivals, 0 AS delivered, 0 AS answered
        FROM relevant o WHERE o.opened_on BETWEEN :first AND :last
        UNION ALL
        SELECT o.advisor, o.kind, o.left_on, 0, 1, CAST(o.answered AS int) FROM relevant o WHERE o.delivered
    )
    SELECT CASE CAST(:by AS text) WHEN 'advisor' THEN c.advisor WHEN 'month' THEN to_char(c.day, 'YYYY-MM')
                WHEN 'order_kind' THEN c.kind ELSE 'all' END AS key,
           sum(c.arrivals) AS arrivals, sum(c.delivered) AS delivered, sum(c.answered) AS answered
    FROM counted c GROUP BY 1
""")
