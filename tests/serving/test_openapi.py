"""The OpenAPI document, and what schemathesis generates from it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from serving.servers import Live, Start


@schemathesis.serializer("application/x-ndjson")
def lines(_: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@pytest.fixture(scope="module")
def served(start: Start) -> Iterator[Live]:
    with start() as live:
        yield live


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_request_breaks_the_service_and_every_answer_is_as_documented(served: Live, mode: GenerationMode):
    schema = schemathesis.openapi.from_url(f"{served.url}/openapi.json")
    tried = set()
    for found in schema.get_all_operations():
        operation = found.ok()

        @given(operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=10,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def no_request_breaks_it(case: Any) -> None:
            response = case.call_and_validate(checks=CHECKS)
            tried.add((case.path, response.status_code))

        with contextlib.suppress(Unsatisfiable):  # a route that takes nothing can be given nothing wrong
            no_request_breaks_it()
    statuses = {status for _, status in tried}
    if mode is GenerationMode.POSITIVE:
        assert {path for path, _ in tried} == set(served.client.get("/openapi.json").json()["paths"])
        assert 200 in statuses
    else:
        assert len({path for path, _ in tried}) >= 4 and statuses >= {400, 422}


def test_the_examples_of_the_document_are_answered(served: Live):
    document = served.client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    seen = 0
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            url = path.replace("{project_id}", "arxonomy")
            for media_type, content in operation.get("requestBody", {"content": {None: None}})[
                "content"
            ].items():
                sent: dict[str, Any] = {}
                if media_type == "application/x-www-form-urlencoded":
                    sent = {"data": content["example"]}
                elif media_type is not None:
                    example = content["example"]
                    text = example if isinstance(example, str) else json.dumps(example)
                    sent = {"content": text.encode(), "headers": {"Content-Type": media_type}}
                found = served.client.request(method, url, **sent)
                assert found.status_code == 200, (url, found.text)
                assert (
                    found.headers["content-type"].partition(";")[0]
                    in operation["responses"]["200"]["content"]
                )
                seen += 1
    assert seen >= 11


def test_every_reference_of_the_document_leads_somewhere(served: Live):
    document = served.client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    text = json.dumps(document)
    names = {part.partition('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert names == names & schemas.keys() and "HTTPValidationError" not in schemas
