"""A tree of hashes over leaves that stay apart: one leaf is proved to be in it without showing the others.

As RFC 6962, section 2.1, with SHA-256: leaves and inner nodes are hashed with different first bytes, so that none can
be passed off as the other, and the tree over n leaves splits at the largest power of two below n.
"""

import hashlib
from collections.abc import Sequence

Digest = bytes
"""32 bytes."""


def leaf_of(document: bytes) -> Digest:
    return hashlib.sha256(b"\x00" + document).digest()


def _node(left: Digest, right: Digest) -> Digest:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(count: int) -> int:
    """The largest power of two below a count of two or more."""
    return 1 << (count - 1).bit_length() - 1


def root_of(leaves: Sequence[Digest]) -> Digest:
    """Of no leaves: the hash of nothing."""
    if not leaves:
        return hashlib.sha256().digest()
    level = list(leaves)
    while len(level) > 1:
        pairs = [_node(*level[at : at + 2]) for at in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]


def path_of(leaves: Sequence[Digest], place: int) -> tuple[Digest, ...]:
    """The hashes beside the way from a leaf to the root, the nearest first; places begin at 0."""
    if not 0 <= place < len(leaves):
        raise IndexError(place)
    if len(leaves) == 1:
        return ()
    half = _split(len(leaves))
    if place < half:
        return (*path_of(leaves[:half], place), root_of(leaves[half:]))
    return (*path_of(leaves[half:], place - half), root_of(leaves[:half]))


def root_by_path(leaf: Digest, place: int, count: int, path: Sequence[Digest]) -> Digest | None:
    """The root of `count` leaves that this leaf at its place leads to (RFC 9162, 2.1.3.2); None for no such path."""
    if not 0 <= place < count:
        return None
    at, last, found = place, count - 1, leaf
    for beside in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            found = _node(beside, found)
            while at & 1 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            found = _node(found, beside)
        at, last = at >> 1, last >> 1
    return found if last == 0 else None
