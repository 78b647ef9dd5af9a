"""The settings of the application, and the parts that its routes work with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, NoReturn

from fastapi import Depends, Request

from lookout.faces.decision.negatives import Negatives, Rejection
from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Floats
from lookout.faces.errors import BadPeople
from lookout.faces.models.store import ModelStore
from lookout.server.accounts.accounts import Accounts
from lookout.server.accounts.tickets import Tickets
from lookout.server.accounts.trusted import Trust
from lookout.server.alerts.rules.observation import AlertPlace
from lookout.server.alerts.subscriptions import Knows, nobody_knows
from lookout.server.api.services.attribute_check import AttributeCheck
from lookout.server.api.services.camera_places import place_of
from lookout.server.api.services.challenges import Challenges
from lookout.server.api.services.concurrency_limit import ConcurrencyLimit
from lookout.server.api.services.deepfake_check import DeepfakeCheck
from lookout.server.api.services.face_analyzer import FaceAnalyzer
from lookout.server.api.services.job_runner import JobRunner
from lookout.server.api.services.metrics import Metrics
from lookout.server.api.services.video_store import VideoStore
from lookout.server.cameras.directory import CameraDirectory
from lookout.server.cameras.hub import CameraHub
from lookout.server.cameras.probe import ProbeVerdict, probe
from lookout.server.cameras.rendering import Rendering
from lookout.server.events.envelope import EnvelopeMaker
from lookout.server.events.feed import EventFeed
from lookout.server.gallery.people_index import PeopleIndex
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.live.camera_board import ConnectedCamera
from lookout.server.live.camera_names import CameraNames
from lookout.server.movement.face_index import FaceIndex
from lookout.server.movement.learned import LearnedTravel
from lookout.server.storage.camera_records import CameraRecord
from lookout.server.storage.store import Store

MOST_LOOKS = 2
"""Looks at cameras that are to be entered, each a process or a wait for the network."""
MOST_VIEWERS = 32
"""Connections that watch cameras at a time: one for each page that is open."""


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """no_auth: everybody may do everything; only for the loopback address.

    cors_origins: web pages of other addresses that may call, as `https://host:port`.
    allowed_hosts: names of this server, in lower case, for requests without a key.
    trust: the addresses that need no key.
    base_path: the path of a reverse proxy under which everything is served, such as `/lookout`.
    recheck_s: so often sockets look up whether their client may still listen.
    """

    no_auth: bool = False
    cors_origins: tuple[str, ...] = ()
    allowed_hosts: frozenset[str] = frozenset()
    trust: Trust = field(default_factory=Trust)
    base_path: str = ""
    recheck_s: float = 5.0


def _no_gallery(*_: object) -> NoReturn:
    raise BadPeople("there is no gallery whose faces could be rejected")


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The parts that the routes work with.

    hub: all cameras. cameras: those that have sent frames. camera_names: the owners of their names.
    reject: records that the faces (N, D) that a camera saw are not the person with this label or,
        with an empty label, are to be ignored. Raises GalleryError or OSError.
    rejections: what was rejected and is not taken back, the oldest first.
    take_back: takes back the rejection of that time. Raises BadPeople if there is none; also
        GalleryError and OSError.
    seen_faces: the faces of all sightings. travel: the times between cameras, as learned.
    feed: what happens, as it happens. alert_folder: where alerts are logged in files.
    federated_folder: of the federation, if this machine has a part in one.
    knows: whether a user may know of a camera.
    challenges: those of liveness that are under way.
    video_folder: videos in this folder may be recognized where they lie.
    estimates: clients may ask for age and gender.
    model_store: the registry of models as it is now, and their files. Raises ModelError.
    vectors: how the vector engine stands, in words; None without one.
    stream: puts a picture and the name of its source into Kafka, and returns the picture's id; None
        without Kafka. Raises StreamError.
    """

    store: Store
    accounts: Accounts
    recognition: RecognitionContext
    analyzer: FaceAnalyzer
    known: PeopleIndex
    jobs: JobRunner
    videos: VideoStore
    hub: CameraHub
    seen_faces: FaceIndex
    travel: LearnedTravel
    feed: EventFeed
    alert_folder: Path
    federated_folder: Path
    rendering: Rendering = field(default_factory=Rendering)
    cameras: Callable[[], Sequence[ConnectedCamera]] = tuple
    knows: Knows = nobody_knows
    camera_names: CameraNames = field(default_factory=CameraNames)
    video_folder: Path | None = None
    estimates: bool = False
    model_store: Callable[[], ModelStore] = ModelStore.from_environment
    reject: Callable[[str, Floats, str], Rejection] = _no_gallery
    rejections: Callable[[], Sequence[Rejection]] = tuple
    take_back: Callable[[float], Rejection] = _no_gallery
    stream: Callable[[bytes, str], Awaitable[str]] | None = None
    vectors: Callable[[], str | None] = lambda: None
    challenges: Challenges = field(default_factory=lambda: Challenges(0.6))
    metrics: Metrics = field(default_factory=Metrics)
    tickets: Tickets = field(default_factory=Tickets)
    video_uploads: ConcurrencyLimit = field(
        default_factory=lambda: ConcurrencyLimit(
            4, "four videos are being sent; try again in a moment"
        )
    )
    viewers: ConcurrencyLimit = field(
        default_factory=lambda: ConcurrencyLimit(
            MOST_VIEWERS, f"{MOST_VIEWERS} pages are watching cameras; close one of them"
        )
    )
    probe: Callable[[CameraRecord], ProbeVerdict] = probe
    camera_looks: ConcurrencyLimit = field(
        default_factory=lambda: ConcurrencyLimit(
            MOST_LOOKS, "two cameras are being tested or looked for; try again in a moment"
        )
    )
    sign_ins: ConcurrencyLimit = field(
        default_factory=lambda: ConcurrencyLimit(
            8, "many people are signing in; try again in a moment"
        )
    )

    @property
    def deepfake(self) -> DeepfakeCheck:
        """What looks for signs of made faces."""
        return DeepfakeCheck(self.recognition.models, self.model_store)

    @property
    def attributes(self) -> AttributeCheck:
        """What looks for pose, mask, age and gender."""
        return AttributeCheck(self.recognition.models, self.model_store, estimates=self.estimates)

    @property
    def directory(self) -> CameraDirectory:
        """The ids of cameras."""
        return self.hub.directory

    def places(self, camera: str) -> AlertPlace | None:
        """Where the camera of this name is; None where that is not known."""
        return place_of(self.hub.directory, camera)

    @property
    def envelopes(self) -> EnvelopeMaker:
        """The writer of events as JSON."""
        return EnvelopeMaker(self.store, self.directory)

    @property
    def rule(self) -> Rule:
        return self.recognition.rule

    def negatives(self) -> Negatives | None:
        """The rejected and ignored faces of now."""
        return self.recognition.negatives()


def dependencies_of(request: Request) -> Dependencies:
    parts = request.app.state.parts
    if not isinstance(parts, Dependencies):
        raise TypeError("the application was made without its dependencies")
    return parts


Deps = Annotated[Dependencies, Depends(dependencies_of)]
"""The dependencies, as a parameter of a route."""
