"""Merging field by field and taking it back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.customer.domain.merge import (
    FieldChange,
    Keep,
    apply_changes,
    builds_on,
    merge_profiles,
    unmerge_profile,
)
from services.customer.domain.refusals import FieldNotChoosable

FIELDS = ("name", "mobile", "occupation", "hobbies")
profiles = st.fixed_dictionaries(dict.fromkeys(FIELDS, st.none() | st.sampled_from(["a", "b", "c"])))
choices = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(Keep))


@given(profiles, profiles, choices)
def test_merge_then_unmerge_gives_back_the_same(
    survivor: dict[str, object], duplicate: dict[str, object], chosen: dict[str, Keep]
) -> None:
    changes = merge_profiles(survivor, duplicate, chosen)
    assert unmerge_profile(apply_changes(survivor, changes), changes) == survivor


@given(profiles, profiles, choices, st.sampled_from(FIELDS))
def test_what_was_edited_after_the_merge_stays_edited(
    survivor: dict[str, object], duplicate: dict[str, object], chosen: dict[str, Keep], field: str
) -> None:
    changes = merge_profiles(survivor, duplicate, chosen)
    edited = {**apply_changes(survivor, changes), field: "edited"}
    assert unmerge_profile(edited, changes) == {**survivor, field: "edited"}


def test_without_a_choice_the_survivor_takes_only_what_it_lacks() -> None:
    changes = merge_profiles({"name": "王磊", "hobbies": None}, {"name": "王 磊", "hobbies": "钓鱼"}, {})
    assert changes == (FieldChange("hobbies", None, "钓鱼"),)


def test_a_chosen_field_comes_from_the_duplicate_even_when_empty() -> None:
    assert merge_profiles({"hobbies": "钓鱼"}, {"hobbies": None}, {"hobbies": Keep.DUPLICATE}) == (
        FieldChange("hobbies", "钓鱼", None),
    )


def test_a_field_that_does_not_exist_cannot_be_chosen() -> None:
    with pytest.raises(FieldNotChoosable) as refused:
        merge_profiles({"name": "a"}, {"name": "b"}, {"number": Keep.DUPLICATE})
    assert refused.value.errors[0]["pointer"] == "/choose/number"


def test_a_merge_builds_on_another_when_both_changed_a_field() -> None:
    one, two = [FieldChange("name", "a", "b")], [FieldChange("hobbies", None, "c")]
    assert builds_on(one, one)
    assert not builds_on(two, one)
