"""The tree of hashes that a run and a closed month are sealed with."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payroll.domain.merkle import leaf_of, path_of, root_by_path, root_of

LEAVES = st.lists(st.binary(max_size=8).map(leaf_of), min_size=1, max_size=40)


def test_of_nothing_it_is_the_hash_of_nothing() -> None:
    assert root_of([]) == hashlib.sha256(b"").digest()


def test_leaves_and_nodes_are_hashed_apart() -> None:
    """RFC 6962, 2.1: 0x00 before a leaf, 0x01 before a pair."""
    first, second = leaf_of(b"a"), leaf_of(b"b")
    assert first == hashlib.sha256(b"\x00a").digest()
    assert root_of([first, second]) == hashlib.sha256(b"\x01" + first + second).digest()


def test_seven_leaves_split_at_four() -> None:
    """The shape of the example in RFC 6962, 2.1.3."""
    leaves = [leaf_of(bytes([each])) for each in range(7)]
    assert root_of(leaves) == root_of([root_of(leaves[:4]), root_of(leaves[4:])])


@given(LEAVES, st.data())
def test_each_leaf_leads_to_the_root_and_no_other_does_in_its_place(leaves: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(leaves) - 1))
    path = path_of(leaves, place)
    assert root_by_path(leaves[place], place, len(leaves), path) == root_of(leaves)
    assert root_by_path(leaf_of(b"another one"), place, len(leaves), path) != root_of(leaves)
    for other in {0, len(leaves) - 1, place + 1} - {place}:
        if other < len(leaves) and leaves[other] != leaves[place]:
            assert root_by_path(leaves[other], place, len(leaves), path) != root_of(leaves)


@given(LEAVES, st.data())
def test_a_path_that_is_too_long_or_too_short_leads_nowhere(leaves: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(leaves) - 1))
    path = path_of(leaves, place)
    assert root_by_path(leaves[place], place, len(leaves), (*path, leaves[0])) is None
    if path:
        assert root_by_path(leaves[place], place, len(leaves), path[:-1]) is None


def test_a_place_that_is_not_there_has_no_path() -> None:
    with pytest.raises(IndexError):
        path_of([leaf_of(b"a")], 1)
    assert root_by_path(leaf_of(b"a"), 1, 1, ()) is None
