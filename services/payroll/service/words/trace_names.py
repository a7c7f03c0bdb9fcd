"""What the values that a step read are called in Chinese, by the plan that the step is of."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from services.payroll.domain.calculation.facts import FACT_KINDS
from services.payroll.domain.calculation.targets import TargetName
from services.payroll.domain.vocabulary import METRICS, POSTS
from services.payroll.language.names import ATTRIBUTES
from services.payroll.models import Plan

_ATTRIBUTES = {attribute.value: word for word, attribute in ATTRIBUTES.items() if not word.isascii()}
_OF_A_SPLIT = {"pool": "奖金池", "weight": "分摊权重", "sum_of_weights": "权重合计"}


def node_in_chinese(node: Mapping[str, Any], plans: Mapping[str, Plan]) -> dict[str, Any]:
    """The node; each of its inputs has its `chinese` name beside the English one. Plans come by what the names of their
    nodes begin with."""
    plan = plans[_prefix(node, plans)]
    steps = {step["name"]: step["chinese"] for step in plan.canonical["steps"]}
    parameters = {parameter["name"]: parameter["chinese"] for parameter in plan.parameters}
    name_of: Mapping[str, Callable[[str], str]] = {
        "step": lambda name: steps.get(name, name),
        "total": lambda name: f"{steps.get(name, name)}汇总",
        "parameter": lambda name: _parameter(name, parameters),
        "target": lambda name: _target(name, "目标"),
        "target_weight": lambda name: _target(name, "目标权重"),
        "person": lambda name: _ATTRIBUTES.get(name, name),
        "split": lambda name: _OF_A_SPLIT.get(name, name),
        "paid": lambda _: "已发",
        "condition": lambda _: "发放条件",
        "amount": lambda _: "金额",
    }
    inputs = [{**read, "chinese": name_of[read["source"]](read["name"])} for read in node["inputs"]]
    return {**node, "inputs": inputs}


def _prefix(node: Mapping[str, Any], prefixes: Collection[str]) -> str:
    """Of the plan whose steps a node reads: a correction reads those of another month."""
    read = (each["reference"] for each in node["inputs"] if each["source"] == "step")
    name = next(read, node["id"])
    return max((each for each in prefixes if name.startswith(each)), key=len, default=min(prefixes))


def kind_in_chinese(kind: str) -> str:
    return FACT_KINDS[kind].chinese[0] if kind in FACT_KINDS else kind


def _parameter(name: str, names: Mapping[str, str]) -> str:
    """One by post is `parameter:post`."""
    parameter, colon, post = name.partition(":")
    return f"{names.get(parameter, parameter)}{colon}{POSTS.chinese(post)}"


def _target(name: str, what: str) -> str:
    target = TargetName.read(name)
    return f"{METRICS.chinese(target.metric)}{what}:{target.subject}"
