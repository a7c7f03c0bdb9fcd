"""Certain duplicates and the merges that follow from them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.customer.domain.duplicates import Identity, certain_duplicates, certain_merges
from services.customer.domain.identity import number_order

ID_A, ID_B = "id-a", "id-b"


def person(number: str, name: str = "王磊", mobile: str | None = None, id_number: str | None = None) -> Identity:
    return Identity(number, name, mobile, id_number, id_number)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (person("1", id_number=ID_A), person("2", "李静", id_number=ID_A), True),
        (person("1", mobile="m"), person("2", mobile="m"), True),
        (person("1", mobile="m", id_number=ID_A), person("2", mobile="m"), True),
        (person("1", mobile="m"), person("2", "李静", mobile="m"), False),
        (person("1", mobile="m", id_number=ID_A), person("2", mobile="m", id_number=ID_B), False),
        (person("1"), person("2"), False),
        (Identity("1", "王磊", None, "bad", None), Identity("2", "李静", None, "bad", None), False),
        (Identity("1", "王磊", "m", "bad", None), Identity("2", "王磊", "m", ID_A, ID_A), False),
    ],
)
def test_who_is_certainly_the_same(one: Identity, other: Identity, same: bool) -> None:
    assert certain_duplicates(one, other) is same
    assert certain_duplicates(other, one) is same


people = st.builds(
    Identity,
    number=st.integers(1, 30).map(lambda n: f"C{n}"),
    name=st.sampled_from(["王磊", "李静"]),
    mobile=st.none() | st.sampled_from(["m1", "m2", "m3"]),
    claimed_id=st.none(),
    proven_id=st.none(),
) | st.builds(
    lambda number, name, mobile, known: Identity(f"C{number}", name, mobile, known, known),
    st.integers(1, 30),
    st.sampled_from(["王磊", "李静"]),
    st.none() | st.sampled_from(["m1", "m2", "m3"]),
    st.sampled_from(["a", "b", "c"]),
)


@given(people, people)
def test_being_certainly_the_same_is_symmetric(one: Identity, other: Identity) -> None:
    assert certain_duplicates(one, other) is certain_duplicates(other, one)


@given(st.lists(people, unique_by=lambda one: one.number, max_size=12), st.randoms())
def test_merges_do_not_depend_on_the_order_and_keep_the_earlier_number(crowd: list[Identity], chance: object) -> None:
    merges = certain_merges(crowd)
    chance.shuffle(crowd)  # type: ignore[attr-defined]
    assert certain_merges(crowd) == merges
    assert all(number_order(survivor) < number_order(duplicate) for survivor, duplicate in merges)
    gone: set[str] = set()
    for survivor, duplicate in merges:
        assert not gone & {survivor, duplicate}
        gone.add(duplicate)


@given(st.lists(people, unique_by=lambda one: one.number, max_size=12))
def test_who_has_one_id_number_ends_as_one(crowd: list[Identity]) -> None:
    into = {duplicate: survivor for survivor, duplicate in certain_merges(crowd)}

    remaining = [one for one in crowd if one.number not in into]
    for known in "abc":
        assert len([one for one in remaining if one.proven_id == known]) <= 1


def test_an_id_number_learnt_in_one_merge_can_show_the_next() -> None:
    crowd = [
        person("1", mobile="m1"),
        person("2", mobile="m2", id_number=ID_A),
        person("3", mobile="m1", id_number=ID_A),
    ]
    assert certain_merges(crowd) == [("1", "3"), ("1", "2")]


def test_a_pair_that_was_taken_apart_stays_apart() -> None:
    crowd = [person("1", mobile="m"), person("2", mobile="m"), person("3", mobile="m")]
    assert certain_merges(crowd, frozenset({frozenset({"1", "2"})})) == [("1", "3")]
    known = Identity("1", "王磊", "m", members=frozenset({"0"}))
    assert certain_merges([known, crowd[1]], frozenset({frozenset({"0", "2"})})) == []
