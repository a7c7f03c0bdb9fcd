"""A customer's profile between its forms: as told, as stated by a source, as columns, and as compared in a merge."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from services.customer.domain import identity
from services.customer.domain.identity import Normalised
from services.customer.privacy import Privacy
from services.customer.repository.records import Record

PERSONAL = ("mobile", "id_number")
PLAIN = (
    "name", "sex", "birth_date", "occupation", "home_address", "hobbies", "education", "income", "employer",
    "employer_address", "services_of_interest", "payment_method",
)  # fmt: skip
FIELDS = (*PLAIN, *PERSONAL)
COLUMNS: dict[str, tuple[str, ...]] = {
    **{name: (name,) for name in PLAIN},
    "name": ("name", "name_key", "kind"),
    **{name: tuple(f"{name}_{part}" for part in ("sealed", "index", "masked", "valid")) for name in PERSONAL},
}
_NORMALISE = {"mobile": identity.normal_mobile, "id_number": identity.normal_id_number}
_MASK = {"mobile": identity.masked_mobile, "id_number": identity.masked_id_number}


def normalised(told: Mapping[str, Any]) -> dict[str, Any]:
    """Every field of the profile that was told, in normal form; empty text is nothing."""
    values: dict[str, Any] = {}
    for name in FIELDS:
        if name in told:
            value = told[name]
            if isinstance(value, str):
                value = _NORMALISE[name](value) if name in _NORMALISE else identity.clean_text(value)
                value = None if value in {"", Normalised("", valid=False)} else value
            values[name] = value
    return values


def stated(values: Mapping[str, Any], privacy: Privacy, store: UUID) -> dict[str, Any]:
    """The profile as JSON that can be compared and kept: personal values by their index."""
    told: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Normalised):
            told[name] = privacy.index(name, store, value.value).hex()
        else:
            told[name] = value.isoformat() if isinstance(value, date) else value
    return told


def columns(values: Mapping[str, Any], names: Iterable[str], privacy: Privacy, store: UUID, row: UUID) -> Record:
    record: Record = {}
    for name in names:
        value: Any = values.get(name)
        if name in PERSONAL:
            record |= _personal_columns(name, value, privacy, store, row)
        elif name == "name":
            record |= {"name": value, "name_key": identity.name_key(value), "kind": identity.kind_of(value)}
        else:
            record[name] = value
    return record


def _personal_columns(name: str, value: Normalised | None, privacy: Privacy, store: UUID, row: UUID) -> Record:
    if value is None:
        return dict.fromkeys(COLUMNS[name])
    return {
        f"{name}_sealed": privacy.seal(name, store, row, value.value),
        f"{name}_index": privacy.index(name, store, value.value),
        f"{name}_masked": _MASK[name](value.value),
        f"{name}_valid": value.valid,
    }


def profile_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """A stored record in the form of `stated`."""
    profile: dict[str, Any] = {}
    for name in FIELDS:
        value = record[f"{name}_index" if name in PERSONAL else name]
        if isinstance(value, date):
            value = value.isoformat()
        profile[name] = value.hex() if isinstance(value, bytes) else value
    return profile


def revealed(record: Mapping[str, Any], name: str, privacy: Privacy) -> str | None:
    sealed = record[f"{name}_sealed"]
    return None if sealed is None else privacy.unseal(name, record["store_id"], record["id"], sealed)


def taken_over(source: Mapping[str, Any], names: Iterable[str], privacy: Privacy, row: UUID) -> Record:
    """The columns of another record's fields, personal values sealed anew for this row."""
    record = {column: source[column] for name in names for column in COLUMNS[name]}
    for name in set(PERSONAL) & set(names):
        plain = revealed(source, name, privacy)
        if plain is not None:
            record[f"{name}_sealed"] = privacy.seal(name, source["store_id"], row, plain)
    return record
