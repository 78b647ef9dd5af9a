"""Opens what the application stands on and runs it beside the socket service."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from lookout.faces.decision.decide import Decision, Probe, Rule, decide
from lookout.faces.detections import Floats
from lookout.faces.landmarks import Landmarker
from lookout.faces.protocols import Detector, Encoder
from lookout.server.accounts.accounts import Accounts, FirstAdmin
from lookout.server.accounts.edge_keys import EdgeKeys
from lookout.server.api.application import make_app
from lookout.server.api.dependencies import ApiSettings, Dependencies
from lookout.server.api.http_server import HttpServer
from lookout.server.api.services.face_analyzer import FaceAnalyzer
from lookout.server.api.services.job_runner import JobRunner
from lookout.server.api.services.metrics import Metrics
from lookout.server.api.services.video_store import VideoStore
from lookout.server.enrolment.correction_handler import LOCK_TIMEOUT_S
from lookout.server.gallery.gallery_watch import GalleryWatch
from lookout.server.gallery.negatives_watch import NegativesWatch
from lookout.server.gallery.people_index import PeopleIndex, drop_rows
from lookout.server.gallery.rejections import reject_encodings
from lookout.server.gallery.relabelling import relabel
from lookout.server.live.camera_board import CameraBoard
from lookout.server.settings import ServerSettings
from lookout.server.sightings.camera_log import CameraLog
from lookout.server.sightings.recorder import Recorder
from lookout.server.sightings.sighting_writer import SightingWriter
from lookout.server.sightings.unknown_clusters import UnknownClusters
from lookout.server.sightings.watcher import Watcher
from lookout.server.storage.retention_thread import RetentionThread
from lookout.server.storage.sqlite.store import SqliteStore, open_store
from lookout.server.transport.service import reserve

log = logging.getLogger(__name__)


@contextlib.contextmanager
def open_web(settings: ServerSettings) -> Iterator[Web]:
    """The port and the store, before any network is loaded.

    Raises CannotListen and StorageError, each one line for people.
    """
    with (
        reserve(settings.http_host, settings.http_port, "--http-port (or --no-http)") as listener,
        open_store(settings.data, os.environ) as store,
        contextlib.closing(VideoStore(settings.data)) as videos,
    ):
        yield Web(settings, listener, store, videos)


class Web:
    """The HTTP side of the server. The event loop's thread only."""

    def __init__(
        self,
        settings: ServerSettings,
        listener: socket.socket,
        store: SqliteStore,
        videos: VideoStore,
    ) -> None:
        self._settings = settings
        self._listener = listener
        self._store = store
        self._videos = videos
        self._accounts = Accounts(store)
        self.edge_keys = EdgeKeys(self._accounts.keys)
        self._looks: FaceAnalyzer | None = None
        self._jobs = JobRunner()
        self.watcher = Watcher()
        self._server: HttpServer | None = None

    def known(self, encoder: Encoder, watch: GalleryWatch) -> PeopleIndex:
        """Who is known, from the store and from the file that is watched. Raises StorageError."""
        return PeopleIndex(
            self._store,
            encoder,
            lambda: watch.gallery,
            lambda rows: drop_rows(self._settings.encodings, encoder, rows),
            lambda change: relabel(change, self._settings.encodings, encoder),
        )

    def recorder(
        self,
        encoder: Encoder,
        rule: Rule,
        known: PeopleIndex,
        rejected: NegativesWatch,
        cameras: CameraBoard,
    ) -> Recorder:
        """What writes down whom `watcher` has seen."""
        strangers = UnknownClusters(self._store, encoder.name, rule)

        def decide_anew(probes: Sequence[Probe]) -> Decision:
            return decide(probes, known.now().by_label, rule, rejected.negatives)

        return Recorder(
            self.watcher,
            SightingWriter(self._store, encoder.name, known.now, strangers, decide_anew),
            CameraLog(self._store, cameras.cameras),
        )

    def upkeep(self) -> RetentionThread:
        """What forgets by the rules of retention."""
        return RetentionThread(self._store, self._settings.retention, self._tidy)

    def _tidy(self, now_s: float) -> None:
        self._videos.expire(now_s)  # first: it needs no database, and makes room on a full disk
        self._accounts.tidy(now_s)

    async def start(
        self,
        detector: Detector,
        encoder: Encoder,
        landmarks: Callable[[], Landmarker],
        rule: Rule,
        known: PeopleIndex,
        rejected: NegativesWatch,
        cameras: CameraBoard,
        engines: dict[str, str],
    ) -> None:
        """Begin to serve."""
        first = self._accounts.first_admin(time.time())
        if first is not None:
            _tell(first)
        metrics = Metrics()
        self._looks = FaceAnalyzer(detector, encoder, metrics, landmarks)
        self._jobs.start()
        parts = Dependencies(
            store=self._store,
            accounts=self._accounts,
            analyzer=self._looks,
            known=known,
            rule=rule,
            jobs=self._jobs,
            videos=self._videos,
            video_folder=self._settings.video_folder,
            engines=engines,
            cameras=cameras.cameras,
            negatives=lambda: rejected.negatives,
            reject=self._reject(encoder, rejected),
            metrics=metrics,
        )
        app = make_app(ApiSettings(self._settings.no_auth, self._settings.cors_origins), parts)
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

    def _reject(
        self, encoder: Encoder, rejected: NegativesWatch
    ) -> Callable[[str, Floats, str], None]:
        def reject(label: str, encodings: Floats, camera: str) -> None:
            file = self._settings.encodings
            reject_encodings(
                file, encoder, label, encodings, where=camera, timeout_s=LOCK_TIMEOUT_S
            )
            rejected.look_soon()

        return reject

    async def stop(self) -> None:
        """Stop listening and end the requests that are under way."""
        if self._server is not None:
            await self._server.close()

    def close(self, timeout_s: float) -> bool:
        """Call after `stop`. False if a thread is still inside a network after `timeout_s`."""
        until_s = time.monotonic() + timeout_s
        ended = self._jobs.close(timeout_s)
        left_s = max(0.0, until_s - time.monotonic())
        return (self._looks is None or self._looks.close(left_s)) and ended


def _tell(first: FirstAdmin) -> None:
    # on the terminal and not in the log: the password is shown this once
    sys.stdout.write(
        f"\nThe first user of the HTTP API: {first.username}\n"
        f"with this password, shown only now: {first.password}\n\n"
    )
    sys.stdout.flush()
