"""The networks over HTTP: what there is, what is loaded, and their installation as a job."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.support.waiting import wait_until
from lookout.faces.models.entry import ModelEntry, ModelFile
from lookout.faces.models.pins import read_pins, with_pins
from lookout.faces.models.store import ModelStore
from lookout.server.api.services.model_watch import ModelMetrics, tell_of_model
from tests.support.api import Api
from tests.support.file_server import serving

MakeApi = Callable[..., Api]
CONTENT = b"weights " * 1000
HASH = hashlib.sha256(CONTENT).hexdigest()


class Toy:
    name = "toy"


def entry(name: str, file: ModelFile, *, commercial: bool = True) -> ModelEntry:
    return ModelEntry(name, "deepfake", (file,), "MIT", commercial, "here", "m", "i", "o")


def api_with(make_api: MakeApi, folder: Path, *entries: ModelEntry) -> Api:
    pins, cache = folder / "pinned-models.json", folder / "models"

    def store() -> ModelStore:
        confirmed = read_pins(pins)
        known = {one.name: with_pins(one, confirmed) for one in entries}
        return ModelStore(known, (cache,), cache, pins)

    return make_api(model_store=store)


def ended(api: Api, answer: Any) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = {}

    def has_ended() -> bool:
        found.update(api.call("GET", f"/api/v1/jobs/{answer.json()['id']}").json())
        return found["state"] in ("done", "failed", "cancelled")

    wait_until(has_ended, 30.0, "the end of the job")
    return found


def model(api: Api, name: str) -> dict[str, Any]:
    models = api.call("GET", "/api/v1/models", role="viewer").json()["models"]
    return next(dict(one) for one in models if one["name"] == name)


def test_a_model_is_installed_verified_and_removed_by_jobs(
    make_api: MakeApi, tmp_path: Path
) -> None:
    with serving({"net.onnx": CONTENT}) as address:
        file = ModelFile("net.onnx", HASH, len(CONTENT), f"{address}/net.onnx")
        api = api_with(make_api, tmp_path, entry("net", file))
        assert not model(api, "net")["here"]
        job = ended(api, api.call("POST", "/api/v1/models/net/install", json={}))
        assert (job["state"], job["result"]) == ("done", {"installed": True, "files": ["net.onnx"]})
        assert (job["done"], job["total"]) == (len(CONTENT), len(CONTENT))
    assert model(api, "net")["here"]
    job = ended(api, api.call("POST", "/api/v1/models/net/verify"))
    assert job["result"] == {"files": ["net.onnx"]}
    (tmp_path / "models" / "net.onnx").write_bytes(b"swapped")
    job = ended(api, api.call("POST", "/api/v1/models/net/verify"))
    assert job["state"] == "failed"
    assert "is not the net that the registry knows" in job["error"]
    job = ended(api, api.call("DELETE", "/api/v1/models/net"))
    assert job["result"] == {"files": ["net.onnx"]}
    assert not model(api, "net")["here"]


def test_a_hash_that_nobody_publishes_is_shown_and_holds_once_it_is_confirmed(
    make_api: MakeApi, tmp_path: Path
) -> None:
    with serving({"net.onnx": CONTENT}) as address:
        file = ModelFile("net.onnx", "", 0, f"{address}/net.onnx")
        api = api_with(make_api, tmp_path, entry("net", file))
        assert not model(api, "net")["confirmed"]
        job = ended(api, api.call("POST", "/api/v1/models/net/install", json={}))
        assert job["result"]["unconfirmed"] == {"net.onnx": HASH}
        assert not model(api, "net")["here"]
        confirmed = {"confirm": [HASH]}
        job = ended(api, api.call("POST", "/api/v1/models/net/install", json=confirmed))
    assert job["result"]["installed"]
    assert (model(api, "net")["here"], model(api, "net")["confirmed"]) == (True, True)


def test_the_terms_of_weights_for_non_commercial_use_have_to_be_accepted(
    make_api: MakeApi, tmp_path: Path
) -> None:
    file = ModelFile("net.onnx", HASH, 0, "https://example.org/net.onnx")
    api = api_with(make_api, tmp_path, entry("net", file, commercial=False))
    job = ended(api, api.call("POST", "/api/v1/models/net/install", json={}))
    assert job["state"] == "failed"
    assert "may not be used commercially" in job["error"]


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_only_an_administrator_changes_what_is_installed(make_api: MakeApi, role: str) -> None:
    api = make_api()
    for method, path in (
        ("POST", "/api/v1/models/yunet/install"),
        ("POST", "/api/v1/models/yunet/verify"),
        ("DELETE", "/api/v1/models/yunet"),
    ):
        assert api.call(method, path, role=role, json={}).status_code == 403
    assert api.call("POST", "/api/v1/models/no-such/verify").status_code == 404


def test_what_the_cameras_need_is_not_removed(make_api: MakeApi) -> None:
    api = make_api()
    api.parts.recognition.models.keep(lambda: _Named("dlib-128+reid-0095"))
    answer = api.call("DELETE", "/api/v1/models/reid-0095")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "model_in_use")


class _Named:
    def __init__(self, name: str) -> None:
        self.name = name


def test_what_is_loaded_shows_in_the_list_the_metrics_and_the_events(make_api: MakeApi) -> None:
    api = make_api()
    models = api.parts.recognition.models
    api.parts.metrics.registry.register(ModelMetrics(models))
    models.listen(functools.partial(tell_of_model, api.parts.feed))
    with models.use("toy", Toy):
        pass
    (network,) = api.call("GET", "/api/v1/models").json()["networks"]
    assert (network["name"], network["loaded"], network["kept"]) == ("toy", True, False)
    assert (network["uses"], network["loads"], network["reloads"]) == (1, 1, 0)
    assert network["last_used_at"] is not None
    text = api.call("GET", "/metrics").text
    assert 'lookout_model_loaded{model="toy"} 1.0' in text
    assert 'lookout_model_uses_total{model="toy"} 1.0' in text

    models.unload("toy")
    assert 'lookout_model_loaded{model="toy"} 0.0' in api.call("GET", "/metrics").text
    events = api.call("GET", "/api/v1/events").json()["items"]
    told = [one for one in events if one["type"].startswith("model.")]
    assert [one["type"] for one in told] == ["model.unloaded", "model.loaded"]
    assert all(one["detail"]["model"] == "toy" for one in told)
