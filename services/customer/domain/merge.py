"""Merging two records field by field, and taking the merge back without losing what was edited since."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.customer.domain.refusals import FieldNotChoosable

Profile = Mapping[str, object]


class Keep(StrEnum):
    SURVIVOR = "survivor"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of the survivor that the merge changed."""

    field: str
    former: object
    taken: object


def merge_profiles(survivor: Profile, duplicate: Profile, choices: Mapping[str, Keep]) -> tuple[FieldChange, ...]:
    """What the survivor takes over: what was chosen, and without a choice whatever it lacked."""
    unknown = sorted(set(choices) - set(survivor))
    if unknown:
        raise FieldNotChoosable(
            f"Not a field of the profile: {', '.join(unknown)}.",
            [{"pointer": f"/choose/{name}", "code": "unknown-field", "detail": "Unknown field."} for name in unknown],
        )
    taken = (
        FieldChange(name, value, duplicate.get(name))
        for name, value in survivor.items()
        if choices.get(name, Keep.DUPLICATE if value is None else Keep.SURVIVOR) is Keep.DUPLICATE
    )
    return tuple(change for change in taken if change.former != change.taken)


def apply_changes(survivor: Profile, changes: Iterable[FieldChange]) -> dict[str, object]:
    return {**survivor, **{change.field: change.taken for change in changes}}


def fields_to_restore(survivor: Profile, changes: Iterable[FieldChange]) -> frozenset[str]:
    """Fields that still hold what the merge put there; what was edited since then stays as edited."""
    return frozenset(change.field for change in changes if survivor[change.field] == change.taken)


def unmerge_profile(survivor: Profile, changes: Sequence[FieldChange]) -> dict[str, object]:
    """The survivor's profile once the merge is undone."""
    restored = fields_to_restore(survivor, changes)
    return {**survivor, **{change.field: change.former for change in changes if change.field in restored}}


def builds_on(later: Iterable[FieldChange], earlier: Iterable[FieldChange]) -> bool:
    """Whether a later merge of the same survivor changed a field that the earlier one had set."""
    return bool({change.field for change in later} & {change.field for change in earlier})
