"""Merging records that are one person, in sets, and taking a merge back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import NotFound
from chassis.representation import PageWish, check_version
from services.customer.context import Context
from services.customer.domain.duplicates import certain_merges
from services.customer.domain.merge import FieldChange, Keep, builds_on, fields_to_restore, merge_profiles
from services.customer.domain.refusals import CustomerMerged, LaterMergeFirst, MergeAlreadyUndone, SamePerson
from services.customer.events import CUSTOMERS
from services.customer.models import CustomerMerge
from services.customer.repository import customers as customers_repository
from services.customer.repository import merges as repository
from services.customer.repository import records
from services.customer.repository.records import Change, Record, next_version
from services.customer.schemas.customers import LikelyDuplicate
from services.customer.service import profiles
from services.customer.service.names import keep_names

Pair = tuple[UUID, UUID]


async def merge_certain_duplicates(context: Context, touched: Sequence[Record]) -> list[tuple[str, str]]:
    """Merges whatever the touched records are certainly the same as; pairs of numbers (survivor, duplicate)."""
    standing = [record for record in touched if record["merged_into_id"] is None]
    found = await repository.alike(context.session, context.store, standing) if standing else set()
    if not found:
        return []
    people = await repository.identities(context.session, context.store, found)
    numbers = {number for _, person in people.values() for number in person.members}
    apart = await repository.kept_apart(context.session, context.store, numbers)
    pairs = certain_merges((person for _, person in people.values()), apart)
    for layer in layers([(people[survivor][0], people[duplicate][0]) for survivor, duplicate in pairs]):
        await merge_pairs(context, layer, "certain", {})
    return pairs


def layers(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """Pairs that can be merged together: in a layer each record takes part once, and the order of merges is kept."""
    depth: dict[UUID, int] = defaultdict(int)
    found: list[list[Pair]] = []
    for survivor, duplicate in pairs:
        level = max(depth[survivor], depth[duplicate])
        depth[survivor] = depth[duplicate] = level + 1
        if level == len(found):
            found.append([])
        found[level].append((survivor, duplicate))
    return found


async def merge_pairs(
    context: Context, pairs: Sequence[Pair], reason: str, choices: Mapping[str, Keep]
) -> list[CustomerMerge]:
    """Each record takes part in one pair. Whoever meant the duplicate means the survivor from now on."""
    survivors = await _rows(context, "id", [survivor for survivor, _ in pairs])
    groups: dict[UUID, list[Record]] = defaultdict(list)
    for row in (await _rows(context, "canonical_id", [duplicate for _, duplicate in pairs])).values():
        groups[row["canonical_id"]].append(row)
    merges, changes = [], []
    for survivor, duplicate in pairs:
        merge, changed = _merged(context, survivors[survivor], groups[duplicate], duplicate, choices)
        merge.reason = reason
        merges.append(merge)
        changes += changed
    await records.write(context.session, CUSTOMERS, changes)
    context.session.add_all(merges)
    await context.session.flush()
    renamed = [change.record for change, merge in _survivors(changes, merges) if _touches_name(merge)]
    await keep_names(context, renamed, fresh=False)
    return merges


def _survivors(changes: Sequence[Change], merges: Sequence[CustomerMerge]) -> list[tuple[Change, CustomerMerge]]:
    by_id = {change.record["id"]: change for change in changes}
    return [(by_id[merge.survivor_id], merge) for merge in merges]


def _touches_name(merge: CustomerMerge) -> bool:
    return any(change["field"] == "name" for change in merge.changes)


def _merged(
    context: Context, survivor: Record, group: Sequence[Record], duplicate_id: UUID, choices: Mapping[str, Keep]
) -> tuple[CustomerMerge, list[Change]]:
    duplicate = next(row for row in group if row["id"] == duplicate_id)
    taken = merge_profiles(profiles.profile_of(survivor), profiles.profile_of(duplicate), choices)
    columns = profiles.taken_over(duplicate, [change.field for change in taken], context.privacy, survivor["id"])
    names = {"merged_id": duplicate["id"], "merged_number": duplicate["number"]}
    changes = [Change(next_version(survivor, columns, context.now), "customer.customer.merged", names)]
    for row in group:
        meaning: Record = {"canonical_id": survivor["id"]}
        if row is duplicate:
            meaning["merged_into_id"] = survivor["id"]
        changes.append(Change(next_version(row, meaning, context.now), "customer.customer.changed"))
    merge = CustomerMerge(
        store_id=context.store,
        version=1,
        survivor_id=survivor["id"],
        duplicate_id=duplicate["id"],
        survivor_version=survivor["version"],
        changes=[asdict(change) for change in taken],
        merged_by=context.actor,
        merged_at=context.now,
    )
    return merge, changes


async def merge_chosen(
    context: Context, survivor_id: UUID, duplicate_id: UUID, choices: Mapping[str, Keep], expected: int
) -> CustomerMerge:
    """A person's decision: which record stays, and from which of the two each field comes."""
    await records.lock_intake(context.session, context.store, CUSTOMERS)
    rows = await _rows(context, "id", [survivor_id, duplicate_id])
    if survivor_id not in rows or duplicate_id not in rows:
        raise NotFound("There is no such customer")
    survivor, duplicate = rows[survivor_id], rows[duplicate_id]
    check_version(survivor["version"], expected)
    if survivor["canonical_id"] == duplicate["canonical_id"]:
        raise SamePerson(f"{survivor['number']} and {duplicate['number']} already mean the same customer.")
    for row in (survivor, duplicate):
        require_standing(row)
    return (await merge_pairs(context, [(survivor_id, duplicate_id)], "chosen", choices))[0]


def require_standing(record: Record) -> None:
    if record["merged_into_id"] is not None:
        raise CustomerMerged(f"{record['number']} has been merged into another customer; act on that one.")


async def undo(context: Context, merge_id: UUID, expected: int) -> CustomerMerge:
    """Gives the survivor back what the merge changed and nobody edited since, and lets the duplicate stand again."""
    await records.lock_intake(context.session, context.store, CUSTOMERS)
    merge = await _merge(context.session, context.store, merge_id)
    check_version(merge.version, expected)
    group = await _group_of(context, merge.survivor_id)
    survivor = group[merge.survivor_id]
    await _require_undoable(context, merge, survivor)
    former = await repository.state_before(context.session, merge)
    names = fields_to_restore(profiles.profile_of(survivor), _changes_of(merge))
    columns = {column: former[column] for name in names for column in profiles.COLUMNS[name]}
    extra = {"unmerged_id": merge.duplicate_id, "unmerged_number": group[merge.duplicate_id]["number"]}
    restored = next_version(survivor, columns, context.now)
    changes = [Change(restored, "customer.customer.unmerged", extra), *_freed(context, group, merge.duplicate_id)]
    await records.write(context.session, CUSTOMERS, changes)
    if "name" in names:
        await keep_names(context, [restored], fresh=False)
    merge.version += 1
    merge.undone_by, merge.undone_at = context.actor, context.now
    await context.session.flush()
    return merge


async def _require_undoable(context: Context, merge: CustomerMerge, survivor: Record) -> None:
    if merge.undone_at is not None:
        raise MergeAlreadyUndone("The merge was undone before.")
    if survivor["merged_into_id"] is not None:
        raise LaterMergeFirst(f"{survivor['number']} itself has been merged into another customer since.")
    own = _changes_of(merge)
    for later in await repository.later_merges(context.session, merge):
        if builds_on(_changes_of(later), own):
            raise LaterMergeFirst(f"Merge {later.id} changed the same fields later.")


def _freed(context: Context, group: Mapping[UUID, Record], duplicate_id: UUID) -> list[Change]:
    """The duplicate, and whoever had been merged into it before, mean the duplicate again."""

    def through(row: Record) -> bool:
        while row["merged_into_id"] is not None:
            if row["id"] == duplicate_id:
                return True
            row = group[row["merged_into_id"]]
        return False

    changes = []
    for row in filter(through, group.values()):
        meaning: Record = {"canonical_id": duplicate_id}
        if row["id"] == duplicate_id:
            meaning["merged_into_id"] = None
        changes.append(Change(next_version(row, meaning, context.now), "customer.customer.changed"))
    return changes


async def _group_of(context: Context, member: UUID) -> dict[UUID, Record]:
    """Every record that means the same customer as this one."""
    row = (await _rows(context, "id", [member]))[member]
    return await _rows(context, "canonical_id", [row["canonical_id"]])


async def _rows(context: Context, by: str, values: Sequence[Any]) -> dict[UUID, Record]:
    return {row["id"]: row for row in await records.load(context.session, CUSTOMERS, context.store, by, values)}


async def likely(context: Context, wish: PageWish) -> tuple[list[LikelyDuplicate], str | None]:
    """For a person to look at: nothing is merged on likelihood."""
    rows, following = await repository.likely(context.session, context.store, wish)
    return [LikelyDuplicate.model_validate(row) for row in rows], following


async def read(context: Context, merge_id: UUID) -> Row[Any]:
    """The merge with the numbers of both sides."""
    row = await customers_repository.one_merge(context.session, context.store, merge_id)
    if row is None:
        raise NotFound("There is no such merge")
    return row


async def find(
    context: Context, wish: PageWish, *, standing: bool | None, customer: UUID | None
) -> tuple[list[Row[Any]], str | None]:
    return await customers_repository.find_merges(
        context.session, context.store, wish, standing=standing, customer=customer
    )


async def _merge(session: AsyncSession, store: UUID, merge_id: UUID) -> CustomerMerge:
    merge = await session.get(CustomerMerge, (store, merge_id), with_for_update=True)
    if merge is None:
        raise NotFound("There is no such merge")
    return merge


def _changes_of(merge: CustomerMerge) -> tuple[FieldChange, ...]:
    return tuple(FieldChange(**change) for change in merge.changes)
