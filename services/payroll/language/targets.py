"""`target`, `target_weight` and `attainment`: whose target it is, of which metric, and who may sign it."""

from services.payroll.domain.calculation.outcome import Scope
from services.payroll.domain.calculation.plan import Expression, TargetValue, TeamOf
from services.payroll.domain.vocabulary import METRICS, MONEY_METRICS, POSTS

from .names import function_named
from .problems import Misread, nearest
from .resolver import Resolver, Typed
from .syntax import CallNode, NameNode, Node, TextNode
from .types import EMPLOYEE, MONEY, PURE, TEAM, Kind


def target_of(resolver: Resolver, arguments: tuple[Node, ...], *, weight: bool = False) -> Typed:
    """`target(subject; metric; posts who may sign…)`: the subject is me, my_team, team_of(posts…) or a quoted name.

    `target_weight` names the target in the same way.
    """
    subject_node, metric_node, *signers = arguments
    if resolver.kind is not None:
        chinese, english = "统计中不能读目标", "an aggregation cannot read a target"
        raise Misread(subject_node.at, "step-in-facts", chinese, english)
    scope, subject = _subject(resolver, subject_node)
    metric = _metric(metric_node)
    at, posts = resolver.place(subject_node.at), tuple(map(_post_code, signers))
    value = TargetValue(at, scope, subject, metric, posts, weight)
    return Typed(value, MONEY if metric in MONEY_METRICS and not weight else PURE)


def _subject(resolver: Resolver, node: Node) -> tuple[Scope, Expression | TeamOf]:
    """Of me a person's, else a team's: a name that is quoted is a team's."""
    if isinstance(node, CallNode) and function_named(node.name) == "team_of":
        return Scope.TEAM, _team_of(resolver, node)
    subject = resolver.resolve(node)
    if subject.type.kind is not Kind.TEXT or subject.type.label not in ("", EMPLOYEE.label, TEAM.label):
        chinese, english = (
            "目标的对象写 本人、本班组、班组(岗位…) 或 “班组名”",
            "a target is of me, my_team, team_of(posts…) or a quoted team",
        )
        raise Misread(node.at, "type-mismatch", chinese, english)
    return Scope.PERSON if subject.type.label == EMPLOYEE.label else Scope.TEAM, subject.expression


def _team_of(resolver: Resolver, node: CallNode) -> TeamOf:
    if not node.arguments:
        chinese, english = f"“{node.name}”里写岗位,例 班组(业务接待)", f"{node.name} takes posts"
        raise Misread(node.at, "argument-count", chinese, english, "team_of(service_advisor)")
    return TeamOf(resolver.place(node.at), tuple(dict.fromkeys(map(_post_code, node.arguments))))


def _metric(node: Node) -> str:
    written = node.value if isinstance(node, TextNode) else node.name if isinstance(node, NameNode) else ""
    code = METRICS.code(written)
    if code is None:
        chinese, english = f"没有指标“{written}”", f"there is no metric {written!r}"
        raise Misread(node.at, "choice-unknown", chinese, english, nearest(written, METRICS.all_spellings()))
    return code


def _post_code(node: Node) -> str:
    """A post as a bare name of the list, or quoted for one that is not in it."""
    if isinstance(node, TextNode):
        return POSTS.code(node.value) or node.value
    written = node.name if isinstance(node, NameNode) else ""
    code = POSTS.code(written)
    if code is None:
        chinese, english = f"没有岗位“{written}”", f"there is no post {written!r}"
        advice = nearest(written, POSTS.all_spellings()) or "自定义岗位加引号 / quote a post of your own"
        raise Misread(node.at, "post-unknown", chinese, english, advice)
    return code
