"""Routes are read by FastAPI when they are first called or described, and not before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel
from starlette.testclient import TestClient

from lookout.server.api.security.authorization import Guarded, public


class Doubled(BaseModel):
    number: int


@public
def double(number: int) -> Doubled:
    return Doubled(number=2 * number)


@pytest.fixture
def route() -> Guarded:
    return Guarded("/double/{number}", double, name="double", methods=["get"])


def ask(route: Guarded, method: str, path: str) -> httpx2.Response:
    app = FastAPI()
    app.router.routes.append(route)
    return TestClient(app).request(method, path)


def is_read(route: Guarded) -> bool:
    return "dependant" in vars(route)


def test_a_new_route_is_not_read_and_is_found_by_path_and_method(route: Guarded) -> None:
    assert ask(route, "GET", "/treble/2").status_code == 404
    assert (route.path, route.methods, route.endpoint) == ("/double/{number}", {"GET"}, double)
    assert not is_read(route)
    assert "path_regex" not in vars(route)


def test_the_first_call_reads_the_route_and_is_checked_and_answered(route: Guarded) -> None:
    assert ask(route, "GET", "/double/2").json() == {"number": 4}
    assert is_read(route)
    assert ask(route, "GET", "/double/two").status_code == 422
    assert ask(route, "POST", "/double/2").status_code == 405


def test_threads_that_look_at_once_see_one_and_the_same(route: Guarded) -> None:
    with ThreadPoolExecutor(8) as threads:
        looks = list(threads.map(lambda _: (route.dependant, route.response_field), range(64)))
    assert all(dependant is route.dependant for dependant, _ in looks)
    assert all(field is route.response_field for _, field in looks)


def test_what_no_route_has_is_an_attribute_error_before_and_after(route: Guarded) -> None:
    for _ in range(2):
        with pytest.raises(AttributeError, match="Guarded has no colour"):
            _ = route.colour


def test_the_decorators_of_a_router_make_routes_that_are_not_read() -> None:
    router = APIRouter(prefix="/api", route_class=Guarded)
    router.get("/double/{number}")(double)
    (route,) = router.routes
    assert isinstance(route, Guarded)
    assert not is_read(route)
    assert ask(route, "GET", "/api/double/4").json() == {"number": 8}
