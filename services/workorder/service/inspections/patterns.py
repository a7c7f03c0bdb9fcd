"""Patterns before people: what the last mining proposes, and that a person accepts it as a rule or dismisses it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis.errors import Invalid, NotFound, field_error
from services.workorder.domain.inspections.check_rule import in_force
from services.workorder.domain.inspections.mining import MiningState, PatternState, Said, require_proposed, state_of
from services.workorder.models import CheckRule, PatternDecision, PatternMining
from services.workorder.repository.inspections import mining
from services.workorder.schemas.inspections.checks import CheckRuleCreate, ConditionsBody, PatternNumbers
from services.workorder.schemas.inspections.inspections import Bilingual, TemplateItem
from services.workorder.schemas.inspections.patterns import AcceptBody, DismissBody
from services.workorder.service.desk import Desk
from services.workorder.service.inspections import check_rules

Key = tuple[str, int, str]


@dataclass(frozen=True)
class Known:
    """A pattern with the last word on it."""

    numbers: PatternNumbers
    state: PatternState
    said: PatternDecision | None


def key_of(numbers: PatternNumbers) -> Key:
    return numbers.model, numbers.from_km, numbers.item_code


async def patterns_of(desk: Desk, done: PatternMining) -> list[Known]:
    said = await mining.said_of_patterns(desk.session, desk.store_id)
    last = {(word.model, word.from_km, word.item_code): (word, rule) for word, rule in said}
    found = [PatternNumbers.model_validate(each) for each in done.patterns or ()]
    return [_known(desk, numbers, *last.get(key_of(numbers), (None, None))) for numbers in found]


def _known(desk: Desk, numbers: PatternNumbers, said: PatternDecision | None, rule: CheckRule | None) -> Known:
    if said is None:
        return Known(numbers, PatternState.PROPOSED, None)
    holds = rule is not None and in_force(min(rule.valid_from, desk.today), rule.valid_to, desk.today)
    word = Said(accepted=rule is not None, n=said.n, in_force=holds)
    return Known(numbers, state_of(numbers.n, word), said)


async def accept(desk: Desk, body: AcceptBody) -> CheckRule:
    """The rule keeps what it was accepted on."""
    done, pattern = await _proposed(desk, body)
    asked = await mining.known_items(desk.session, desk.store_id)
    item = body.item or (TemplateItem.model_validate(asked[body.item_code]) if body.item_code in asked else None)
    if item is None or item.code != body.item_code:
        detail = f"nothing asks {body.item_code} any more: say what is looked at, under this code"
        raise Invalid(detail, errors=[field_error("/item", "item-unknown", detail)])
    conditions = ConditionsBody(models=(body.model,), km_from=pattern.from_km, km_below=pattern.below_km)
    told = CheckRuleCreate(
        item=item, why=body.why or _why(pattern), conditions=conditions, valid_from=body.valid_from,
        valid_to=body.valid_to,
    )  # fmt: skip
    rule = await check_rules.create_rule(desk, told, _evidence(desk, done, pattern))
    await _say(desk, body, pattern, rule_id=rule.id)
    return rule


async def dismiss(desk: Desk, body: DismissBody) -> PatternDecision:
    _, pattern = await _proposed(desk, body)
    return await _say(desk, body, pattern, reason=body.reason)


async def _proposed(desk: Desk, body: AcceptBody | DismissBody) -> tuple[PatternMining, PatternNumbers]:
    """Of the newest mining only: an older one says what was true once."""
    await mining.hold_decisions(desk.session, desk.store_id)
    done = await mining.newest(desk.session, desk.store_id, MiningState.DONE)
    if done is None or done.id != body.mining_id:
        raise NotFound("That is not the newest mining that is done")
    known = {key_of(each.numbers): each for each in await patterns_of(desk, done)}
    found = known.get((body.model, body.from_km, body.item_code))
    if found is None:
        raise NotFound("That mining has no such pattern")
    require_proposed(found.state)
    return done, found.numbers


async def _say(desk: Desk, body: AcceptBody | DismissBody, pattern: PatternNumbers, **word: object) -> PatternDecision:
    said = PatternDecision(
        store_id=desk.store_id, mining_id=body.mining_id, model=body.model, from_km=body.from_km,
        item_code=body.item_code, n=pattern.n, decided_by=desk.person, decided_at=desk.now, **word,
    )  # fmt: skip
    desk.session.add(said)
    await desk.session.flush()
    return said


def _evidence(desk: Desk, done: PatternMining, pattern: PatternNumbers) -> dict[str, Any]:
    numbers: Mapping[str, Any] = pattern.model_dump(mode="json")
    at = {"accepted_by": desk.person, "accepted_at": desk.now.isoformat()}
    return {"mining_id": str(done.id), "since": done.since.isoformat(), "orders": done.orders, **at, "numbers": numbers}


def _why(pattern: PatternNumbers) -> Bilingual:
    """What was counted, in both languages."""
    to = f"–{pattern.below_km}" if pattern.below_km else "+"
    counted, rest = f"{pattern.found}/{pattern.n}", f"{pattern.found_elsewhere}/{pattern.n_elsewhere}"
    return Bilingual(
        zh=f"本店 {pattern.from_km}{to} 公里的该车型 {counted} 台有此问题,其他车 {rest}",
        en=f"Here found on {counted} cars of this model at {pattern.from_km}{to} km, on others {rest}",
    )
