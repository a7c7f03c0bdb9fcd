"""The contract names who may call, every problem, the hot reads, and readable operation ids."""

from fastapi import FastAPI

from chassis.openapi import api_routes


def test_the_contract_lists_roles_problems_and_hot_reads(app: FastAPI) -> None:
    document = app.openapi()
    raise_price = document["paths"]["/v1/notes/{note_id}/raise"]["post"]
    assert raise_price["x-roles"] == ["writer"]
    assert raise_price["operationId"] == "raise_price"
    assert {"400", "401", "403", "404", "409", "412", "422", "428"} <= set(raise_price["responses"])
    assert "Idempotency-Key" in {p["name"] for p in raise_price["parameters"]}
    part = document["paths"]["/v1/note-parts/{word}"]["get"]
    assert part["x-roles"] == ["reader", "writer"]
    assert "security" not in document["paths"]["/v1/broken"]["get"]
    assert document["components"]["schemas"]["NoteRead"]["properties"]["price"]["type"] == "string"


def test_all_routes_are_found(app: FastAPI) -> None:
    assert {"/v1/changes", "/v1/feed-positions", "/v1/notes", "/v1/broken"} <= {path for path, _ in api_routes(app)}
