"""The server as a whole: its parts are opened, started, and closed again at the end."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
import resource
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lookout.faces.engine import open_encoder
from lookout.faces.gallery.encodings_file import FAMILY_ENCODER, file_for
from lookout.faces.gallery.match import MatchMode
from lookout.faces.memory import give_back
from lookout.faces.models.manager import ModelManager
from lookout.faces.protocols import Encoder
from lookout.faces.runtime.cores import usable_cores
from lookout.faces.runtime.session import RuntimeChoice
from lookout.server.cameras.views import LiveViews
from lookout.server.chosen_encoder import choose_encoder
from lookout.server.enrolment.correction_handler import CorrectionHandler
from lookout.server.enrolment.learner import Learner
from lookout.server.enrolment.photo_handler import DisabledHandler, PhotoHandler
from lookout.server.errors import CannotListen
from lookout.server.gallery.gallery_watch import GalleryWatch
from lookout.server.gallery.negatives_watch import NegativesWatch
from lookout.server.inference.batching import Batching
from lookout.server.inference.detector_process import open_isolated_detector
from lookout.server.inference.idle_models import IdleModels
from lookout.server.inference.liveness_check import open_check
from lookout.server.inference.open_rule import open_rule
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.inference.shared_engines import SharedDetector, SharedEncoder
from lookout.server.inference.wanted_encoders import wanted_encoders
from lookout.server.live.camera_board import CameraBoard, Condition
from lookout.server.live.pipeline import Pipeline
from lookout.server.live.scheduler import Scheduler
from lookout.server.live.track_history import TrackHistory
from lookout.server.remote.opening import Elsewhere
from lookout.server.settings import ServerSettings
from lookout.server.shutdown import Shutdown
from lookout.server.threads.lifecycle import Startable, close_all
from lookout.server.transport.service import Service, reserve
from lookout.server.transport.session_settings import SessionSettings
from lookout.server.web import NoWeb, WebSide
from lookout.wire.tls import server_context

log = logging.getLogger(__name__)

END_TIMEOUT_S = 1.2
"""For connections and threads together; what a native library is computing cannot be
interrupted."""
LATEST_END_S = 1.4
"""After it the process ends, whatever is still under way."""
MOST_DESCRIPTORS = 4096
"""What is asked of the system: connections of both ports, the store and the child processes need
some 500; systems give 1,024 unless they are asked."""


async def serve(settings: ServerSettings) -> int:
    """Serves until SIGTERM or SIGINT; returns the exit status, 1 if recognition broke down.

    Raises ServerError, FacesError or WireError, each one line for people, if it cannot start.
    """
    tls = None
    if settings.tls_cert is not None and settings.tls_key is not None:
        tls = server_context(settings.tls_cert, settings.tls_key)
    _raise_descriptors()
    with contextlib.ExitStack() as opened:
        listener = opened.enter_context(reserve(settings.host, settings.port))
        web = open_web_side(settings, opened)
        server = Server(settings, web)
        service = Service(server.session_settings, tls)
        return await server.run(service, listener)


def _raise_descriptors() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def open_web_side(settings: ServerSettings, opened: contextlib.ExitStack) -> WebSide:
    """The HTTP side, or its stand-in, and the log says why. Where nobody asked for the HTTP API, a
    port that cannot be used is no reason to do without live recognition."""
    if not settings.http:
        why = "--no-http" if settings.http_stated else "not installed: pip install '.[api]'"
        log.info("no HTTP API (%s)", why)
        return NoWeb()
    try:
        listener = reserve(settings.http_host, settings.http_port, "--http-port (or --no-http)")
    except CannotListen as error:
        if settings.http_stated:
            raise
        log.warning(
            "no HTTP API: %s. Edges are served without it, and people who were enrolled over HTTP "
            "are not known meanwhile",
            error,
        )
        return NoWeb()
    opened.enter_context(listener)
    # imported here, because the socket service needs nothing of the extra `api`
    try:
        from lookout.server.api.composition import open_web
    except ModuleNotFoundError as error:
        raise CannotListen(
            f"the HTTP API needs the package {error.name}: pip install '.[api]', "
            "or start with --no-http"
        ) from error
    return opened.enter_context(open_web(settings, listener))


def _shared_detector(
    settings: ServerSettings, elsewhere: Elsewhere, models: ModelManager, batching: Batching
) -> SharedDetector:
    opened = models.keep(
        lambda: elsewhere.detector(open_isolated_detector(settings.detector, settings.device))
    )
    return SharedDetector(opened, batching, models.count)


class Server:
    """The parts of the server, and their order. The event loop's thread only."""

    def __init__(self, settings: ServerSettings, web: WebSide) -> None:
        """Loads the networks and the gallery. Raises as `serve`."""
        self._settings = settings
        self._web = web
        batching = Batching()
        self._models = models = ModelManager(
            idle_s=settings.model_idle_s, budget_bytes=settings.model_memory_mb << 20
        )
        elsewhere = Elsewhere(settings.engine, wanted_encoders(settings)[0])
        detector = _shared_detector(settings, elsewhere, models, batching)
        choice = RuntimeChoice(settings.device, precision=settings.precision)
        self._opened = functools.cache(
            lambda name: SharedEncoder(
                models.keep(lambda: elsewhere.encoder(open_encoder(name, runtime=choice))),
                batching,
                models.count,
            )
        )
        chosen = choose_encoder(settings, detector, self._opened, web.known)
        encoder, self._completion = chosen.encoder, chosen.completion
        liveness = models.keep(
            lambda: open_check(settings.liveness, settings.device, web.liveness_at, models.count),
            counts=lambda check: check.looks,
        )
        # not before: until the networks are loaded, a signal ends the process at once
        self._shutdown = Shutdown()
        self._own_file = own = file_for(settings.encodings, encoder.name)
        self._rejected = rejected = NegativesWatch(settings.encodings, encoder)
        self._file = GalleryWatch(
            own,
            encoder,
            images=settings.images,
            portable=settings.encodings,
            clock_is_right=settings.clock_is_right,
            match=MatchMode.EXACT if web.keeps_people else settings.match,
        )
        gallery = web.open_people(encoder, self._file)  # before the rule: it may be a shared one
        self._recognition = RecognitionContext(
            detector,
            encoder,
            open_rule(settings, encoder),
            gallery=gallery,
            negatives=lambda: rejected.negatives,
            liveness=liveness,
            models=models,
        )
        for part, name in self._recognition.engine_names.items():
            log.info("%s: %s", part, name)
        self._history = TrackHistory()
        self._executor = ThreadPoolExecutor(usable_cores(), thread_name_prefix="images")
        self._scheduler = Scheduler(self._pipeline(batching), on_failure=self._shutdown.fail)
        self._cameras = CameraBoard(self._scheduler)
        self._views = LiveViews(self._cameras)
        self._photos = self._photo_handler()
        self._corrections = self._correction_handler()
        give_back()

    @property
    def session_settings(self) -> SessionSettings:
        return SessionSettings(
            frames=self._views,
            photos=self._photos,
            corrections=self._corrections,
            token=self._settings.token,
            keys=self._web.edge_keys,
            names=self._web.camera_names,
            claims=self._web.claims,
            load=self._load,
        )

    def _load(self) -> int:
        now_s = time.monotonic()
        return sum(one.condition(now_s) is Condition.ONLINE for one in self._cameras.cameras())

    async def run(self, service: Service, listener: socket.socket) -> int:
        """Runs everything until the server is to end; returns the exit status."""
        # before any edge is let in: making the first user keeps this thread busy for a while
        web_threads = await self._web.start(
            self._recognition, self._rejected, self._cameras, self._views
        )
        host, port = await service.start(listener)
        threads: list[Startable] = [
            *(self._file, self._rejected, self._scheduler, self._photos, self._corrections),
            *(self._completion, IdleModels(self._models)),
            *web_threads,
        ]
        for thread in threads:
            thread.start()
        _log_address(self._settings, host, port)

        await self._shutdown.requested.wait()
        log.info("ending")
        until_s = time.monotonic() + END_TIMEOUT_S
        self._end_at_the_latest()
        await asyncio.gather(service.close(), self._web.stop())
        self._close(threads, max(0.1, until_s - time.monotonic()))
        return self._shutdown.status

    def _end_at_the_latest(self) -> None:
        """Ends the process hard if something is still under way after LATEST_END_S: what is kept
        is safe at any time, and two seconds are promised."""
        timer = threading.Timer(LATEST_END_S, self._end_hard)
        timer.daemon = True
        timer.start()

    def _end_hard(self) -> None:
        log.warning("ended in the middle of something that took too long")
        logging.shutdown()
        os._exit(self._shutdown.status)

    def _close(self, threads: list[Startable], timeout_s: float) -> None:
        ended = close_all([*threads, self._web], timeout_s)
        self._executor.shutdown(wait=False, cancel_futures=True)
        if not ended:
            log.warning("ended in the middle of a computation that cannot be interrupted")
            logging.shutdown()
            # the usual exit would take the interpreter apart under a running native thread
            os._exit(self._shutdown.status)

    def _pipeline(self, batching: Batching) -> Pipeline:
        return Pipeline(
            self._recognition,
            executor=self._executor,
            turn=batching.first,
            observers=(self._history, *self._web.observers),
        )

    def _photo_handler(self) -> PhotoHandler | DisabledHandler:
        settings, recognition = self._settings, self._recognition
        if not settings.enrol:
            return DisabledHandler()
        learner = Learner(
            recognition.detector,
            recognition.encoder,
            self._own_file,
            settings.quality,
            recognition.landmarks,
            self._other_encoders,
            recognition.liveness,
            recognition.proofs,
        )
        return PhotoHandler(settings.images, learner, self._file.forgotten)

    def _other_encoders(self) -> dict[Path, Encoder]:
        """The encoders that learn with the one in use: dlib's, whose file is the portable one."""
        if self._recognition.encoder.name == FAMILY_ENCODER:
            return {}
        return {self._settings.encodings: self._opened(FAMILY_ENCODER)}

    def _correction_handler(self) -> CorrectionHandler | DisabledHandler:
        if not self._settings.enrol:
            return DisabledHandler()
        return CorrectionHandler(
            self._history,
            lambda: self._file.gallery,
            self._settings.encodings,
            self._recognition.encoder,
            self._rejected.poll_soon,
        )


def _log_address(settings: ServerSettings, host: str, port: int) -> None:
    if settings.open_to_the_network:
        log.warning(
            "OPEN: anyone who reaches %s port %d can use this server and see names; "
            "give it and the edges a --token",
            host,
            port,
        )
    log.info(
        "listening on %s port %d, %s, %s",
        host,
        port,
        "with a token" if settings.token else "without a token",
        "encrypted (TLS)" if settings.tls_cert else "not encrypted",
    )
