"""Deep, broken and odd JSON at every route that takes a body: refused, never a failure."""

from __future__ import annotations

import pytest

from tests.support.api import Api

pytestmark = pytest.mark.long

BODIES = {
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"name":' * 50_000 + b"1" + b"}" * 50_000,
    "deep in a field": b'{"name": "A", "info": ' + b"[" * 2000 + b"]" * 2000 + b"}",
    "half a character in a key": b'{"name": "A", "info": {"\\ud800": "x"}}',
    "half a character": b'{"name": "\\ud83d", "subject": "\\ud83d", "userid": "\\ud83d"}',
    "not UTF-8": b'{"name": "Bj\xf6rn"}',
    "NaN": b'{"embeddings": [[NaN]]}',
    "a very long integer": b'{"embeddings": [[' + b"9" * 5000 + b"]]}",
    "cut off": b'{"name": "A',
    "nothing": b"",
}


def test_no_body_makes_the_server_fail(api: Api) -> None:
    routes = [
        (method.upper(), path.replace("{", "").replace("}", ""))
        for path, methods in api.app.openapi()["paths"].items()
        for method in methods.keys() & {"post", "put", "patch"}
    ]
    assert len(routes) > 25
    headers = {"content-type": "application/json"}
    failed = [
        f"{method} {path}: {kind}"
        for method, path in routes
        for kind, body in BODIES.items()
        if api.call(method, path, content=body, headers=headers).status_code >= 500
    ]
    assert not failed
