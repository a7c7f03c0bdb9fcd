"""Every way in which the rules of this service say no, each with the status and the slug it is reported under."""

from collections.abc import Sequence

FieldErrors = Sequence[dict[str, str]]


def field_error(pointer: str, code: str, detail: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "detail": detail}


class SurveyRefusal(Exception):  # noqa: N818 - errors are named by what is wrong
    status = 422
    slug = "survey-refused"
    title = "The survey service refuses this"

    def __init__(self, detail: str = "", errors: FieldErrors = ()) -> None:
        super().__init__(detail or self.title)
        self.errors = errors


class QuestionnaireInvalid(SurveyRefusal):
    slug = "questionnaire-invalid"
    title = "The questionnaire contradicts itself"


class AnswersRefused(SurveyRefusal):
    slug = "answers-refused"
    title = "The answers do not fit the questionnaire"


class SurveyjsUnsupported(SurveyRefusal):
    slug = "surveyjs-unsupported"
    title = "The SurveyJS document uses what is outside the supported subset"


class TemplateUnknown(SurveyRefusal):
    slug = "template-unknown"
    title = "No shipped questionnaire has this name"


class QuestionnaireCodeTaken(SurveyRefusal):
    status = 409
    slug = "questionnaire-code-taken"
    title = "Another questionnaire of the store has this code"


class VersionPublished(SurveyRefusal):
    status = 409
    slug = "questionnaire-version-published"
    title = "A published version never changes"


class DraftExists(SurveyRefusal):
    status = 409
    slug = "questionnaire-draft-exists"
    title = "The questionnaire already has a draft"


class NothingToPublish(SurveyRefusal):
    status = 409
    slug = "questionnaire-has-no-draft"
    title = "The questionnaire has no draft to publish"


class NotPublished(SurveyRefusal):
    status = 409
    slug = "questionnaire-not-published"
    title = "Only a published version takes answers"


class OrderAlreadyAnswered(SurveyRefusal):
    status = 409
    slug = "order-already-answered"
    title = "The order has an answer to this questionnaire"


class AdvisorAsksOwnCustomer(SurveyRefusal):
    status = 409
    slug = "advisor-asks-own-customer"
    title = "An advisor never collects the answers of his own customers"
