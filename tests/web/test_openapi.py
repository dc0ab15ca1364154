"""The interface against its own OpenAPI document: what it says is what is answered."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from hypothesis import HealthCheck, settings

from calloff.web.app import create_app
from serving import PATIENCE, ended, upload

schemathesis = pytest.importorskip("schemathesis", reason="not installed (calloff[webtest])")

EXAMPLES = 15  # of each operation
FEW = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def finished(address: str, plan: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A finished run and the headers of its owner."""
    with httpx.Client(base_url=address, timeout=60) as client:
        made = upload(client, plan)
        assert ended(client, made["id"])["state"] == "done"
        yield made["id"], {}


openapi = import_module("schemathesis.specs.openapi.checks")
DOCUMENT = create_app(cast(Any, None)).openapi()  # it needs no history
every = schemathesis.openapi.from_dict(DOCUMENT)
of_runs = every.include(path_regex="/runs/{run}").exclude(method="DELETE")
without_plans = every.include(path_regex="/forget$")
with_plans = of_runs.exclude(path_regex="/forget$")


@every.parametrize()
@FEW
def test_answers_are_as_documented(case: Any, address: str) -> None:
    # What stands in a file cannot be said in a schema, so a sound form may well be refused.
    unsaid = [openapi.positive_data_acceptance] if case.method == "POST" else []
    case.call_and_validate(base_url=address, timeout=PATIENCE, excluded_checks=unsaid)


@with_plans.parametrize()
@FEW
def test_so_are_those_of_a_finished_run(
    case: Any, address: str, finished: tuple[str, dict[str, str]]
) -> None:
    answer = answered(case, address, finished)
    assert case.method != "GET" or answer.status_code != 409  # what it asks for is there


@without_plans.parametrize()
@FEW
def test_so_are_those_when_its_plans_are_forgotten(
    case: Any, address: str, finished: tuple[str, dict[str, str]]
) -> None:
    """After the others: what has lost its plans has no workbook and no report any more."""
    answered(case, address, finished)


def answered(case: Any, address: str, finished: tuple[str, dict[str, str]]) -> Any:
    run, headers = finished
    case.path_parameters = {"run": run}
    checks = [schemathesis.checks.not_a_server_error]
    checks += [openapi.status_code_conformance, openapi.content_type_conformance,
               openapi.response_schema_conformance]  # fmt: skip
    return case.call_and_validate(
        base_url=address, timeout=PATIENCE, headers=headers, checks=checks
    )


def test_the_document_tells_all_that_is_there(client: httpx.Client) -> None:
    made = client.get("/api/openapi.json").json()
    assert made == DOCUMENT
    assert set(made["paths"]) == {
        "/api/about", "/api/forecast", "/api/inspect", "/api/runs", "/api/session",
        "/api/strings", "/api/runs/{run}",
        *(f"/api/runs/{{run}}/{name}" for name in (
            "summary", "changes", "inspection", "forecast", "earlier", "overrides", "workbook",
            "report", "restart", "cancel", "forget", "name", "overrides/workbook")),
    }  # fmt: skip
    for path, methods in made["paths"].items():
        for operation in methods.values():
            assert operation["summary"] and operation["description"], path
            assert {"401", "403", "422"} <= set(operation["responses"]), path
            for code, response in operation["responses"].items():
                told = response.get("content", {}).get("application/json", {}).get("schema", {})
                assert code[0] == "2" or told["$ref"].endswith("/Problems"), (path, code)
