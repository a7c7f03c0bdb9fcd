"""A foreign system's export as data: which file is what, which column is which field, and which codes mean what."""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from gateway.dms.problems import refused
from gateway.dms.resources import RESOURCES, Resource

MAPPINGS = Path(__file__).parent / "mappings"
KEEP, UNKNOWN = "=", "?"
"""What `otherwise` may say besides a value of ours: keep the foreign word, or leave the field empty."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Kind = Literal[
    "text", "identifier", "vin", "money", "decimal", "integer", "date", "datetime", "month", "yes_no", "code"
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FieldMapping(_Part):
    """One field, the column it is read from, and how its cells are cleaned."""

    field: Name
    column: Name
    kind: Kind
    required: bool = False
    column_may_be_missing: bool = False
    private: bool = False
    """The cells are personal: no report repeats them."""
    values: dict[str, str] = Field(default_factory=dict)
    """Of a code: the foreign word and ours."""
    otherwise: str | None = None
    """Of a code: what an unknown word becomes; `=` keeps it, `?` leaves the field empty with a warning. Without it the
    row is rejected."""
    units: tuple[str, ...] = ()
    """Of a number: words that may stand behind it."""
    most: int = Field(default=1000, ge=1, le=4000)
    """Of a text: its greatest length."""

    @model_validator(mode="after")
    def _only_codes_have_values(self) -> Self:
        if (self.kind == "code") != bool(self.values):
            raise ValueError(f"{self.field}: values belong to the kind code, and to it alone")
        return self


class Ordinal(_Part):
    """Rows without a number of their own are known by what they say and their place among equals."""

    field: Name
    among: tuple[Name, ...] = Field(min_length=1)


class Reference(_Part):
    """A field that must name something of another file of the same export."""

    field: Name
    file: Name
    to: Name
    tolerated: Decimal = Field(default=Decimal("0.05"), ge=0, le=1, strict=False)
    """The share of references to nothing above which the files are taken not to belong together."""


class FileMapping(_Part):
    file: Name
    resource: Literal[
        "employees", "targets", "review-scores", "customers", "vehicles", "complaints", "operations", "repair-orders",
        "repair-order-lines", "payments", "reimbursements", "insurer-approvals", "accessory-sales", "consumables",
        "responses", "attendance-days", "measures", "pay-items",
    ]  # fmt: skip
    may_be_missing: bool = False
    key: tuple[Name, ...] = Field(min_length=1)
    """The fields by which a person finds the row again; reports show them."""
    fields: tuple[FieldMapping, ...] = Field(min_length=1)
    constants: dict[str, str | int | bool] = Field(default_factory=dict)
    ordinal: Ordinal | None = None
    references: tuple[Reference, ...] = ()

    @property
    def target(self) -> Resource:
        return RESOURCES[self.resource]

    @cached_property
    def names(self) -> frozenset[str]:
        given = [mapped.field for mapped in self.fields] + list(self.constants)
        return frozenset(given if self.ordinal is None else [*given, self.ordinal.field])

    @model_validator(mode="after")
    def _fits_the_resource(self) -> Self:
        given = [mapped.field for mapped in self.fields] + list(self.constants)
        twice = [name for name, times in Counter(given).items() if times > 1]
        unknown = [name for name in self.names if not self.target.knows(name)]
        tops = {name.partition(".")[0] for name in self.names}
        _no("is given twice", twice)
        _no(f"is no field of {self.resource}", unknown)
        _no(f"of {self.resource} is not mapped", self.target.required - tops)
        _no("is used but not mapped", self._used() - self.names)
        for mapped in self.fields:
            self._check_codes(mapped)
        return self

    def _used(self) -> set[str]:
        among = self.ordinal.among if self.ordinal else ()
        return {*self.key, *among, *(reference.field for reference in self.references)}

    def _check_codes(self, mapped: FieldMapping) -> None:
        allowed = self.target.codes.get(mapped.field)
        if allowed is None:
            return
        given = set(mapped.values.values())
        if mapped.otherwise not in {None, UNKNOWN}:
            given.add(str(mapped.otherwise))
        _no(f"is no value of {mapped.field}", given - allowed)
        if mapped.kind != "code":
            raise ValueError(f"{mapped.field} has a closed list of values: map it as a code")


class MonthColumn(_Part):
    """Where the export says which months it has targets for."""

    file: Name
    field: Name


class Mapping(_Part):
    """One foreign system. Files are imported in the order written: what is referred to comes first."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")]
    title: dict[Literal["zh", "en"], str]
    source: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,30}$")]
    roles: tuple[Name, ...] = ("administrator", "service_manager", "dms")
    """Who may import by it, and see what was."""
    blank_keeps: bool = False
    """An empty cell leaves what is there as it is; else there is nothing from now on."""
    delimiter: Literal[",", ";", "\t", "|"] = ","
    yes: tuple[str, ...] = Field(min_length=1)
    no: tuple[str, ...] = Field(min_length=1)
    empty: tuple[str, ...] = ()
    """Cells that say that there is nothing."""
    month: MonthColumn | None = None
    files: tuple[FileMapping, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _files_fit_together(self) -> Self:
        _no("is mapped twice", [f for f, times in Counter(f.file for f in self.files).items() if times > 1])
        before: dict[str, frozenset[str]] = {}
        for mapped in self.files:
            for reference in mapped.references:
                if reference.to not in before.get(reference.file, ()):
                    raise ValueError(f"{mapped.file}: {reference.file} must come before and have {reference.to}")
            before[mapped.file] = mapped.names
        if self.month and self.month.field not in before.get(self.month.file, ()):
            raise ValueError(f"the month is not in {self.month.file}")
        return self


def _no(what: str, names: Iterable[str]) -> None:
    """A validator's complaint, unless `names` is empty."""
    if listed := ", ".join(sorted(names)):
        raise ValueError(f"{listed} {what}")


def parse_mapping(text: str | bytes) -> Mapping:
    return Mapping.model_validate_json(text)


@cache
def shipped() -> Sequence[Mapping]:
    return tuple(load_mapping(name) for name in available())


def available(folder: Path = MAPPINGS) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.json"))


def load_mapping(name: str, folder: Path = MAPPINGS) -> Mapping:
    if name not in available(folder):
        raise refused("mapping-unknown", mapping=name, known=", ".join(available(folder)))
    return parse_mapping((folder / f"{name}.json").read_bytes())
