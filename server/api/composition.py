"""The composition of the HTTP side: its port, its store, its threads, and the application."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from lookout.faces.decision.negatives import Rejection
from lookout.faces.detections import Floats
from lookout.faces.gallery.coverage import Known
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Encoder
from lookout.server.accounts.accounts import Accounts
from lookout.server.accounts.edge_keys import EdgeKeys
from lookout.server.accounts.trusted import Trust
from lookout.server.alerts.keeper import Keeper
from lookout.server.api.application import make_app
from lookout.server.api.dependencies import ApiSettings, Dependencies
from lookout.server.api.http_server import HttpServer
from lookout.server.api.mqtt_bridge import open_bridge
from lookout.server.api.services.camera_places import place_of
from lookout.server.api.services.challenges import Challenges
from lookout.server.api.services.face_analyzer import FaceAnalyzer
from lookout.server.api.services.first_password import hand_over
from lookout.server.api.services.job_runner import JobRunner
from lookout.server.api.services.metrics import Metrics
from lookout.server.api.services.model_watch import ModelMetrics, tell_of_model
from lookout.server.api.services.user_knowledge import knowing
from lookout.server.api.services.video_store import VideoStore
from lookout.server.api.sharing import Sharing
from lookout.server.api.streams import OpenStreams, open_streams
from lookout.server.api.vectors import open_mirror
from lookout.server.cameras.camera_file import CameraFile
from lookout.server.cameras.directory import CameraDirectory
from lookout.server.cameras.hub import CameraHub
from lookout.server.cameras.lease_keeper import LeaseKeeper
from lookout.server.cameras.puller import open_puller
from lookout.server.cameras.rendering import Rendering
from lookout.server.cameras.views import LiveViews
from lookout.server.enrolment.correction_handler import LOCK_TIMEOUT_S
from lookout.server.events.feed import EventFeed
from lookout.server.gallery.gallery_watch import GalleryWatch
from lookout.server.gallery.negatives_watch import NegativesWatch
from lookout.server.gallery.people_index import PeopleIndex, unfiltered
from lookout.server.gallery.people_snapshot import names_known
from lookout.server.gallery.rejections import reject_encodings, take_back
from lookout.server.gallery.relabelling import Relabeller
from lookout.server.gallery.row_removal import drop_rows, galleries_of
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.live.camera_board import CameraBoard
from lookout.server.live.camera_claims import CameraClaims, Unshared
from lookout.server.live.camera_names import CameraNames
from lookout.server.live.clock import unix_s
from lookout.server.movement.chainer import VisitChainer
from lookout.server.movement.face_index import FaceIndex
from lookout.server.movement.learned import LearnedTravel
from lookout.server.movement.visit_recorder import VisitRecorder
from lookout.server.settings import ServerSettings
from lookout.server.sightings.camera_log import CameraLog
from lookout.server.sightings.recorder import Recorder
from lookout.server.sightings.sighting_writer import SightingWriter
from lookout.server.sightings.track_summary import BoxShares
from lookout.server.sightings.unknown_clusters import UnknownClusters
from lookout.server.sightings.watcher import Watcher
from lookout.server.storage.backup import ALERT_LOGS
from lookout.server.storage.choice import store_environment
from lookout.server.storage.errors import StorageError
from lookout.server.storage.lock import ServerLock
from lookout.server.storage.opening import open_store
from lookout.server.storage.retention_thread import RetentionThread
from lookout.server.storage.store import Store
from lookout.server.threads.lifecycle import Closable, Startable, close_all
from lookout.server.vectors.metrics import VectorMetrics
from lookout.server.vectors.mirror import VectorMirror

log = logging.getLogger(__name__)

_CAMERA_NAMES = "camera.names"


@contextlib.contextmanager
def open_web(settings: ServerSettings, listener: socket.socket) -> Iterator[Web]:
    """The store, before any network is loaded; `listener` is bound to the address. Raises
    StorageError, one line for people."""
    environment = store_environment(settings.store, settings.keys, os.environ)
    with (
        ServerLock(settings.data),
        open_store(settings.data, environment) as store,
        contextlib.closing(VideoStore(settings.data)) as videos,
    ):
        yield Web(settings, listener, store, videos)


class Web:
    """The HTTP side of the server (`server.web.WebSide`). The event loop's thread only."""

    keeps_people = True

    def __init__(
        self,
        settings: ServerSettings,
        listener: socket.socket,
        store: Store,
        videos: VideoStore,
    ) -> None:
        self._settings = settings
        self._listener = listener
        self._store = store
        self._videos = videos
        self._accounts = Accounts(store)
        self._keeper: Keeper | None = None
        self._directory: CameraDirectory | None = None
        self._watcher = Watcher(areas=self._zones_at)
        self._feed = EventFeed(store)
        self._jobs = JobRunner(self._feed.publish)
        self._people: PeopleIndex | None = None
        self._mirror: VectorMirror | None = None
        self._streams = OpenStreams()
        self._server: HttpServer | None = None
        self._parts: list[Closable] = [self._jobs]
        self.edge_keys = EdgeKeys(self._accounts.keys)
        self.camera_names = CameraNames(
            store.settings.get(_CAMERA_NAMES), self._accounts.keys.is_valid
        )
        self._leases = LeaseKeeper(store.leases, self._camera_id) if store.is_shared else None
        self.claims: CameraClaims = self._leases or Unshared()
        self._sharing = Sharing(store, settings, self._leases)
        self.observers = (self._watcher,)

    def open_people(self, encoder: Encoder, file: GalleryWatch) -> Callable[[], Gallery]:
        """The gallery of the people in the store and in the watched file. Raises StorageError."""
        self._sharing.share_calibration(encoder)
        mirror = open_mirror(self._settings.vectors, self._store, encoder)
        self._mirror = mirror
        relabeller = Relabeller(self._settings.encodings, self._store.settings)
        people = PeopleIndex(
            self._store,
            encoder,
            file.newest,
            functools.partial(drop_rows, self._settings.encodings, encoder),
            relabeller,
            match=self._settings.match,
            on_forget=file.forgotten.add,
            all_files=functools.partial(galleries_of, self._settings.encodings),
            prefilter=unfiltered if mirror is None else mirror.prefiltered,
            rejected_at=relabeller.times_of,
            taken=self._sharing.taken_rows(),
        )
        self._people = people
        return lambda: people.snapshot().by_label

    def liveness_at(self, camera: str) -> str | None:
        """What the camera of this name demands of liveness. Any thread; touches no store."""
        return None if self._directory is None else self._directory.liveness_of(camera)

    def known(self, in_files: Known) -> Known:
        """The names in the store that each encoder has learnt. Raises StorageError."""
        return names_known(self._store, in_files)

    async def start(
        self,
        recognition: RecognitionContext,
        rejected: NegativesWatch,
        cameras: CameraBoard,
        views: LiveViews,
    ) -> Sequence[Startable]:
        """Begins to serve; returns the threads that keep the people and write to the store."""
        if self._people is None:
            raise RuntimeError("open_people comes before start")
        first = self._accounts.first_admin(time.time())
        if first is not None:
            hand_over(first, self._settings.data, sys.stdout)
        self._jobs.start()
        self._directory = directory = CameraDirectory(self._store.cameras)
        file = CameraFile(self._settings.cameras_file)
        pulled = open_puller(directory, views, self._settings.decoding, file, self.claims)
        hub = CameraHub(
            directory, cameras, views, self.camera_names, pulled, publish=self._feed.publish
        )
        self._keeper = keeper = Keeper(
            self._store,
            self._feed,
            hub.directory,
            self._settings.data / ALERT_LOGS,
            places=lambda camera: place_of(hub.directory, camera),
            knows=knowing(self._accounts, hub.directory, no_auth=self._settings.no_auth),
            on_duty=self._sharing.on_duty("alerts"),
        )
        faces = FaceIndex(self._store.faces, recognition.encoder.name)
        app = make_app(
            self._api_settings(),
            self._dependencies(recognition, self._people, rejected, cameras, hub, faces),
        )
        self._server = HttpServer(
            app, self._listener, self._settings.tls_cert, self._settings.tls_key
        )
        host, port = await self._server.start()
        log.info(
            "HTTP API on %s port %d, %s",
            host,
            port,
            "WITHOUT sign-in" if self._settings.no_auth else "with sign-in",
        )
        return (
            self._people,
            *(() if self._mirror is None else (self._mirror,)),
            *open_bridge(self._settings.mqtt, self._store, self._feed, hub.directory, cameras),
            *self._streams.threads,
            pulled,
            *(() if self._leases is None else (self._leases,)),
            *self._sharing.threads(self._feed, recognition.encoder, rejected),
            self._recorder(recognition, self._people, cameras, hub),
            VisitRecorder(self._store, VisitChainer(self._store)),
            faces,
            keeper,
            RetentionThread(
                self._store,
                self._settings.retention,
                self._expire,
                clock_is_right=self._settings.clock_is_right,
            ),
        )

    def _api_settings(self) -> ApiSettings:
        settings = self._settings
        for trusted in settings.trusted:
            log.warning("TRUSTED without a key: %s", trusted)
        return ApiSettings(
            no_auth=settings.no_auth,
            cors_origins=settings.cors_origins,
            allowed_hosts=frozenset(settings.http_hosts),
            trust=Trust(settings.trusted, settings.trusted_proxies),
            base_path=settings.base_path,
        )

    async def stop(self) -> None:
        """Stops listening and ends the requests that are under way."""
        if self._server is not None:
            await self._server.close()

    def close(self, timeout_s: float) -> bool:
        """Call after `stop`. False if a thread is still inside a network after `timeout_s`."""
        return close_all(self._parts, timeout_s)

    def _dependencies(
        self,
        recognition: RecognitionContext,
        people: PeopleIndex,
        rejected: NegativesWatch,
        cameras: CameraBoard,
        hub: CameraHub,
        faces: FaceIndex,
    ) -> Dependencies:
        metrics, rendering = Metrics(), Rendering()
        metrics.registry.register(ModelMetrics(recognition.models))
        if self._mirror is not None:
            metrics.registry.register(VectorMetrics(self._mirror))
        recognition.models.listen(functools.partial(tell_of_model, self._feed))
        self._streams = open_streams(
            self._settings.kafka, self._store, self._settings.data, metrics
        )
        analyzer = FaceAnalyzer(
            recognition.detector,
            recognition.encoder,
            metrics,
            recognition.landmarks,
            recognition.liveness,
        )
        self._parts += [analyzer, rendering]
        return Dependencies(
            store=self._store,
            accounts=self._accounts,
            recognition=recognition,
            analyzer=analyzer,
            known=people,
            jobs=self._jobs,
            videos=self._videos,
            feed=self._feed,
            alert_folder=self._settings.data / ALERT_LOGS,
            federated_folder=self._settings.data / "federated",
            knows=knowing(self._accounts, hub.directory, no_auth=self._settings.no_auth),
            video_folder=self._settings.video_folder,
            estimates=self._settings.estimates,
            hub=hub,
            seen_faces=faces,
            travel=LearnedTravel(self._store),
            rendering=rendering,
            cameras=cameras.cameras,
            camera_names=self.camera_names,
            reject=self._reject(recognition.encoder, rejected),
            rejections=lambda: rejected.newest().rejections,
            take_back=self._take_back(recognition.encoder, rejected),
            stream=self._streams.send,
            vectors=lambda: None if self._mirror is None else self._mirror.words(),
            challenges=Challenges(recognition.encoder.tolerance, proofs=recognition.proofs),
            metrics=metrics,
        )

    def _recorder(
        self,
        recognition: RecognitionContext,
        people: PeopleIndex,
        cameras: CameraBoard,
        hub: CameraHub,
    ) -> Recorder:
        """The thread that writes down whom the watcher has seen."""
        encoder = recognition.encoder.name
        strangers = UnknownClusters(self._store, encoder, recognition.rule)
        writer = SightingWriter(
            self._store,
            encoder,
            people.snapshot,
            strangers,
            recognition.decide,
            recognition.liveness.demand_at,
        )

        def keep_names() -> None:
            self._keep_names()
            for camera in cameras.cameras():
                hub.directory.id_of(camera.name)

        lost_after_s = self._settings.camera_lost_s
        cameras_log = CameraLog(self._store, hub.sending, keep_names, unix_s, lost_after_s)
        return Recorder(self._watcher, writer, cameras_log)

    def _keep_names(self) -> None:
        names = self.camera_names.to_store()
        if names is None:
            return
        try:
            others = self._sharing.others(lambda: self._store.settings.get(_CAMERA_NAMES))
            self._store.settings.put(_CAMERA_NAMES, {**others, **names})
        except StorageError:
            self.camera_names.not_stored()
            raise

    def _camera_id(self, name: str) -> str:
        if self._directory is None:
            raise RuntimeError("leases are taken after `start`")
        return self._directory.id_of(name)

    def _zones_at(self, camera: str, box_shares: BoxShares) -> frozenset[str]:
        keeper = self._keeper
        return frozenset() if keeper is None else keeper.zones_at(camera, box_shares)

    def _reject(
        self, encoder: Encoder, rejected: NegativesWatch
    ) -> Callable[[str, Floats, str], Rejection]:
        def reject(label: str, encodings: Floats, camera: str) -> Rejection:
            file = self._settings.encodings
            rejection = reject_encodings(
                file, encoder, label, encodings, where=camera, timeout_s=LOCK_TIMEOUT_S
            )
            rejected.poll_soon()
            return rejection

        return reject

    def _take_back(
        self, encoder: Encoder, rejected: NegativesWatch
    ) -> Callable[[float], Rejection]:
        def undo(at_s: float) -> Rejection:
            file = self._settings.encodings
            rejection = take_back(file, encoder, at_s, timeout_s=LOCK_TIMEOUT_S)
            rejected.poll_soon()
            return rejection

        return undo

    def _expire(self, now_s: float) -> None:
        self._videos.expire()  # first: it needs no database, and makes room on a full disk
        self._accounts.tidy(now_s)
