"""What a new statement of the source system changes in a record that people may have edited since the last one."""

from collections.abc import Mapping


def fields_restated(former: Mapping[str, object], stated: Mapping[str, object]) -> frozenset[str]:
    """Fields the source now tells differently. What it repeats unchanged does not overwrite an edit made here."""
    return frozenset(name for name, value in stated.items() if value != former.get(name))
