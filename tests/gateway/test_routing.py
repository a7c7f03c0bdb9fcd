"""Who owns a resource, and what passes between callers and services."""

import pytest

from gateway.routing import _OWNED, BULK_RESOURCES, RESOURCES, is_plain, owner_of, request_headers, response_headers


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("/v1/customers", ("customer", "customers")),
        ("/v1/customers/C1/notes", ("customer", "customers")),
        ("/v1/repair-orders/RO1/settle", ("workorder", "repair-orders")),
        ("/v1/responses", ("survey", "responses")),
        ("/v1/runs/2026-09", ("payroll", "runs")),
        ("/v1/bulk/repair-order-lines", ("workorder", "bulk/repair-order-lines")),
        ("/v1/bulk/targets", ("payroll", "bulk/targets")),
        ("/v1/repair-order-lines", None),
        ("/v1/bulk", None),
        ("/v1/bulk/nothing", None),
        ("/v1/bulk/customers/x", None),
        ("/v1/changes", None),
        ("/v1/overview-parts/customers/1", None),
        ("/v1", None),
        ("/v2/customers", None),
        ("/customers", None),
        ("//v1/customers", None),
        ("@elsewhere.example/v1/customers", None),
        ("elsewhere/v1/customers", None),
        ("*", None),
        ("", None),
    ],
)
def test_a_path_belongs_to_the_service_that_owns_its_resource(path: str, owner: tuple[str, str] | None) -> None:
    assert owner_of(path) == owner


def test_every_resource_has_one_owner() -> None:
    assert len(RESOURCES) == sum(map(len, _OWNED.values()))
    assert set(RESOURCES) < set(BULK_RESOURCES)


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("/v1/customers/张伟", True),
        ("/v1/customers/a.b", True),
        ("/v1/customers/../changes", False),
        ("/v1/customers/./x", False),
        ("/v1/customers/..\\changes", False),
        ("/v1/customers/a\nb", False),
    ],
)
def test_a_path_that_could_be_read_as_another_is_not_passed_on(path: str, plain: bool) -> None:
    assert is_plain(path) is plain


def test_a_service_sees_neither_the_callers_proofs_nor_his_connection() -> None:
    sent = request_headers(
        [
            (b"host", b"gateway"),
            (b"authorization", b"Bearer secret"),
            (b"x-store", b"S1"),
            (b"connection", b"keep-alive, X-Odd"),
            (b"x-odd", b"1"),
            (b"x-forwarded-for", b"1.2.3.4"),
            (b"if-match", b'"3"'),
            (b"idempotency-key", b"k"),
            (b"content-type", b"application/json"),
        ]
    )
    assert sent == [("if-match", '"3"'), ("idempotency-key", "k"), ("content-type", "application/json")]


def test_addresses_of_a_service_become_addresses_of_the_gateway() -> None:
    sent = response_headers(
        [
            ("Location", "http://127.0.0.1:8002/v1/repair-orders/1"),
            ("Link", '<http://127.0.0.1:8002/v1/runs?cursor=x>; rel="next"'),
            ("ETag", '"1"'),
            ("Transfer-Encoding", "chunked"),
            ("Server", "uvicorn"),
            ("Content-Type", "application/problem+json"),
        ],
        "http://127.0.0.1:8002",
    )
    assert sent == [
        (b"location", b"/v1/repair-orders/1"),
        (b"link", b'</v1/runs?cursor=x>; rel="next"'),
        (b"etag", b'"1"'),
        (b"content-type", b"application/problem+json"),
    ]
