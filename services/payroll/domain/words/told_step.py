"""One step in words: what it came to, the formula with the values in it, and why each of them is what it is."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from services.payroll.domain.calculation.correction import month_in
from services.payroll.domain.calculation.plan import CONDITION, Aggregate, Split, Step
from services.payroll.domain.calculation.split import REMAINDER_RULES, ROUND_EACH
from services.payroll.domain.calculation.targets import Signature, TargetName
from services.payroll.domain.errors import RunRefusal
from services.payroll.domain.month import Month
from services.payroll.domain.vocabulary import MONEY_METRICS

from .replay import Node, NotRecorded, Read, Replay, Shared, Written, again, shared, told_value
from .saying import Saying, closed_up
from .step_names import step_named, step_title
from .sums import is_weights, sums_of
from .told import Elsewhere, Sentence, ToldCorrection, ToldLine, ToldParameter, ToldSelection, ToldSum, ToldTarget
from .told_formula import ATTRIBUTES, FormulaTeller
from .told_selection import SelectionTeller, aggregates_of

TARGETS = frozenset({"target", "target_weight"})
"""Where what a step read is a target, or what it counts beside others: both are signed."""


@dataclass(frozen=True)
class Known:
    """What words need beside the nodes: the run's month, plans with values set beside them, people's names."""

    month: Month
    plans: Sequence[Written]
    names: Mapping[str, str]


class StepTeller:
    """Tells one node. What cannot be worked out again from its trace is told by the values that it read."""

    def __init__(self, saying: Saying, known: Known, node: Node) -> None:
        self._say = saying
        self._known = known
        self._node = node
        self._month = month_in(node["id"], known.month)
        self._written, self._step = self._found()
        if self._written is not None:
            self._known = replace(known, plans=[self._written, *known.plans])
        self._because: list[str] = []

    def _found(self) -> tuple[Written | None, Step | None]:
        """Only a plan by which the node comes out again is the one that it was made with."""
        for written in self._known.plans:
            step = written.step_of(self._node)
            if step is not None and self._comes_out(written, step):
                return written, step
        return None, None

    def _comes_out(self, written: Written, step: Step) -> bool:
        value = self._node["value"]
        try:
            return again(step, written, self._node, self._month) == told_value(value)
        except (NotRecorded, RunRefusal):
            return False

    @property
    def title(self) -> str:
        name = step_named(self._say, self._node["name"], self._node["step"])
        subject = self._node["subject"]
        if not subject:
            return name
        return self._say.pick(f"{self._who(subject)}的{name}", f"{name} of {self._who(subject)}")

    def _who(self, subject: str) -> str:
        name = self._known.names.get(subject) if self._node["scope"] == "person" else None
        return subject if name is None else self._say.aside(name, subject)

    def sentence(self, depth: int, line: ToldLine | None, elsewhere: Sequence[Elsewhere]) -> Sentence:
        node = self._node
        correction = self._correction()
        text = self._text(line, correction)
        parameters, targets, selections = self._parameters(), self._targets(), self._selections()
        return Sentence(
            node=node["id"], depth=depth, title=self.title, subject=node["subject"], clause=node["clause"],
            formula=node["formula"], value=node["value"], figure=self._own_figure(), text=text,
            notes=list(map(closed_up, self._notes(parameters, targets, selections))), parameters=parameters,
            targets=targets, selections=selections, sums=self._sums(), correction=correction, elsewhere=elsewhere,
        )  # fmt: skip

    def _figure(self, value: str | bool | None, *, money: bool = False) -> str:
        return self._say.value(told_value(value), money=money)

    def _own_figure(self) -> str:
        if self._node["step"].endswith(CONDITION):
            return self._say.pick(*_HOLDS[self._node["value"]])
        return self._figure(self._node["value"], money=self._is_money(self._node["step"]))

    def _is_money(self, step: str) -> bool:
        return self._written is not None and self._written.money.step(step)

    def _text(self, line: ToldLine | None, correction: ToldCorrection | None) -> str:
        clause = self._say.pick(f"（条款 {self._node['clause']}）", f" (clause {self._node['clause']})")
        if line is None:
            head = f"{self.title} {self._own_figure()}"
        else:
            head = f"{self._headed(line, correction)} {self._say.money(line.amount)}"
        rounding = "" if line is None or correction else self._rounding(line)
        text = f"{head}{self._say.pick('＝', ' = ')}{self._worked(correction)}{rounding}"
        return closed_up(f"{text}{clause if self._node['clause'] else ''}")

    def _headed(self, line: ToldLine, correction: ToldCorrection | None) -> str:
        month = self._known.month
        who = self._known.names.get(line.employee)
        person = line.employee if who is None else self._say.aside(who, line.employee)
        if correction:
            return self._say.pick(
                f"{person} {month} 更正 {correction.of_month} 的{line.name}",
                f"{person}, {month}, correction of {line.name} of {correction.of_month}:",
            )
        return self._say.pick(f"{person} {month} {line.name}", f"{person}, {month}, {line.name}:")

    def _worked(self, correction: ToldCorrection | None) -> str:
        if correction:
            return self._say.pick(
                f"应发 {correction.due} − 已发 {correction.paid}", f"due {correction.due} − paid {correction.paid}"
            )
        if self._written is None or self._step is None:
            return self._read_values()
        if isinstance(self._step.expression, Split):
            return self._share(self._step.expression, shared(self._written, self._node, self._month))
        teller = FormulaTeller(self._say, self._replay(self._written))
        words = teller.whole(self._step.expression)
        self._because += teller.because
        return words

    def _replay(self, written: Written) -> Replay:
        return Replay(written, self._node, self._month, self._node["inputs"])

    def _share(self, split: Split, parts: Shared) -> str:
        pool, weight = FormulaTeller(self._say, parts.pool), FormulaTeller(self._say, parts.weight)
        size, own = pool.told(split.pool, _PRODUCT), weight.told(split.weight, _PRODUCT)
        self._because += [*pool.because, *weight.because]
        whole = self._say.value(parts.of)
        return self._say.pick(f"{size} × {own} ÷ 权重合计 {whole}", f"{size} × {own} ÷ sum of weights {whole}")

    def _read_values(self) -> str:
        read = [f"{self._name_of(each)} {self._shown(each)}" for each in self._node["inputs"]]
        listed = self._say.listed(read) or self._say.pick("公式", "its formula")
        return self._say.pick(f"按公式，用到 {listed}", f"by its formula, from {listed}")

    def _name_of(self, read: Read) -> str:
        name = read["name"]
        match read["source"]:
            case "step" | "total" | "condition":
                return step_title(self._say, self._known.plans, name)
            case "parameter":
                return self._parameter_title(name)
            case "person":
                return self._say.named(_PERSONAL.get(name, name), name)
            case "target":
                target = TargetName.read(name)
                return f"{self._say.metric(target.metric)} {target.subject}"
            case "target_weight":
                target = TargetName.read(name)
                return self._say.target(self._say.metric(target.metric), target.subject, weight=True)
            case _:
                return self._say.named(_OF_A_SPLIT.get(name, name), name)

    def _parameter_title(self, name: str) -> str:
        """One by post is `parameter:post`."""
        own, _, post = name.partition(":")
        chinese = next((w.plan.parameters[own].chinese for w in self._known.plans if own in w.plan.parameters), own)
        title = self._say.named(chinese, own)
        return f"{title}({self._say.post(post)})" if post else title

    def _shown(self, read: Read) -> str:
        value = read["value"]
        of_step = read["source"] in {"step", "total"}
        try:
            return self._figure(value, money=of_step and self._is_money(read["name"]))
        except ValueError:
            return str(value)

    def _rounding(self, line: ToldLine) -> str:
        rule = next((r["reference"] for r in self._node["inputs"] if r["name"] == "sum_of_weights"), None)
        if rule is not None and REMAINDER_RULES.get(rule) != ROUND_EACH:
            return self._say.pick("，按最大余额法到分", ", to the cent by largest remainder")
        if told_value(self._node["value"]) == Fraction(line.amount):
            return ""
        return self._say.pick("，四舍五入到分", ", rounded to the cent")

    def _correction(self) -> ToldCorrection | None:
        paid = next((read for read in self._node["inputs"] if read["source"] == "paid"), None)
        if paid is None:
            return None
        difference, before = Fraction(self._node["value"]), Fraction(paid["value"])
        told = [
            self._say.money(Decimal(round(each * 100)).scaleb(-2)) for each in (difference + before, before, difference)
        ]
        return ToldCorrection(paid["reference"], *told)

    def _parameters(self) -> list[ToldParameter]:
        return [self._parameter(read) for read in self._node["inputs"] if read["source"] == "parameter"]

    def _parameter(self, read: Read) -> ToldParameter:
        since, _, version = read["reference"].partition(" ")
        value = self._shown(read)
        with suppress(NotRecorded):
            if self._written is not None and ":" not in read["name"]:
                value = self._say.written(self._replay(self._written).dated(read["name"]))
        return ToldParameter(read["name"], self._parameter_title(read["name"]), value, since, version or None)

    def _targets(self) -> list[ToldTarget]:
        return [self._target(read) for read in self._node["inputs"] if read["source"] in TARGETS]

    def _target(self, read: Read) -> ToldTarget:
        name = TargetName.read(read["name"])
        signed = Signature.read(read["reference"])
        weight = read["source"] == "target_weight"
        value = self._figure(read["value"], money=name.metric in MONEY_METRICS and not weight)
        versions = (signed.version, signed.unsigned_version)
        scope = None if name.scope is None else name.scope.value
        return ToldTarget(name.metric, scope, name.subject, value, signed.by, signed.on, weight, *versions)

    def _sums(self) -> list[ToldSum]:
        return [ToldSum(at, self._sum_title(read), self._shown(read)) for at, read in enumerate(sums_of(self._node))]

    def _sum_title(self, read: Read) -> str:
        name = self._name_of(read)
        return name if is_weights(read) else self._say.pick(f"{name}汇总", f"total of {name}")

    def _selections(self) -> list[ToldSelection]:
        return [self._selection(place, each) for place, each in enumerate(self._node["selections"])]

    def _selection(self, place: int, read: Read) -> ToldSelection:
        teller, aggregate = self.selection(read), self._aggregate(read)
        why, besides = ((), ()) if teller is None else (teller.why(), teller.besides())
        money = self._written is not None and self._written.money.holds(aggregate)
        value = self._figure(read["value"], money=money)
        return ToldSelection(place, read["text"], read["kind"], read["count"], value, why, besides)

    def selection(self, read: Read) -> SelectionTeller | None:
        """Who tells of one of the node's selections; None where its plan is not known."""
        aggregate = self._aggregate(read)
        if self._written is None or aggregate is None:
            return None
        return SelectionTeller(self._say, self._replay(self._written), aggregate)

    def _aggregate(self, read: Read) -> Aggregate | None:
        found = () if self._step is None else aggregates_of(self._step)
        return next((each for each in found if each.text == read["text"]), None)

    def _notes(
        self, parameters: Sequence[ToldParameter], targets: Sequence[ToldTarget], selections: Sequence[ToldSelection]
    ) -> Iterator[str]:
        say = self._say
        yield from (say.pick(f"因为 {each}", f"because: {each}") for each in self._because)
        yield from map(self._selection_note, selections)
        for each in parameters:
            version = say.pick(f"，{each.version}", f", {each.version}") if each.version else ""
            yield say.pick(f"{each.title} {each.value}，自 {each.since} 起{version}",
                           f"{each.title} {each.value}, since {each.since}{version}")  # fmt: skip
        yield from map(self._target_note, targets)
        yield from (say.pick(*_PAID[read["value"]]) for read in self._node["inputs"] if read["source"] == "condition")
        for read in self._node["inputs"]:
            if read["source"] == "total":
                title = step_title(say, self._known.plans, read["name"])
                yield say.pick(f"{title}汇总 {self._shown(read)}，是各{title}之和",
                               f"the total of {title}, {self._shown(read)}, adds up everybody's")  # fmt: skip

    def _target_note(self, told: ToldTarget) -> str:
        say, metric = self._say, self._say.metric(told.metric)
        name = self._known.names.get(told.signed_by)
        by = told.signed_by if name is None else say.aside(name, told.signed_by)
        target = say.target(metric, told.subject, weight=told.weight)
        waits = "" if told.unsigned_version is None else say.pick(
            f"（第 {told.version} 版；第 {told.unsigned_version} 版未签字，不生效）",
            f" (version {told.version}; version {told.unsigned_version} is not signed and does not count)",
        )  # fmt: skip
        return say.pick(f"{target} {told.value}，{by} {told.signed_on} 签字{waits}",
                        f"{target} {told.value}, signed by {by} on {told.signed_on}{waits}")  # fmt: skip

    def _selection_note(self, told: ToldSelection) -> str:
        say = self._say
        facts = say.several(told.count, told.kind)
        why = say.pick("，因为" + "；".join(told.why), ", because " + "; ".join(told.why)) if told.why else ""
        besides = say.pick(f"（{'；'.join(told.besides)}）", f" ({'; '.join(told.besides)})") if told.besides else ""
        return say.pick(f"{facts}{why}{besides}", f"{facts}{why}{besides}")


_PRODUCT = 4
"""How firmly the factors of a share hold together, as `told_formula` counts it."""
_PERSONAL: Mapping[str, str] = {attribute.value: word for attribute, word in ATTRIBUTES.items()}
_OF_A_SPLIT: Mapping[str, str] = {
    "pool": "奖金池", "weight": "分摊权重", "sum_of_weights": "权重合计", "amount": "金额",
}  # fmt: skip
_HOLDS = {True: ("成立", "holds"), False: ("不成立", "does not hold")}
_PAID = {
    True: ("发放条件成立", "its condition holds: it is paid"),
    False: ("发放条件不成立，没有发放", "its condition does not hold: it is not paid"),
}
