"""The questionnaires that come with the product, as data: one JSON file each, named by its code."""

from functools import cache
from pathlib import Path

from services.survey.domain.refusals import TemplateUnknown
from services.survey.schemas.content import QuestionnaireContent

_FOLDER = Path(__file__).parent


@cache
def template_codes() -> tuple[str, ...]:
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.json")))


@cache
def template(code: str) -> QuestionnaireContent:
    if code not in template_codes():
        raise TemplateUnknown(f"{code} is none of {', '.join(template_codes())}")
    return QuestionnaireContent.model_validate_json((_FOLDER / f"{code}.json").read_bytes())
