"""Creating, finding and changing customers one at a time, and what people note about them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from chassis.errors import NotFound
from chassis.representation import PageWish, check_version
from services.customer.context import Context
from services.customer.domain.identity import clean_text, normal_id_number, normal_mobile, search_tokens
from services.customer.domain.refusals import NumberTaken, TextMissing
from services.customer.events import CUSTOMERS
from services.customer.models import Customer, CustomerNote
from services.customer.repository import customers as repository
from services.customer.repository import records
from services.customer.repository.records import Change, Record, next_version
from services.customer.schemas.customers import CustomerRead, CustomerState, CustomerVersion
from services.customer.service import profiles
from services.customer.service.merges import require_standing
from services.customer.service.names import keep_names

OWN_SOURCE = "aftermile"


def visible_text(told: str, pointer: str) -> str:
    """Raises TextMissing when nothing is left once it is cleaned."""
    text = clean_text(told)
    if not text:
        raise TextMissing(pointer)
    return text


async def create(context: Context, told: Mapping[str, Any]) -> UUID:
    """A customer told by a person; nobody is merged without being asked, duplicates are found by the next import."""
    number = visible_text(told["number"], "/number")
    values = dict.fromkeys(profiles.FIELDS) | _valid(told)
    await records.lock_intake(context.session, context.store, CUSTOMERS)
    if await records.load(context.session, CUSTOMERS, context.store, "number", [number]):
        raise NumberTaken(f"There is a customer {number} already.")
    row = records.new_ids(1, context.now)[0]
    record = {
        **records.blank(CUSTOMERS, context.store, row, context.now),
        **profiles.columns(values, profiles.FIELDS, context.privacy, context.store, row),
        "number": number,
        "source": OWN_SOURCE,
        "canonical_id": row,
    }
    await records.write(context.session, CUSTOMERS, [Change(record, "customer.customer.created")])
    await keep_names(context, [record], fresh=True)
    return row


async def update(context: Context, customer: UUID, told: Mapping[str, Any], expected: int) -> None:
    record = await _record(context, customer)
    check_version(record["version"], expected)
    require_standing(record)
    values = _valid(told)
    before, after = profiles.profile_of(record), profiles.stated(values, context.privacy, context.store)
    names = [name for name in after if after[name] != before[name]]
    if not names:
        return
    columns = profiles.columns(values, names, context.privacy, context.store, customer)
    changed = next_version(record, columns, context.now)
    await records.write(context.session, CUSTOMERS, [Change(changed, "customer.customer.changed")])
    if "name" in names:
        await keep_names(context, [changed], fresh=False)


def _valid(told: Mapping[str, Any]) -> dict[str, Any]:
    values = profiles.normalised(told)
    if "name" in values and values["name"] is None:
        raise TextMissing("/name")
    return values


async def _record(context: Context, customer: UUID) -> Record:
    rows = await records.load(context.session, CUSTOMERS, context.store, "id", [customer])
    if not rows:
        raise NotFound("There is no such customer")
    return rows[0]


async def read(context: Context, *, id_: UUID | None = None, number: str = "", reveal: bool = False) -> CustomerRead:
    """The customer that an id or a number means today, after every merge."""
    customer = await repository.meant_by(context.session, context.store, id_=id_, number=number)
    if customer is None:
        raise NotFound("There is no such customer")
    aliases = await repository.numbers_meaning(context.session, context.store, [customer.id])
    return shown(customer, aliases[customer.id], context if reveal else None)


async def find(
    context: Context, wish: PageWish, *, name: str | None, mobile: str | None, id_number: str | None, number: str | None
) -> tuple[list[CustomerRead], str | None]:
    equal: dict[str, object] = {} if number is None else {"number": clean_text(number)}
    if mobile is not None:
        equal["mobile_index"] = context.privacy.index("mobile", context.store, normal_mobile(mobile).value)
    if id_number is not None:
        value = normal_id_number(id_number).value
        equal["id_number_index"] = context.privacy.index("id_number", context.store, value)
    tokens = search_tokens(name or "")
    found, following = await repository.find_customers(context.session, context.store, wish, tokens=tokens, **equal)
    aliases = await repository.numbers_meaning(context.session, context.store, [each.id for each in found])
    return [shown(each, aliases[each.id], None) for each in found], following


def shown(customer: Customer, aliases: Sequence[str], revealing: Context | None) -> CustomerRead:
    row = {name: getattr(customer, name) for name in CUSTOMERS.columns}
    return CustomerRead(
        **_state(row, revealing),
        id=customer.id,
        aliases=list(aliases),
        created_at=customer.created_at,
        updated_at=customer.updated_at,
    )


def _state(row: Mapping[str, Any], revealing: Context | None) -> dict[str, Any]:
    state = {name: row[name] for name in CustomerState.model_fields if name in row}
    for name in profiles.PERSONAL:
        state[name] = profiles.revealed(row, name, revealing.privacy) if revealing else row[f"{name}_masked"]
    return state


async def history(context: Context, customer: UUID, wish: PageWish) -> tuple[list[CustomerVersion], str | None]:
    """Personal values are always masked."""
    await _record(context, customer)
    rows, following = await repository.former_states(context.session, context.store, CUSTOMERS, customer, wish)
    return [CustomerVersion(**_state(row, None), replaced_at=row["replaced_at"]) for row in rows], following


async def add_note(context: Context, customer: UUID, told: str, noted_on: date | None) -> CustomerNote:
    """What somebody who met the customer tells of them; lines stay lines."""
    await _record(context, customer)
    visible_text(told, "/text")
    note = CustomerNote(
        store_id=context.store,
        customer_id=customer,
        text="\n".join(clean_text(line) for line in told.splitlines()).strip(),
        author=context.actor,
        noted_on=noted_on or context.today,
        created_at=context.now,
    )
    context.session.add(note)
    await context.session.flush()
    return note


async def notes(context: Context, customer: UUID, wish: PageWish) -> tuple[list[CustomerNote], str | None]:
    meant = await repository.meant_by(context.session, context.store, id_=customer)
    if meant is None:
        raise NotFound("There is no such customer")
    return await repository.find_notes(context.session, context.store, meant.id, wish)
