"""In which language and form a reader wants words: by the address, else by what his client says."""

from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request, Response

from chassis.errors import Language, language_of

TEXT = "text/plain"
OR_TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {TEXT: {"schema": {"type": "string"}}}}}
"""Beside the JSON of a route."""


def _language(
    language: Annotated[Language | None, Query(description="else by Accept-Language")] = None,
    accept_language: Annotated[str | None, Header(max_length=500)] = None,
) -> Language:
    return language or language_of(accept_language)


ReadersLanguage = Annotated[Language, Depends(_language)]


def wants_text(request: Request) -> bool:
    """Plain text for who asks for it before JSON."""
    for part in request.headers.get("accept", "").split(","):
        kind = part.partition(";")[0].strip().lower()
        if kind in {TEXT, "application/json", "*/*"}:
            return kind == TEXT
    return False


def text_answer(text: str, language: Language) -> Response:
    return Response(text, media_type=f"{TEXT}; charset=utf-8", headers=worded(language))


def worded(language: Language) -> dict[str, str]:
    return {"Content-Language": language, "Vary": "Accept, Accept-Language"}
