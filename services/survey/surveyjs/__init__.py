"""The documented subset of SurveyJS JSON, so that renderers which exist already can show our questionnaires.

Pages are read in their order as one. Elements: rating, radiogroup, checkbox, matrix, comment, boolean, and text with
inputType date; titles and choices per locale (`zh-cn`, `en`); isRequired; visibleIf. What SurveyJS has no word for
travels in custom properties: `questionType` (nps, disconfirmation), `metric` and `contactPoint` of an element, and
`contactPoints` of the survey.
"""

from services.survey.surveyjs.reading import read_surveyjs
from services.survey.surveyjs.writing import write_surveyjs

__all__ = ["read_surveyjs", "write_surveyjs"]
