"""What the application is told and what it is put together from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from lookout.faces.decision.decide import Rule
from lookout.faces.decision.negatives import Negatives
from lookout.faces.detections import Floats
from lookout.server.accounts.accounts import Accounts
from lookout.server.api.services.concurrency_limit import ConcurrencyLimit
from lookout.server.api.services.face_analyzer import FaceAnalyzer
from lookout.server.api.services.job_runner import JobRunner
from lookout.server.api.services.metrics import Metrics
from lookout.server.api.services.video_store import VideoStore
from lookout.server.gallery.people_index import PeopleIndex
from lookout.server.live.camera_board import ConnectedCamera
from lookout.server.storage.store import Store


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """no_auth: whoever asks may do everything; only for the loopback address.

    cors_origins: web pages of other addresses that may call, as `https://host:port`.
    """

    no_auth: bool = False
    cors_origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What the routes work with.

    cameras: those that have sent frames.
    negatives: faces that were said not to be somebody.
    reject: say that the faces (N, D) that a camera saw are not whom a label means or, with an empty
        label, of somebody to be ignored. Raises GalleryError or OSError.
    engines: the names of detector and encoder and what they compute on.
    video_folder: videos that lie in it may be recognised where they are.
    """

    store: Store
    accounts: Accounts
    analyzer: FaceAnalyzer
    known: PeopleIndex
    rule: Rule
    jobs: JobRunner
    videos: VideoStore
    engines: dict[str, str]
    cameras: Callable[[], Sequence[ConnectedCamera]] = tuple
    negatives: Callable[[], Negatives | None] = lambda: None
    video_folder: Path | None = None
    reject: Callable[[str, Floats, str], None] = lambda *_: None
    metrics: Metrics = field(default_factory=Metrics)
    video_uploads: ConcurrencyLimit = field(
        default_factory=lambda: ConcurrencyLimit(
            4, "four videos are being sent; try again in a moment"
        )
    )
    sign_ins: ConcurrencyLimit = field(
        default_factory=lambda: ConcurrencyLimit(
            8, "many people are signing in; try again in a moment"
        )
    )


def dependencies_of(request: Request) -> Dependencies:
    parts = request.app.state.parts
    if not isinstance(parts, Dependencies):
        raise TypeError("the application has no parts")
    return parts


Deps = Annotated[Dependencies, Depends(dependencies_of)]
"""The parts, as a parameter of a route."""
