"""Every GET of the published contracts that answers a list has pages, or cannot grow, for a reason that stands here."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from aftermile.contracts import FOLDER, PROCESSES

Schema = Mapping[str, Any]
WHOLE = {
    "as many as one visit to the workshop brings": {
        "explain_line_price", "explain_price", "list_order_checks", "preview_settlement", "read_insurer_account",
        "read_jobs", "read_margin", "read_price_changes", "read_repair_order_lines", "read_repair_order_transitions",
        "read_upsell_lineage", "read_walk_round",
    },
    "as many as one vehicle has owners, plates or visits; a reading is judged by all before it": {
        "read_odometer_log", "read_vehicle_owners", "read_vehicle_plates",
    },
    "parts of one record, each set by a person, read for its version": {
        "read_account_map", "read_employee_terms", "read_team_heads",
    },
    "a plan's text is bounded": {
        "export_plan", "explain_statement", "read_figures", "read_parameters_in_force", "read_plan_difference",
    },
    "sums: a row for each of the staff, each department or each reason": {
        "read_deferred_work_figures", "read_order_figures", "read_pay_entries", "read_risk_figures", "read_scores",
        "read_upsell_figures",
    },
    "sums: a row for each payer who owes now": {"read_receivable_sums"},
    "shipped with the program, or one for each role, state, service or store of the caller": {
        "list_discount_limits_in_force", "list_import_mappings", "list_plan_templates", "list_questionnaire_templates",
        "list_shipped_inspection_templates", "read_feeds", "read_me", "read_order_states", "read_refund_limits",
    },
    "cut, and the answer says so": {"read_board", "read_reconciliation"},
}  # fmt: skip
OF_ANY_SHAPE = {
    "export_questionnaire_surveyjs", "read_changes", "read_feed_positions", "read_linked_receipt", "read_public_keys",
    "read_receipt",
}  # fmt: skip
"""Documents of others' making, and the feed, which has its own cursor."""


class Answer:
    """What one GET of a process answers as JSON."""

    def __init__(self, document: Schema, path: str, operation: Schema) -> None:
        self._schemas: Schema = document["components"]["schemas"]
        self.path, self.name = path, str(operation["operationId"])
        self.parameters: Schema = {each["name"]: each["schema"] for each in operation.get("parameters", ())}
        self.schema = self._resolved(operation["responses"]["200"]["content"]["application/json"]["schema"])
        self.fields: Schema = self.schema.get("properties", {})

    @property
    def is_list(self) -> bool:
        """Things, at an address that ends in a word: what stands at a name of its own is one thing with its parts."""
        of_things = self.schema.get("type") == "array" or any(map(self._holds_things, self.fields.values()))
        return of_things and not self.path.endswith("}")

    @property
    def has_pages(self) -> bool:
        bounded = self.parameters.get("limit", {}).get("minimum") == 1
        return bool(bounded) and "cursor" in self.parameters and {"items", "limit", "next"} <= self.fields.keys()

    def _holds_things(self, field: Schema) -> bool:
        found = [self._resolved(each) for each in field.get("anyOf", [field])]
        return any(each.get("type") == "array" and self._is_thing(each.get("items", {})) for each in found)

    def _is_thing(self, schema: Schema) -> bool:
        return str(self._resolved(schema).get("type", "object")) == "object"

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self._schemas[schema["$ref"].rpartition("/")[2]]
        return schema


def answers() -> Iterator[Answer]:
    for process in PROCESSES:
        document = orjson.loads((FOLDER / f"{process}.openapi.json").read_bytes())
        for path, methods in document["paths"].items():
            if "application/json" in methods.get("get", {}).get("responses", {}).get("200", {}).get("content", ()):
                yield Answer(document, path, methods["get"])


def test_every_list_has_pages_or_a_reason_why_it_cannot_grow() -> None:
    found = {each.name for each in answers() if each.is_list and not each.has_pages}
    assert found == set().union(*WHOLE.values())


def test_whoever_takes_a_cursor_answers_with_a_page() -> None:
    paged = [each for each in answers() if {"cursor", "next"} & (each.parameters.keys() | each.fields.keys())]
    assert len(paged) > len(PROCESSES)
    assert [each.path for each in paged if not each.has_pages] == []


def test_every_answer_says_its_shape() -> None:
    assert {each.name for each in answers() if not each.fields and each.schema.get("type") != "array"} == OF_ANY_SHAPE
