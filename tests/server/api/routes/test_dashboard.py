"""The dashboard as the server hands it out, and the cookie that keeps its user signed in."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie
from typing import Any

import pytest

from lookout.server.accounts.tokens import REFRESH_S
from lookout.server.api.security.sign_in_cookie import NAME
from lookout.server.storage.records import Role
from tests.support.api import Api

PASSWORD = "correct horse battery"


@pytest.fixture
def ada(api: Api) -> Api:
    api.parts.accounts.create_user("ada", PASSWORD, Role.OPERATOR, 1.0)
    return api


def sign_in(api: Api, **headers: str) -> Any:
    given = {"username": "ada", "password": PASSWORD, "cookie": True}
    return api.call("POST", "/api/v1/auth/login", role="nobody", json=given, headers=headers)


def refresh(api: Api, cookie: str | None = None) -> Any:
    api.client.cookies.clear()
    headers = {} if cookie is None else {"cookie": f"{NAME}={cookie}"}
    return api.call("POST", "/api/v1/auth/refresh", role="nobody", json={}, headers=headers)


def token(answer: Any) -> str:
    cookie = SimpleCookie(answer.headers["set-cookie"])
    return cookie[NAME].value


def test_the_page_runs_no_script_but_its_own_and_asks_nobody_else(api: Api) -> None:
    page = api.client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "://" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "<style" not in page.text
    assert re.findall(r"<script(?![^>]*\bsrc=)", page.text) == []


def test_what_the_page_names_may_be_kept_for_ever(api: Api) -> None:
    names = re.findall(r'(?:src|href)="\./(assets/[^"]+)"', api.client.get("/").text)
    assert len(names) >= 2
    for name in names:
        answer = api.client.get(f"/{name}")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_a_part_that_an_update_has_replaced_is_no_page(api: Api) -> None:
    answer = api.client.get("/assets/index-0000.js")
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-store"
    assert "html" not in answer.headers["content-type"]


@pytest.mark.parametrize("path", ["sw.js", "manifest.webmanifest", "icon.svg", "icon-192.png"])
def test_the_files_beside_the_page_are_asked_for_each_time(api: Api, path: str) -> None:
    answer = api.client.get(f"/{path}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("link", "place"),
    [
        ("/alerts?alert=alr_7", "./#/alerts?alert=alr_7"),
        (
            "/alerts?alert=//elsewhere.example/%0d%0aX: y",
            "./#/alerts?alert=%2F%2Felsewhere.example",
        ),
        ("/alerts", "./#/alerts"),
    ],
)
def test_the_link_in_a_message_leads_into_the_page_under_whatever_path(
    api: Api, link: str, place: str
) -> None:
    answer = api.client.get(link, follow_redirects=False)
    assert answer.status_code == 307
    assert answer.headers["location"].startswith(place)
    assert set(answer.headers) >= {"location"}
    assert "x" not in answer.headers


def test_a_browser_keeps_the_refresh_token_where_no_script_can_read_it(ada: Api) -> None:
    answer = sign_in(ada)
    assert answer.status_code == 200
    assert answer.json()["refresh_token"] == ""
    said = answer.headers["set-cookie"].lower()
    assert "httponly" in said
    assert "samesite=strict" in said
    assert f"max-age={int(REFRESH_S)}" in said
    assert "path=" not in said  # so it is for /api/v1/auth/ behind any prefix of a proxy
    assert "secure" not in said
    assert "secure" in sign_in(ada, origin="https://home.example").headers["set-cookie"].lower()


def test_the_cookie_serves_all_tabs_at_once(ada: Api) -> None:
    kept = token(sign_in(ada))
    for _ in range(3):  # as three tabs that are restored together
        answer = refresh(ada, kept)
        assert answer.status_code == 200
        headers = {"authorization": f"Bearer {answer.json()['access_token']}"}
        assert ada.call("GET", "/api/v1/auth/me", role="nobody", headers=headers).is_success
        assert token(answer)


@pytest.mark.parametrize("cookie", [None, "", "x.y.z"])
def test_without_the_cookie_there_is_no_session(ada: Api, cookie: str | None) -> None:
    answer = refresh(ada, cookie)
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


def test_signing_out_ends_the_session_of_the_cookie(ada: Api) -> None:
    first, second = sign_in(ada), sign_in(ada)
    headers = {"authorization": f"Bearer {first.json()['access_token']}"}
    answer = ada.call("POST", "/api/v1/auth/logout", role="nobody", headers=headers)
    assert answer.status_code == 204
    assert "max-age=0" in answer.headers["set-cookie"].lower()
    assert refresh(ada, token(first)).status_code == 401
    assert refresh(ada, token(second)).status_code == 200


def test_signing_out_everywhere_ends_every_session(ada: Api) -> None:
    first, second = sign_in(ada), sign_in(ada)
    headers = {"authorization": f"Bearer {first.json()['access_token']}"}
    path = "/api/v1/auth/logout?everywhere=true"
    assert ada.call("POST", path, role="nobody", headers=headers).status_code == 204
    assert refresh(ada, token(second)).status_code == 401


def test_a_refresh_token_without_a_cookie_still_serves_once(ada: Api) -> None:
    given = {"username": "ada", "password": PASSWORD}
    pair = ada.call("POST", "/api/v1/auth/login", role="nobody", json=given)
    assert "set-cookie" not in pair.headers
    body = {"refresh_token": pair.json()["refresh_token"]}
    first, again = (
        ada.call("POST", "/api/v1/auth/refresh", role="nobody", json=body) for _ in range(2)
    )
    assert first.status_code == 200
    assert again.status_code == 401
