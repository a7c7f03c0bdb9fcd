"""Questionnaires through the API: drafts change, published versions never do."""

from typing import Any

import asyncpg
import pytest

from tests.harness import AStore, Clone
from tests.survey.caller import DMS, Caller, content_of, make_row, rating, texts


async def begin(caller: Caller, code: str = "mine", **source: Any) -> str:
    """The tag of the new questionnaire."""
    created = await caller.post("/v1/questionnaires", {"code": code, **(source or {"template": DMS})})
    assert created.status_code == 201, created.text
    return str(created.headers["etag"])


async def publish(caller: Caller, tag: str, code: str = "mine") -> str:
    response = await caller.post(f"/v1/questionnaires/{code}/publish", None, **{"If-Match": tag})
    assert response.status_code == 200, response.text
    return str(response.headers["etag"])


async def test_a_questionnaire_begins_as_a_draft_from_a_shipped_template(manager: Caller) -> None:
    shipped = {item["code"]: item for item in (await manager.read("/v1/questionnaire-templates"))["items"]}
    assert {"dms-after-sales", "after-service"} <= shipped.keys()
    created = await manager.post("/v1/questionnaires", {"code": "mine", "template": DMS})
    assert created.headers["location"] == "/v1/questionnaires/mine"
    (version,) = created.json()["versions"]
    assert (version["number"], version["state"]) == (1, "draft")
    assert version["content_hash"] == shipped[DMS]["content_hash"]
    read = await manager.read("/v1/questionnaires/mine/versions/1")
    assert read["content"] == shipped[DMS]["content"]
    assert [q["code"] for q in (await manager.read("/v1/questionnaires"))["items"]] == ["mine"]


@pytest.mark.parametrize("body", [{}, {"template": DMS, "content": content_of(rating("skill", 1))}])
async def test_a_questionnaire_has_exactly_one_source(manager: Caller, body: dict[str, Any]) -> None:
    assert (await manager.post("/v1/questionnaires", {"code": "mine", **body})).status_code == 422


async def test_a_code_is_taken_once(manager: Caller) -> None:
    await begin(manager)
    again = await manager.post("/v1/questionnaires", {"code": "mine", "template": DMS})
    assert (again.status_code, again.json()["type"]) == (409, "urn:aftermile:problem:questionnaire-code-taken")


async def test_faults_of_a_questionnaire_are_named_with_their_place(manager: Caller) -> None:
    content = content_of(rating("skill", 0), rating("wish", of="manner"))
    refused = await manager.post("/v1/questionnaires", {"code": "mine", "content": content})
    assert refused.status_code == 422
    assert [(e["pointer"], e["code"]) for e in refused.json()["errors"]] == [
        ("/questions/0/metric/weight", "weight-not-positive"),
        ("/questions/1/metric/of", "factor-unknown"),
    ]


async def test_conditions_nest_only_so_deep(manager: Caller) -> None:
    condition: dict[str, Any] = {"question": "skill", "op": "answered"}
    for _ in range(7):
        condition = {"not": condition}
    content = content_of(rating("skill", 1), rating("other") | {"visible_if": condition})
    refused = await manager.post("/v1/questionnaires", {"code": "mine", "content": content})
    assert [e["code"] for e in refused.json()["errors"]] == ["too-deep"]


async def test_a_draft_changes_against_its_tag_and_a_published_version_does_not(manager: Caller) -> None:
    tag = await begin(manager)
    body = {"content": content_of(rating("skill", 1))}
    address = "/v1/questionnaires/mine/versions/1"
    assert (await manager.put(address, body)).status_code == 428
    changed = await manager.put(address, body, **{"If-Match": tag})
    assert changed.status_code == 200
    assert (await manager.put(address, body, **{"If-Match": tag})).status_code == 412
    tag = await publish(manager, changed.headers["etag"])
    refused = await manager.put(address, body, **{"If-Match": tag})
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:aftermile:problem:questionnaire-version-published"
    nothing = await manager.post("/v1/questionnaires/mine/publish", None, **{"If-Match": tag})
    assert nothing.json()["type"] == "urn:aftermile:problem:questionnaire-has-no-draft"


async def test_the_database_itself_keeps_a_published_version(manager: Caller, database: Clone, store: AStore) -> None:
    await publish(manager, await begin(manager))
    connection = await asyncpg.connect(database.app_url)
    try:
        await connection.execute("SELECT set_config('app.store', $1, false)", str(store.id))
        for statement in (
            "UPDATE questionnaire_version SET content = '{}'",
            "UPDATE questionnaire_version SET state = 'draft', published_at = NULL, published_by = NULL",
            "DELETE FROM questionnaire_version",
        ):
            with pytest.raises(asyncpg.RestrictViolationError, match="never changes"):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_a_new_version_begins_as_a_copy_and_keeps_what_questions_mean(manager: Caller) -> None:
    tag = await publish(manager, await begin(manager, content=content_of(rating("skill", 1))))
    opened = await manager.post("/v1/questionnaires/mine/versions", {}, **{"If-Match": tag})
    assert (opened.status_code, opened.json()["number"]) == (201, 2)
    second = await manager.post("/v1/questionnaires/mine/versions", {}, **{"If-Match": opened.headers["etag"]})
    assert second.json()["type"] == "urn:aftermile:problem:questionnaire-draft-exists"
    other = content_of({"id": "skill", "type": "text", "text": texts("skill")})
    address = "/v1/questionnaires/mine/versions/2"
    refused = await manager.put(address, {"content": other}, **{"If-Match": opened.headers["etag"]})
    assert [e["code"] for e in refused.json()["errors"]] == ["meaning-changed"]


async def test_an_answer_meets_the_version_that_was_in_force_when_it_was_given(manager: Caller) -> None:
    tag = await publish(manager, await begin(manager, content=content_of(rating("skill", 1), rating("price", 1))))
    before = make_row("W1", questionnaire="mine", answers={"skill": 9, "price": 8})
    await manager.imports([before])
    opened = await manager.post(
        "/v1/questionnaires/mine/versions", {"content": content_of(rating("skill", 1))}, **{"If-Match": tag}
    )
    await publish(manager, opened.headers["etag"])
    after = make_row("W2", questionnaire="mine", answers={"skill": 9, "price": 8}, submitted_at="2090-01-01T00:00:00Z")
    result = await manager.imports([before, after])
    assert [row["outcome"] for row in result["results"]] == ["unchanged", "rejected"]
    (kept,) = (await manager.read("/v1/responses"))["items"]
    assert kept["questionnaire_version"] == 1


async def test_an_unknown_questionnaire_or_version_is_not_found(manager: Caller) -> None:
    await begin(manager)
    for address in ("another", "mine/versions/2", "another/surveyjs"):
        assert (await manager.get(f"/v1/questionnaires/{address}")).status_code == 404
    assert (await manager.get("/v1/questionnaires/mine", colour="red")).status_code == 400


async def test_surveyjs_goes_out_and_comes_back_the_same(manager: Caller) -> None:
    await begin(manager, "full", template="after-service")
    document = await manager.read("/v1/questionnaires/full/surveyjs")
    await begin(manager, "copy", surveyjs=document)
    first, second = [await manager.read(f"/v1/questionnaires/{code}/versions/1") for code in ("full", "copy")]
    assert first["content_hash"] == second["content_hash"]


async def test_what_surveyjs_has_beyond_the_subset_is_refused_by_name(manager: Caller) -> None:
    document = {"title": {"en": "t"}, "pages": [{"elements": [{"type": "signaturepad", "name": "sign"}]}]}
    refused = await manager.post("/v1/questionnaires", {"code": "mine", "surveyjs": document})
    assert refused.status_code == 422
    assert [(e["pointer"], e["code"]) for e in refused.json()["errors"]] == [
        ("/surveyjs/pages/0/elements/0/type", "unsupported-element")
    ]
