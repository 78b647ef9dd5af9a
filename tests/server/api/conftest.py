"""The application on a store of its own, called without a socket, with real engines."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import skimage.data
from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from lookout.faces.decision.decide import Rule
from lookout.faces.decision.negatives import Negatives
from lookout.faces.detections import Image
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Detector, Encoder
from lookout.server.accounts.accounts import Accounts
from lookout.server.accounts.passwords import Passwords
from lookout.server.accounts.scopes import SCOPES, Principal
from lookout.server.api.application import make_app
from lookout.server.api.dependencies import ApiSettings, Dependencies
from lookout.server.api.services.face_analyzer import FaceAnalyzer
from lookout.server.api.services.job_runner import JobRunner
from lookout.server.api.services.metrics import Metrics
from lookout.server.api.services.video_store import VideoStore
from lookout.server.cameras.directory import CameraDirectory
from lookout.server.cameras.hub import CameraHub
from lookout.server.cameras.views import LiveViews
from lookout.server.events.feed import EventFeed
from lookout.server.gallery.people_index import PeopleIndex
from lookout.server.gallery.relabelling import Relabeller
from lookout.server.inference.landmark_model import LandmarkModel
from lookout.server.inference.liveness_check import LivenessCheck
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.live.camera_board import CameraBoard
from lookout.server.live.camera_names import CameraNames
from lookout.server.movement.face_index import FaceIndex
from lookout.server.movement.learned import LearnedTravel
from lookout.server.storage.records import Role
from lookout.server.storage.sqlite.store import SqliteStore, open_store
from tests.support.api import Api, encoded
from tests.support.server_fakes import DroppedFrames


@pytest.fixture(scope="session")
def astronaut_bgr() -> Image:
    """Eileen Collins, 512×320, one face at about (175, 76, 266, 167)."""
    return np.ascontiguousarray(skimage.data.astronaut()[:320, :, ::-1])


@pytest.fixture(scope="session")
def astronaut(astronaut_bgr: Image) -> bytes:
    return encoded(astronaut_bgr)


@pytest.fixture(scope="session")
def astronaut_again(astronaut_bgr: Image) -> bytes:
    """The same face in another picture: a little smaller and darker."""
    smaller = cv2.resize(astronaut_bgr, (480, 300), interpolation=cv2.INTER_AREA)
    return encoded(np.asarray(smaller * 0.9, np.uint8))


@pytest.fixture(scope="session")
def dads(data: Path) -> list[bytes]:
    """Two photographs of another person, 640 pixels."""
    found = []
    for number in (1, 2):
        image = cv2.imread(str(data / "families" / f"Family1-Dad{number}.jpg"))
        assert image is not None
        scale = 640 / max(image.shape[:2])
        found.append(encoded(np.asarray(cv2.resize(image, None, fx=scale, fy=scale), np.uint8)))
    return found


@pytest.fixture(scope="session")
def landscape() -> bytes:
    """A photograph without a face."""
    return encoded(np.ascontiguousarray(skimage.data.coffee()[:, :, ::-1]))


@pytest.fixture(scope="session")
def landmarks() -> LandmarkModel:
    """dlib's 68-point predictor, read once for all tests."""
    return LandmarkModel()


@pytest.fixture(scope="session")
def passwords() -> Passwords:
    """As Argon2id as the real ones, with as little memory as there can be."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


MakeApi = Callable[..., Api]


@pytest.fixture
def make_api(
    tmp_path: Path,
    engines: tuple[Detector, Encoder],
    landmarks: LandmarkModel,
    passwords: Passwords,
) -> Iterator[MakeApi]:
    with contextlib.ExitStack() as opened:

        def make(
            settings: ApiSettings | None = None,
            *,
            detector: Detector | None = None,
            negatives: Callable[[], Negatives | None] = lambda: None,
            liveness: LivenessCheck | None = None,
            **changes: Any,
        ) -> Api:
            store = opened.enter_context(open_store(tmp_path / "data", {}))
            detector, encoder = detector or engines[0], engines[1]
            accounts = Accounts(store, passwords)
            metrics = Metrics()
            check = liveness or LivenessCheck()
            looks = FaceAnalyzer(detector, encoder, metrics, landmarks, check)
            opened.callback(looks.close, 5.0)
            jobs = JobRunner(store.events.add)
            jobs.start()
            opened.callback(jobs.close, 30.0)
            empty = Gallery.empty(encoder.name, encoder.dimension)
            relabeller = Relabeller(tmp_path / "encodings.pkl", store.settings)
            known = PeopleIndex(
                store,
                encoder,
                lambda: empty,
                relabel=relabeller,
                rejected_at=relabeller.times_of,
            )
            recognition = RecognitionContext(
                detector,
                encoder,
                Rule.for_tolerance(encoder.tolerance),
                lambda: known.snapshot().by_label,
                negatives=negatives,
                landmarks=landmarks,
                liveness=check,
            )
            hub = _hub(store, changes)
            parts = Dependencies(
                store=store,
                accounts=accounts,
                recognition=recognition,
                analyzer=looks,
                known=known,
                jobs=jobs,
                hub=hub,
                seen_faces=FaceIndex(store.faces, encoder.name),
                travel=LearnedTravel(store),
                feed=EventFeed(store),
                alert_folder=tmp_path / "data" / "alerts",
                federated_folder=tmp_path / "data" / "federated",
                videos=opened.enter_context(contextlib.closing(VideoStore(tmp_path / "data"))),
                metrics=metrics,
            )
            app = make_app(settings or ApiSettings(), dataclasses.replace(parts, **changes))
            client = opened.enter_context(
                TestClient(app, "http://localhost", raise_server_exceptions=False)
            )
            return Api(
                app, store, tmp_path / "data", parts, client, {"nobody": {}, **_headers(accounts)}
            )

        yield make


@pytest.fixture
def api(make_api: MakeApi) -> Api:
    return make_api()


def _hub(store: SqliteStore, changes: dict[str, Any]) -> CameraHub:
    """The cameras of the store, and those of the board that a test hands over."""
    board = getattr(changes.get("cameras"), "__self__", None)
    if not isinstance(board, CameraBoard):
        board = CameraBoard(DroppedFrames())
    directory = CameraDirectory(store.cameras)
    names = changes.get("camera_names") or CameraNames()
    return CameraHub(directory, board, LiveViews(board), names, publish=store.events.add)


def _headers(accounts: Accounts) -> dict[str, dict[str, str]]:
    """An API key for each role: as good as a sign-in, and no password to compute."""
    admin = Principal("tests", "tests", SCOPES[Role.ADMIN])
    return {
        role.value: {
            "x-api-key": accounts.keys.create(role.value, SCOPES[role], admin, time.time())[1]
        }
        for role in Role
    }
