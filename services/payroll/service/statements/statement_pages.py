"""A closed statement in words: each line with the steps that it rests on and the facts that these counted, bounded."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.ext.asyncio import AsyncSession

from services.payroll.domain.words.explanation import DEPTH, SENTENCES, Explainer
from services.payroll.domain.words.saying import Language, Saying
from services.payroll.domain.words.told import Sentence, ToldLine
from services.payroll.domain.words.told_unpaid import ToldUnpaid
from services.payroll.models import TraceNode
from services.payroll.repository.people import people
from services.payroll.repository.runs import reach, runs
from services.payroll.repository.words import explanations
from services.payroll.repository.words.explanations import Below
from services.payroll.service.statements.receipts import Proof
from services.payroll.service.words.counted_facts import CountedFact, FactTeller
from services.payroll.service.words.explanations import known_of
from services.payroll.service.words.unpaid import told as told_of


@dataclass(frozen=True)
class Bounds:
    """How many steps of a line are told, and how many facts of a step."""

    steps: int
    facts: int

    def of(self, unpaid: ToldUnpaid) -> int:
        """Of what is nothing its own step says why."""
        return 1 if unpaid.withheld is None else self.steps


PAGE, WHOLE = Bounds(16, 10), Bounds(SENTENCES, 0)
UNPAID = 50
"""So many things that were not paid stand on a statement."""


def link_key(signing_key: str) -> bytes:
    """A key for links alone, drawn from the process's own: one secret less to keep, the same in all replicas."""
    secret = urlsafe_b64decode(json.loads(signing_key)["d"] + "==")
    return HKDF(SHA256(), length=32, salt=None, info=b"aftermile payroll statement links 2").derive(secret)


@dataclass(frozen=True)
class StatementInWords:
    """`sentences` tell the steps of a line, and of what is `unpaid`, by its node; `facts` the first that each of these
    counted."""

    proof: Proof
    name: str | None
    document: Mapping[str, Any]
    sentences: Mapping[str, Sequence[Sentence]]
    facts: Mapping[str, Sequence[CountedFact]]
    unpaid: Sequence[ToldUnpaid] = ()

    @property
    def lines(self) -> Sequence[Mapping[str, Any]]:
        """Base pay and items first (一.1), which rest on no step, then the lines of the bonus."""
        fixed = [_fixed("基本工资", "base pay", self.document["base_pay"])] if self.document.get("base_pay") else []
        fixed += [_fixed(each["name_zh"], each["name_en"], each) for each in self.document.get("items", ())]
        return [*fixed, *({"note": None, "part": None, **line} for line in self.document["lines"])]

    def steps_of(self, line: Mapping[str, Any]) -> Sequence[Sentence]:
        """From the line's own step down; an adjustment has none."""
        return self.sentences.get(line["node"], ())


def _fixed(name: str, english: str, part: Mapping[str, Any]) -> dict[str, Any]:
    """`note` says how it came from its rate, and an item's reason."""
    days = None if part["days"] is None else f"{part['rate']} × {part['days']}"
    days = days if days is None or part["of_days"] is None else f"{days} ÷ {part['of_days']}"
    note = " · ".join(each for each in (days, part.get("reason")) if each) or None
    return {"name": name, "line": english, "clause": "一.1", "amount": part["amount"], "of_month": part.get("of_month"),
            "adjusted": None, "node": "", "note": note, "part": part}  # fmt: skip


async def on_paper(session: AsyncSession, proof: Proof) -> StatementInWords:
    """Its lines alone."""
    names = await people.names_of(session, [proof.statement.employee])
    document = json.loads(proof.statement.document)
    return StatementInWords(proof, names.get(proof.statement.employee), document, {}, {})


async def in_words(session: AsyncSession, proof: Proof, language: Language, bounds: Bounds) -> StatementInWords:
    """With the steps of its lines; in a fixed number of queries, however long it is."""
    told = await on_paper(session, proof)
    saying = Saying(language, told.document["currency"])
    run = await runs.run_of(session, UUID(told.document["run"]))
    if run is None:
        return told
    employee, lines = proof.statement.employee, [line for line in told.document["lines"] if line["node"]]
    rows = (await session.scalars(reach.unpaid(run.id, employee).order_by(TraceNode.ordinal).limit(UNPAID))).all()
    starts = [*(line["node"] for line in lines), *(row.node for row in rows)]
    below = Below(starts, employee, DEPTH, bounds.steps * len(starts))
    nodes = await explanations.nodes_below(session, run.id, below)
    known = await known_of(session, run, nodes)
    explainer = Explainer(saying, known, nodes, employee)
    sentences = {
        line["node"]: explainer.explain(line["node"], _headed(saying, employee, line), bounds.steps) for line in lines
    }
    unpaid = await told_of(session, run.id, rows, saying)
    sentences |= {each.node: explainer.explain(each.node, None, bounds.of(each)) for each in unpaid}
    teller = FactTeller(saying, known, nodes)
    facts = await _first_facts(session, run.id, teller, sentences, bounds.facts) if bounds.facts else {}
    return replace(told, sentences=sentences, facts=facts, unpaid=unpaid)


async def _first_facts(
    session: AsyncSession, run: UUID, teller: FactTeller, told: Mapping[str, Sequence[Sentence]], most: int
) -> Mapping[str, Sequence[CountedFact]]:
    shown = sorted({each.node for of_line in told.values() for each in of_line if each.selections})
    facts: dict[str, list[CountedFact]] = {}
    for row in await explanations.facts_of(session, await explanations.first_uses(session, run, shown, most)):
        facts.setdefault(row["node"], []).append(teller.told(row))
    return facts


def _headed(saying: Saying, employee: str, line: Mapping[str, Any]) -> ToldLine:
    return ToldLine(employee, saying.named(line["name"], line["line"]), Decimal(line["amount"]))
