"""The questionnaire: questions with stable ids, texts per language, metric roles and branching rules."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any

from services.survey.domain.conditions import Condition

Text = Mapping[str, str]
QUESTIONNAIRE_CODE = re.compile(r"^[a-z][a-z0-9-]{0,59}$")
IDENTIFIER = re.compile(r"^[a-z][a-z0-9_]{0,39}$")


class QuestionType(StrEnum):
    RATING = "rating"
    NPS = "nps"
    DISCONFIRMATION = "disconfirmation"
    SINGLE = "single"
    MULTI = "multi"
    MATRIX = "matrix"
    TEXT = "text"
    CONSENT = "consent"
    DATE = "date"


NUMERIC = frozenset({QuestionType.RATING, QuestionType.NPS, QuestionType.DISCONFIRMATION})
CHOOSING = frozenset({QuestionType.SINGLE, QuestionType.MULTI, QuestionType.MATRIX})


class MetricRole(StrEnum):
    CSI_FACTOR = "csi_factor"
    EXPECTATION = "expectation"
    RECOMMENDATION = "recommendation"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Scale:
    minimum: int
    maximum: int


CSI_SCALE = Scale(1, 10)
NPS_SCALE = Scale(0, 10)


@dataclass(frozen=True, slots=True)
class Metric:
    """`weight` belongs to a csi factor; `of` names the factor that an expectation is about, none for all of them."""

    role: MetricRole = MetricRole.NONE
    weight: Fraction = Fraction(0)
    of: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Also a row of a matrix and a contact point (关键时刻): a code that is stored and texts that are shown."""

    code: str
    text: Text


@dataclass(frozen=True, slots=True)
class Question:
    id: str
    type: QuestionType
    text: Text
    required: bool = False
    scale: Scale | None = None
    choices: tuple[Choice, ...] = ()
    rows: tuple[Choice, ...] = ()
    max_length: int | None = None
    metric: Metric = field(default_factory=Metric)
    visible_if: Condition | None = None
    contact_point: str | None = None


@dataclass(frozen=True)
class Questionnaire:
    title: Text
    languages: tuple[str, ...]
    questions: tuple[Question, ...]
    contact_points: tuple[Choice, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, Question]:
        return {question.id: question for question in self.questions}

    @cached_property
    def factors(self) -> tuple[Question, ...]:
        return tuple(self.of_role(MetricRole.CSI_FACTOR))

    @cached_property
    def expectations(self) -> Mapping[str, Question]:
        """The expectation question of each factor: its own, else the overall one."""
        about = {question.metric.of: question for question in self.of_role(MetricRole.EXPECTATION)}
        found = {factor.id: about.get(factor.id, about.get(None)) for factor in self.factors}
        return {factor: question for factor, question in found.items() if question is not None}

    @cached_property
    def overall_expectation(self) -> Question | None:
        return next((q for q in self.of_role(MetricRole.EXPECTATION) if q.metric.of is None), None)

    @cached_property
    def recommendation(self) -> Question | None:
        return next(self.of_role(MetricRole.RECOMMENDATION), None)

    @cached_property
    def disconfirmations(self) -> tuple[Question, ...]:
        return tuple(question for question in self.questions if question.type is QuestionType.DISCONFIRMATION)

    @cached_property
    def numeric(self) -> tuple[str, ...]:
        return tuple(question.id for question in self.questions if question.type in NUMERIC)

    @cached_property
    def whole_weights(self) -> Mapping[str, int]:
        """The weights of the factors in a common unit that makes them whole: sums over many answers are fast."""
        unit = lcm(*(factor.metric.weight.denominator for factor in self.factors))
        return {factor.id: int(factor.metric.weight * unit) for factor in self.factors}

    @cached_property
    def combined(self) -> tuple[str, ...]:
        """The questions whose means are added up in one figure, so that how they vary together matters."""
        return tuple(sorted({*(f.id for f in self.factors), *(wish.id for wish in self.expectations.values())}))

    @cached_property
    def remark(self) -> Question | None:
        """The first free-text question: what a `comment` beside the answers is the answer to."""
        return next((question for question in self.questions if question.type is QuestionType.TEXT), None)

    def of_role(self, role: MetricRole) -> Iterator[Question]:
        return (question for question in self.questions if question.metric.role is role)


def content_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON (sorted keys, no spaces, UTF-8): the same content is the same hash everywhere."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
