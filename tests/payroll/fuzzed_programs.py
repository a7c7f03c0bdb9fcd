"""Programs for the reader and the evaluator, by number: by the grammar, from shipped statements, and noise."""

from collections.abc import Callable, Sequence
from functools import cache
from random import Random

from services.payroll.domain.calculation.facts import FACT_KINDS
from services.payroll.language.names import ATTRIBUTES, FUNCTIONS, MONTHS, TRUTHS
from services.payroll.service.plans.plans import templates
from tests.payroll.plan_writer import PlanWriter
from tests.payroll.shipped_plan import TITLE

WORDS = (
    *FUNCTIONS,
    *(chinese[0] for chinese in FUNCTIONS.values()),
    *ATTRIBUTES,
    *MONTHS,
    *TRUTHS,
    *(kind.chinese[0] for kind in FACT_KINDS.values()),
    *(field.chinese[0] for kind in FACT_KINDS.values() for field in kind.fields),
    *"甲乙()（）;；,、+-−*×÷/=<≠:#\t",
    *("first", ">=", "<>", "自", "至", "[一]", "\n", "\n[一] 门店 乙 second =", "\n发放 甲"),
    *("0", "1", "2.5", "0.5%", "120元/工时", "3元", "2工时", "1万", "99999999999999999999", "2026-03-01"),
    *("业务接待", "业务接待: 0.4", "“洗车工”: 2", "站长: -1"),
    *("“产值”", '"业务组"', '"最大余数"', '"保养"', ">=1 <2: 5%", "<1: 0"),
)
SCOPES = (("门店", "store"), ("班组", "team"), ("个人", "person"))
NOISE = (
    "计划参数门店个人合计收款金额“”\"'()（）[]［］【】;；,，、:：=＝<>≤≥≠+-−×÷*/#＃%‰.。_0123９万亿元 \t\n\r"
    "\u3000\ufeff\u200b\u2028\x00\x1f\ud800é\u0308𝟘①ﷺ½ⅷ"
)
GROWING = (
    *("({0} × {0})", "({0} + {0} ÷ 3)", "四舍五入({0} × 1234567.89; 9)", "较大({0}; -{0})"),
    "累计档位({0}; <1: 0; >=1: 5)",
)


def program(number: int) -> str:
    """The text of one program; the same number gives the same one."""
    random = Random(number)
    make = random.choices(_MAKERS, _SHARES)[0]
    return make(random)


def _by_grammar(random: Random) -> str:
    """One step with a formula of right types, in any scope."""
    writer = PlanWriter(random)
    writer.parameters = {"money": ["1元"], "hours": ["1.5工时"], "pure": ["2"], "truth": ["是"]}
    chinese, scope = random.choice(SCOPES)
    unit = random.choice(("money", "hours", "pure", "truth"))
    pay = "\n发放 甲" if (scope, unit) == ("person", "money") else ""
    return f"{TITLE}[一] {chinese} 甲 first = {writer.formula(scope, unit, random.randint(0, 3))}{pay}"


def _by_words(random: Random) -> str:
    """Words of the language in any order."""
    head = random.choice((*(f"[一] {chinese} 甲 first = " for chinese, _ in SCOPES), "参数 甲 first = ", ""))
    return TITLE + head + " ".join(random.choices(WORDS, k=random.randint(0, 20)))


def _by_change(random: Random) -> str:
    """A statement of a shipped plan with pieces left out, repeated, moved or replaced."""
    text = random.choice(shipped_statements())
    for _ in range(random.randint(1, 3)):
        start = random.randrange(len(text) + 1)
        end = min(len(text), start + random.randint(0, 12))
        to = random.randrange(len(text) + 1)
        piece = random.choice((text[start:end], random.choice(WORDS), random.choice(NOISE), ""))
        left_out, put_in = text[:start] + text[end:], text[:to] + piece + text[to:]
        text = random.choice((left_out, put_in, text[:start] + piece + text[end:]))
    return TITLE + text


def _of_noise(random: Random) -> str:
    signs = "".join(random.choices(NOISE, k=random.randint(0, 60)))
    return random.choice(("", TITLE, TITLE + "[一] 门店 甲 first = ")) + signs


def _that_grows(random: Random) -> str:
    """Formulas that double what they are made of, statement after statement, until a bound says no."""
    steps = [f"[一] 门店 步0 s0 = {random.choice(('999999999999999999999999', '1 ÷ 3', '计数(收款) × 0.7', '0.1‰'))}"]
    usual = random.choice(GROWING)
    for number in range(1, random.randint(2, 14)):
        formula = (usual if random.random() < 0.8 else random.choice(GROWING)).format(f"步{number - 1}")
        steps.append(f"[一] 门店 步{number} s{number} = {formula}")
    return TITLE + "\n".join(steps)


def _that_is_deep(random: Random) -> str:
    depth = random.randint(1, 60)
    opening, closing = random.choice((("(", ")"), ("-", ""), ("如果(是; ", "; 0)"), ("1 + (", ")"), ("下限(0; ", ")")))
    return f"{TITLE}[一] 门店 甲 first = {opening * depth}1{closing * depth}"


def _that_is_whole(random: Random) -> str:
    """A whole shipped plan with a piece moved."""
    text = random.choice(templates()).text
    start, to = random.randrange(len(text)), random.randrange(len(text))
    piece = text[start : start + random.randint(1, 60)]
    return text[:to] + piece + text[to:]


@cache
def shipped_statements() -> Sequence[str]:
    return [
        statement
        for template in templates()
        for statement in template.text.replace("\n   ", " ").splitlines()
        if statement and not statement.startswith("#")
    ]


_MAKERS: tuple[Callable[[Random], str], ...] = (
    _by_grammar, _by_words, _by_change, _of_noise, _that_grows, _that_is_deep, _that_is_whole,
)  # fmt: skip
_SHARES = (30, 20, 24, 24, 1, 1, 0.02)
