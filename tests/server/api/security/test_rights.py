"""Who may do what, over HTTP: every route, every role."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from lookout.server.accounts.scopes import SCOPES, Scope
from lookout.server.api.dependencies import ApiSettings
from lookout.server.api.security.authorization import Guarded
from lookout.server.storage.records import Role
from tests.support.api import Api

pytestmark = pytest.mark.long

PUBLIC = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/openapi.json"),
    ("GET", "/docs"),
    ("GET", "/docs/start.js"),
    ("GET", "/"),
    ("GET", "/alerts"),  # the page, which asks for the sign-in
    ("GET", "/sw.js"),
    ("GET", "/manifest.webmanifest"),
    ("GET", "/icon.svg"),
    ("GET", "/icon-192.png"),
    ("GET", "/icon-512.png"),
    ("POST", "/api/v1/auth/login"),
    ("POST", "/api/v1/auth/refresh"),
    ("GET", "/api/v1/static/{key}/images/{image_id}"),  # the key is in the address
}
IMITATED = (
    "/api/v1/recognition",
    "/api/v1/detection",
    "/api/v1/verification",
    "/v1/vision",
    "/recognition",
)


def routes_of(app: FastAPI) -> Iterator[tuple[str, str, Scope | str | None]]:
    """Method, path and the right that it needs, of every route."""
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute):
            assert isinstance(route, Guarded), f"{route.path} is not guarded"
            for method in sorted(route.methods or ()):
                yield method, route.path, route.scope


def url(path: str) -> str:
    """The path with something in place of its parameters."""
    return re.sub(r"\{[^}]*\}", "x", path)


def test_nobody_gets_past_any_route_but_the_public_ones(api: Api) -> None:
    asked = 0
    for method, path, scope in routes_of(api.app):
        if scope is None:
            assert (method, path) in PUBLIC
            continue
        for headers in ({}, {"x-api-key": "lk_no_such_key"}, {"authorization": "Bearer x.y.z"}):
            answer = api.call(method, url(path), role="nobody", headers=headers)
            assert answer.status_code == 401, (method, path, answer.text)
            assert "not_authenticated" in answer.text or path.startswith(IMITATED)
            assert "www-authenticate" in answer.headers
        asked += 1
    assert asked > 10


@pytest.mark.parametrize("role", list(Role))
def test_each_role_gets_403_exactly_where_it_has_not_the_right(api: Api, role: Role) -> None:
    refused = 0
    for method, path, scope in routes_of(api.app):
        if not scope:
            continue
        answer = api.call(method, url(path), role=role.value)
        if scope in SCOPES[role]:
            assert answer.status_code not in (401, 403), (method, path, answer.text)
            assert answer.status_code < 500, (method, path, answer.text)
        else:
            assert answer.status_code == 403, (method, path, answer.text)
            refused += 1
    assert (refused == 0) == (role is Role.ADMIN)


def test_without_auth_whoever_asks_may_do_everything(make_api: Any) -> None:
    api = make_api(ApiSettings(no_auth=True))
    assert api.call("GET", "/api/v1/users", role="nobody").status_code == 200


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {"host": "rebound.example"}, 421),
        ("GET", {"host": "127.0.0.1:8000"}, 200),
        ("POST", {"origin": "https://evil.example"}, 403),
        ("POST", {"sec-fetch-site": "cross-site"}, 403),
        ("POST", {"origin": "https://board.home"}, 422),
        ("POST", {"origin": "http://localhost", "sec-fetch-site": "same-origin"}, 422),
        ("POST", {}, 422),
    ],
)
def test_without_auth_pages_of_other_sites_are_kept_away(
    make_api: Any, method: str, headers: dict[str, str], status: int
) -> None:
    """422: it went on to the route, which misses what a person has."""
    api = make_api(ApiSettings(no_auth=True, cors_origins=("https://board.home",)))
    answer = api.call(method, "/api/v1/people", role="nobody", headers=headers)
    assert answer.status_code == status, answer.text


def test_a_sign_in_is_renewed_once_and_ends(api: Api) -> None:
    first = api.parts.accounts.first_admin(time.time())
    assert first is not None
    given = {"username": first.username, "password": first.password}
    pair = api.call("POST", "/api/v1/auth/login", role="nobody", json=given).json()
    headers = {"authorization": f"Bearer {pair['access_token']}"}
    me = api.call("GET", "/api/v1/auth/me", role="nobody", headers=headers)
    assert me.json()["name"] == "admin"
    renewal = {"refresh_token": pair["refresh_token"]}
    next_pair = api.call("POST", "/api/v1/auth/refresh", role="nobody", json=renewal).json()
    headers = {"authorization": f"Bearer {next_pair['access_token']}"}
    logout = api.call("POST", "/api/v1/auth/logout", role="nobody", headers=headers)
    assert logout.status_code == 204
    assert api.call("GET", "/api/v1/auth/me", role="nobody", headers=headers).status_code == 401


def test_guessing_a_password_has_to_wait(api: Api) -> None:
    wrong = {"username": "admin", "password": "not the password"}
    statuses = []
    for _ in range(5):
        answer = api.call("POST", "/api/v1/auth/login", role="nobody", json=wrong)
        statuses.append(answer.status_code)
    assert statuses == [401, 401, 401, 401, 429]
    assert answer.json()["error"]["code"] == "too_many_attempts"
    assert int(answer.headers["retry-after"]) >= 1


def test_a_user_changes_the_password_only_with_the_old_one(api: Api) -> None:
    first = api.parts.accounts.first_admin(time.time())
    assert first is not None
    given = {"username": first.username, "password": first.password}
    pair = api.call("POST", "/api/v1/auth/login", role="nobody", json=given).json()
    headers = {"authorization": f"Bearer {pair['access_token']}"}
    change = {"password": "is it this one?", "new_password": "a much better one"}
    path = "/api/v1/auth/password"
    assert api.call("PUT", path, role="nobody", headers=headers, json=change).status_code == 401
    change["password"] = first.password
    assert api.call("PUT", path, role="nobody", headers=headers, json=change).status_code == 204
    given["password"] = change["new_password"]
    assert api.call("POST", "/api/v1/auth/login", role="nobody", json=given).status_code == 200


def test_an_api_key_works_until_it_is_revoked_and_has_no_more_than_its_rights(api: Api) -> None:
    made = api.call("POST", "/api/v1/keys", json={"name": "pi", "rights": ["cameras:read"]}).json()
    headers = {"x-api-key": made["key"]}
    assert api.call("GET", "/metrics", role="nobody", headers=headers).status_code == 200
    assert api.call("GET", "/api/v1/users", role="nobody", headers=headers).status_code == 403
    listed = api.call("GET", "/api/v1/keys").text
    assert made["key"] not in listed
    assert api.call("DELETE", f"/api/v1/keys/{made['record']['id']}").status_code == 204
    assert api.call("GET", "/metrics", role="nobody", headers=headers).status_code == 401


def test_changes_of_users_are_in_the_audit_log(api: Api) -> None:
    new = {"username": "olga", "password": "a long password", "role": "viewer"}
    user = api.call("POST", "/api/v1/users", json=new).json()
    api.call("PATCH", f"/api/v1/users/{user['id']}", json={"role": "operator"})
    api.call("DELETE", f"/api/v1/users/{user['id']}")
    entries = api.call("GET", "/api/v1/audit", params={"subject": user["id"]}).json()["items"]
    assert [entry["action"] for entry in entries] == ["user.delete", "user.change", "user.add"]
    assert {entry["actor"] for entry in entries} == {"key:admin"}
    assert entries[1]["detail"]["role"] == "operator"


def test_only_listed_web_pages_may_call(make_api: Any) -> None:
    api = make_api(ApiSettings(cors_origins=("https://panel.example",)))
    asks = {"access-control-request-method": "GET"}
    for origin, allowed in (("https://panel.example", True), ("https://evil.example", False)):
        headers = {"origin": origin, **asks}
        answer = api.call("OPTIONS", "/api/v1/users", role="nobody", headers=headers)
        assert ("access-control-allow-origin" in answer.headers) is allowed
