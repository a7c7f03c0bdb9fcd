"""The two vocabularies side by side."""

LOCALES = {"zh": "zh-cn", "en": "en"}
LANGUAGES = {locale: language for language, locale in LOCALES.items()} | {"zh": "zh"}
ELEMENTS = {
    "rating": "rating",
    "nps": "rating",
    "disconfirmation": "rating",
    "single": "radiogroup",
    "multi": "checkbox",
    "matrix": "matrix",
    "text": "comment",
    "consent": "boolean",
    "date": "text",
}
TYPES = {"rating": "rating", "radiogroup": "single", "checkbox": "multi", "matrix": "matrix", "comment": "text",
         "boolean": "consent", "text": "date"}  # fmt: skip
OPERATORS = {"eq": "=", "ne": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "in": "anyof",
             "contains": "contains", "answered": "notempty"}  # fmt: skip
