"""The application keeps what its OpenAPI promises, whatever is sent and whoever sends it."""

from __future__ import annotations

import ctypes
import os
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from lookout.server.storage.records import Role
from tests.support.api import Api

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = int(os.environ.get("LOOKOUT_SCHEMA_EXAMPLES", "2"))
"""Of each route as each role. More of them take minutes; what they found is in the other tests."""

TIMEOUT_S = 120.0
"""Of one call; schemathesis' own 10 s are passed on a busy machine."""


@pytest.fixture(autouse=True)
def small_numbers() -> None:
    """A library of the engines switches numbers under 1e-308 off for the thread that loads it;
    hypothesis refuses to work so."""
    default_environment = ctypes.c_void_p(-1)  # FE_DFL_ENV of glibc's <fenv.h>
    ctypes.CDLL("libm.so.6").fesetenv(default_environment)


@pytest.mark.slow
@pytest.mark.parametrize("role", list(Role))
def test_no_route_breaks_its_schema_or_fails(api: Api, role: Role) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", api.app)
    count = 0
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        count += 1

        @hypothesis.settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(case=operation.as_strategy())
        def keeps(case: schemathesis.Case[Any]) -> None:
            headers = dict(api.headers[role.value])
            case.call_and_validate(headers=headers, checks=CHECKS, timeout=TIMEOUT_S)

        keeps()
    assert count > 50
