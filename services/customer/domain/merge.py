"""Merging two records field by field, and taking the merge back without losing what was edited since."""

from collections.abc import Iterable, Mapping
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


def unmerge_profile(survivor: Profile, changes: Iterable[FieldChange]) -> dict[str, object]:
    """Gives back what still holds the merge's value; what was edited since then stays as edited."""
    former = {change.field: change.former for change in changes if survivor[change.field] == change.taken}
    return {**survivor, **former}


def builds_on(later: Iterable[FieldChange], earlier: Iterable[FieldChange]) -> bool:
    """Whether a later merge of the same survivor changed a field that the earlier one had set."""
    return bool({change.field for change in later} & {change.field for change in earlier})
