"""Writes texts at random that are plans: every statement, function and unit, in both languages, as clerks type."""

from collections.abc import Callable
from random import Random

from services.payroll.domain.calculation.facts import FACT_KINDS, Field, FieldType
from services.payroll.domain.vocabulary import METRICS, MONEY_METRICS, POSTS
from services.payroll.language.names import FUNCTIONS

UNITS = {
    "money": ("元", "yuan", "万元"),
    "hours": ("工时", "小时", "hours"),
    "pure": ("", "%", "‰", "台", "points", "次"),
}
PER_HOUR = ("元/工时", "yuan/hour")
FIELD_TYPES = {"money": FieldType.MONEY, "hours": FieldType.HOURS, "pure": FieldType.NUMBER}
WIDE = str.maketrans("()+;,=<>%", "（）＋；，＝＜＞％")
Formula = Callable[[int], str]


class PlanWriter:
    """`plan()` writes one plan; what it says depends on the random numbers only."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.parameters: dict[str, list[str]] = {"money": [], "hours": [], "pure": [], "truth": []}
        self.choice: tuple[str, str] = ("法", "way")
        self.steps: list[tuple[str, str, str]] = []
        self.kind: str | None = None
        self.scope = "store"

    def plan(self, steps: int = 5) -> str:
        statements = [self.title(), *self.declarations(), *(self.step(number) for number in range(steps))]
        statements += [*self.shared(), self.reader_of_all(), *self.payments()]
        text = "\n".join(self.laid(statement) for statement in statements) + self.one("\n", "", "\n# 完 # end\n")
        return text.translate(WIDE) if self.chance(0.1) else text

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def one(self, *of: str) -> str:
        return self.random.choice(of)

    def word(self, english: str) -> str:
        return self.one(english, *FUNCTIONS[english])

    def laid(self, statement: str) -> str:
        before = self.one("", "", "", "# 说明 “a” (\n", "\n", "\n  # two  words\n# 二\n", "＃ full\n")
        behind = self.one("", "", "", " # behind", " ")
        return before + statement + behind

    def title(self) -> str:
        return self.one("计划 ", "plan ") + self.one('"试" "trial"', "“甲，乙” “a, b 1，000”", '"" "x"')

    def declarations(self) -> list[str]:
        declared = []
        for unit in ("money", "hours", "pure", "truth"):
            chinese, english = f"参{unit[0]}数", f"given_{unit}"
            values = "; ".join(
                f"{self.constant(unit)} {self.dated(year)}" for year in (2000, 2027)[: self.random.randint(1, 2)]
            )
            declared.append(f"{self.clause()}{self.one('参数', 'parameter')} {chinese} {english} = {values}")
            self.parameters[unit] = [chinese, english]
        offered = self.one("选项", "one_of") + '("先"; “1，000”)'
        declared.append(f"参数 法 way {offered} = “先” {self.dated(2000)}")
        bands = self.bands()
        declared.append(f"[档] parameter 档表 tiers = {self.word('tier')}({bands}) {self.dated(2001)}")
        posts = f"{self.post()}: 0.4; “洗车工”: -20%"
        declared.append(f"参数 岗表 posts = {self.word('by_post')}({posts}) {self.dated(1999)}")
        return declared

    def dated(self, year: int) -> str:
        until = self.one("", "", f" {self.one('至', 'until')} {year}-12-{self.random.randint(1, 31)}")
        return f"{self.one('自 ', 'from ')}{self.one(f'{year}-1-01', f'{year}年01月2日')}{until}"

    def clause(self) -> str:
        return self.one("[一] ", "【二（1）】", "[a, 1，234 ]  ", "")

    def constant(self, unit: str) -> str:
        return self.one("是", "否", "yes", "no") if unit == "truth" else self.one("", "-") + self.number(unit)

    def number(self, unit: str) -> str:
        return self.one("0", "1", "2.50", "007", "0.333", "１２") + self.random.choice(UNITS[unit])

    def post(self) -> str:
        return self.one(*POSTS.all_spellings())

    def bands(self) -> str:
        return self.one("<1: 0; >=1 <2.5: -5%; >=2.5: 20%", "<=0: 1; >0: 2", ">=3: 0.1; <3: 2", "<2: 1; =2: 3; >2: 4")

    def step(self, number: int) -> str:
        scope, posts = self.one("store", "team", "person"), self.one("", "", f"({self.post()}, “洗车工”)")
        unit = self.random.choice(("money", "hours", "pure", "truth"))
        formula = self.formula(scope, unit)
        chinese, english = f"步骤{number}", f"step_{number}"
        said = {"store": ("门店", "store"), "team": ("班组", "team"), "person": ("个人", "person")}[scope]
        if scope == "store" and unit != "truth":
            self.steps.append((unit, chinese, english))
        posts = "" if scope == "store" else posts
        return f"[{number}] {self.one(*said)}{posts} {chinese} {english} = {formula}"

    def formula(self, scope: str, unit: str, depth: int = 4, *, counts: bool = True) -> str:
        self.scope, self.kind, self.counts = scope, None, counts
        return self.truth(depth) if unit == "truth" else self.amount(unit, depth)

    def amount(self, unit: str, depth: int) -> str:
        if depth <= 0:
            return self.leaf(unit)
        counting = ("facts",) if self.counts else ()
        shape = self.random.choice(("pair", "scale", "if", "most", "round", "minus", "leaf", "tier", *counting))
        written: str = self.leaf(unit) if shape == "leaf" else getattr(self, f"_{shape}")(unit, depth - 1)
        return written

    def leaf(self, unit: str) -> str:
        leaves = [self.number(unit), self.one(*self.parameters[unit])]
        if self.kind is None:
            leaves += [self.one(chinese, english) for of, chinese, english in self.steps if of == unit]
            if unit == "pure" and self.scope == "person":
                leaves.append(self.one("系数", "coefficient", "考核成绩", "系数(岗表)", "coefficient(posts)"))
            leaves += self.targets(unit)
        else:
            leaves += self.fields(FIELD_TYPES[unit])
        return self.one(*leaves)

    def targets(self, unit: str) -> list[str]:
        metrics = [code for code in METRICS.spellings if (code in MONEY_METRICS) == (unit == "money")]
        if unit == "hours":
            return []
        metric = self.one(*metrics, *(METRICS.chinese(code) for code in metrics))
        subject = self.one('"业务组"', f"{self.word('team_of')}({self.post()}; “洗车工”)")
        signers = self.one("", f"; {self.post()}, “洗车工”")
        name = self.word(self.one("target", "target_weight") if unit == "pure" else "target")
        return [f"{name}({subject}; {self.one(metric, f'“{metric}”')}{signers})"]

    def fields(self, type_: FieldType) -> list[str]:
        assert self.kind is not None
        return [self.named(field) for field in FACT_KINDS[self.kind].fields if field.type is type_]

    def named(self, field: Field) -> str:
        return self.one(field.name, *field.chinese)

    def _pair(self, unit: str, depth: int) -> str:
        left, right = self.amount(unit, depth), self.amount(unit, depth)
        sign = self.one(" + ", " - ", "-", "＋")
        return self.one(f"{left}{sign}{right}", f"({left}){sign}({right})")

    def _scale(self, unit: str, depth: int) -> str:
        left, right = self.amount(unit, depth), self.amount("pure", depth)
        if unit == "money" and self.chance(0.2):
            return f"({self.amount('hours', depth)}) × {self.one('1', '120', '2.50')}{self.one(*PER_HOUR)}"
        return f"({left}){self.one('×', ' * ', '÷', '/')}({right})"

    def _if(self, unit: str, depth: int) -> str:
        parts = f"{self.truth(depth)}; {self.amount(unit, depth)}{self.one('；', ';', '、')}{self.amount(unit, depth)}"
        return f"{self.word('if')}({parts})"

    def _most(self, unit: str, depth: int) -> str:
        name = self.one("min", "max", "at_least", "at_most")
        return f"{self.word(name)}({self.amount(unit, depth)};\n {self.amount(unit, depth)})"

    def _round(self, unit: str, depth: int) -> str:
        name = self.word(self.one("round", "round_down", "round_up"))
        return f"{name}({self.amount(unit, depth)}{self.one('', '; 0', '; 3')})"

    def _minus(self, unit: str, depth: int) -> str:
        return self.one("-", "−", "+") + f"({self.amount(unit, depth)})"

    def _facts(self, unit: str, depth: int) -> str:
        if self.kind is not None:
            return self.leaf(unit)
        kinds = [name for name, kind in FACT_KINDS.items() if any(f.type is FIELD_TYPES[unit] for f in kind.fields)]
        self.kind = self.one(*kinds)
        said = self.one(self.kind, *FACT_KINDS[self.kind].chinese)
        conditions = "".join(f"; {self.truth(min(depth, 2))}" for _ in range(self.random.randint(0, 3)))
        if unit == "pure" and self.chance(0.5):
            written = f"{self.word('count')}({said}{conditions}{self.own()})"
        else:
            written = f"{self.word('sum')}({said}; {self.amount(unit, min(depth, 2))}{conditions}{self.own()})"
        self.kind = None
        return written

    def own(self) -> str:
        """A condition on the subject, where the kind has such a field and the step such a subject."""
        people, teams = self.fields(FieldType.EMPLOYEE), self.fields(FieldType.TEAM)
        conditions = [""]
        if people and self.scope == "person":
            conditions.append(f"; {self.one(*people)} = {self.one('本人', 'me')}")
        if teams and self.scope != "store":
            conditions.append(f"; {self.one('本班组', 'my_team')} = {self.one(*teams)}")
        return self.one(*conditions)

    def _tier(self, unit: str, depth: int) -> str:
        if unit != "pure":
            return self.leaf(unit)
        table = self.one("档表", "tiers", self.bands())
        return f"{self.word(self.one('tier', 'tier_sum'))}({self.amount('pure', depth)}; {table})"

    def truth(self, depth: int) -> str:
        simple = [
            self.one("是", "no", *self.parameters["truth"]),
            f"{self.one('法', 'way')} {self.one('=', '<>')} “先”",
        ]
        if self.kind is not None:
            simple += [*self.fields(FieldType.BOOLEAN), self.listed(), self.month(), self.known()]
        elif self.scope == "person":
            simple += ["试用期", "on_probation", f"岗位 = “{self.post()}”", "有值(考核成绩)", "is_known(系数(岗表))"]
        if depth <= 0:
            return self.one(*simple)
        unit = self.random.choice(("money", "hours", "pure"))
        compared = (
            f"{self.amount(unit, depth - 1)} {self.one('<', '<=', '≥', '>', '=', '≠')} {self.amount(unit, depth - 1)}"
        )
        both = f"{self.word(self.one('and', 'or'))}({self.truth(depth - 1)}, {self.truth(depth - 1)})"
        return self.one(*simple, compared, both, f"{self.word('not')}({self.truth(depth - 1)})")

    def listed(self) -> str:
        assert self.kind is not None
        found = [field for field in FACT_KINDS[self.kind].fields if field.choices is not None]
        if not found:
            return "yes"
        field = self.random.choice(found)
        assert field.choices is not None
        value = f"“{self.one(*field.choices.all_spellings())}”"
        sides = [self.named(field), value]
        self.random.shuffle(sides)
        return self.one(" = ", "<>").join(sides)

    def day(self) -> str:
        return self.one("2026-03-05", "2026年3月5日", *self.fields(FieldType.DATE))

    def month(self) -> str:
        day = self.one(self.day(), f"{self.word(self.one('later', 'earlier'))}({self.day()}; {self.day()})")
        return f"{self.word('month')}({day}) = {self.one('本月', 'this_month', '上月', 'last_month')}"

    def known(self) -> str:
        assert self.kind is not None
        return f"{self.word('is_known')}({self.named(self.random.choice(FACT_KINDS[self.kind].fields))})"

    def shared(self) -> list[str]:
        rule = self.one("“最大余数”", '"largest_remainder"', "“各自四舍五入”", '"round_each"')
        pool = self.formula("store", "money", 2, counts=False)
        weight = self.formula("person", "pure", 2)
        split = f"[分] 个人({self.post()}) 分到 share = {self.word('split')}({pool}; {weight}; {rule})"
        pool, who = self.formula("store", "money", 1, counts=False), self.truth(1)
        equally = f"[分] person 均得 equal = {self.word('split_equally')}({pool}; {who}; {rule})"
        return [split, equally]

    def reader_of_all(self) -> str:
        """Reads every parameter, so that none is unused."""
        formula = "如果(且(参t数; 法 = “先”); 参m数 ÷ 1元 + 参h数 ÷ 1工时 + 参p数; 档位(1; 档表)) + 系数(岗表) × 0"
        return f"[全] 个人 读 reads_all = {formula}"

    def payments(self) -> list[str]:
        when = self.one("", f" {self.one('条件', 'when')} {self.formula('person', 'truth', 1)}")
        line = self.one("", " 作为 line_a", " as line_a")
        self.scope, self.kind = "person", None
        paid = f"{self.one('分到', 'share')}{line}, {self.one('均得', 'equal')}{when}"
        return [
            f"{self.clause()}{self.one('发放', 'pay')} {paid}",
            f"{self.one('提醒', 'remind')} {self.one('读', 'reads_all')} “有，1，000” “some ‘x’”",
        ]
