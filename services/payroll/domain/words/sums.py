"""Figures summed over people or teams that a step read, as its trace has them."""

from collections.abc import Sequence

from .replay import Node, Read


def sums_of(node: Node) -> Sequence[Read]:
    """What the node read that is a sum over several: totals of steps, and the weights of those who share a pool."""
    return [read for read in node["inputs"] if read["source"] == "total" or is_weights(read)]


def is_weights(read: Read) -> bool:
    return (read["source"], read["name"]) == ("split", "sum_of_weights")


def owner_of(node: Node, summed: Read) -> str:
    """Whose sum it is: of a total the team whose step reads it, of weights the team whose pool is shared; empty for the
    store's."""
    if is_weights(summed):
        return str(_of_split(node, "pool")["reference"])
    return node["subject"] if node["scope"] == "team" else ""


def weight_of(node: Node) -> str:
    return str(_of_split(node, "weight")["value"])


def _of_split(node: Node, name: str) -> Read:
    return next(read for read in node["inputs"] if (read["source"], read["name"]) == ("split", name))
