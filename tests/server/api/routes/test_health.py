"""The application lives, says so, counts, and tells every error in one form."""

from __future__ import annotations

import pytest

from lookout.faces.protocols import Detector, Encoder
from lookout.server.api.security.authorization import Guarded
from lookout.server.inference.recognition import described
from tests.support.api import Api


def test_health_and_readiness_need_no_sign_in(api: Api, engines: tuple[Detector, Encoder]) -> None:
    health = api.call("GET", "/healthz", role="nobody")
    assert health.status_code == 200
    assert health.json() == {
        "status": "ok",
        "engines": {"detector": "hog", "encoder": described(engines[1])},
    }
    assert api.call("GET", "/readyz", role="nobody").json() == {"ready": True, "reason": None}


def test_a_server_whose_store_is_gone_is_not_ready(api: Api) -> None:
    api.store.close()
    answer = api.call("GET", "/readyz", role="nobody")
    assert answer.status_code == 503
    assert answer.json()["reason"]


def test_metrics_count_requests_by_route_and_not_by_path(api: Api) -> None:
    api.call("GET", "/healthz", role="nobody")
    api.call("GET", "/no/such/path", role="nobody")
    text = api.call("GET", "/metrics").text
    assert 'lookout_http_requests_total{method="GET",route="/healthz",status="200"} 1.0' in text
    assert 'route="none",status="404"} 1.0' in text
    assert "/no/such/path" not in text


def test_errors_have_one_envelope_and_the_id_that_the_client_sent(api: Api) -> None:
    answer = api.call("GET", "/no/such", headers={"x-request-id": "mine-1"})
    assert answer.status_code == 404
    assert answer.headers["x-request-id"] == "mine-1"
    assert answer.json() == {
        "error": {"code": "not_found", "message": "Not Found", "details": {}},
        "request_id": "mine-1",
    }


def test_an_id_that_could_forge_a_line_of_the_log_is_replaced(api: Api) -> None:
    answer = api.call("GET", "/healthz", headers={"x-request-id": "a" * 100})
    assert answer.headers["x-request-id"] != "a" * 100


def test_every_answer_has_the_security_headers(api: Api) -> None:
    for path in ("/healthz", "/no/such", "/docs"):
        headers = api.call("GET", path, role="nobody").headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in headers["content-security-policy"]


def test_the_page_of_the_api_loads_nothing_from_elsewhere(api: Api) -> None:
    page = api.call("GET", "/docs", role="nobody").text
    assert "http://" not in page
    assert "https://" not in page
    assert api.call("GET", "/docs/static/swagger-ui-bundle.js", role="nobody").status_code == 200
    assert "paths" in api.call("GET", "/openapi.json", role="nobody").json()


def test_the_page_of_documentation_works_under_the_path_of_a_proxy(api: Api) -> None:
    page = api.call("GET", "/docs", role="nobody").text
    page += api.call("GET", "/docs/start.js", role="nobody").text
    assert '"docs/start.js"' in page
    assert '"openapi.json"' in page
    assert '"/' not in page, "an absolute address"


def test_a_compressed_body_is_refused_before_it_is_unpacked(api: Api) -> None:
    answer = api.call("GET", "/healthz", headers={"content-encoding": "gzip"})
    assert answer.status_code == 415


def test_a_route_that_does_not_say_who_may_call_it_cannot_be_built() -> None:
    with pytest.raises(TypeError, match="who may call it"):
        Guarded("/open", lambda: None)
