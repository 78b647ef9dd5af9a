"""Puts the server together, runs it until it is told to stop, and takes it apart again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

from lookout.faces.engine import open_encoder
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Detector, Encoder
from lookout.faces.runtime.cores import usable_cores
from lookout.faces.runtime.session import RuntimeChoice, RuntimeFacts
from lookout.server.enrolment.correction_handler import CorrectionHandler
from lookout.server.enrolment.learner import Learner
from lookout.server.enrolment.photo_handler import DisabledHandler, PhotoHandler
from lookout.server.errors import CannotListen
from lookout.server.gallery.gallery_watch import GalleryWatch
from lookout.server.gallery.negatives_watch import NegativesWatch
from lookout.server.inference.batching import Batching
from lookout.server.inference.detector_process import open_isolated_detector
from lookout.server.inference.landmark_model import LandmarkModel
from lookout.server.inference.open_rule import open_rule
from lookout.server.inference.shared_engines import SharedDetector, SharedEncoder
from lookout.server.live.camera_board import CameraBoard
from lookout.server.live.pipeline import Pipeline
from lookout.server.live.scheduler import Scheduler
from lookout.server.live.track_history import TrackHistory
from lookout.server.settings import ServerSettings
from lookout.server.transport.service import Service, reserve
from lookout.wire.tls import server_context

if TYPE_CHECKING:
    from lookout.server.api.composition import Web

log = logging.getLogger(__name__)

END_TIMEOUT_S = 1.5
"""For all threads together; what a native library is computing cannot be interrupted."""


async def serve(settings: ServerSettings) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit status, 1 if recognition broke down.

    Raises ServerError, FacesError or WireError, each one line for people, if it cannot start.
    """
    tls = None
    if settings.tls_cert is not None and settings.tls_key is not None:
        tls = server_context(settings.tls_cert, settings.tls_key)
    with contextlib.ExitStack() as opened:
        listener = opened.enter_context(reserve(settings.host, settings.port))
        web = opened.enter_context(_open_web(settings)) if settings.http else None
        batching = Batching()
        detector = open_isolated_detector(settings.detector, settings.device)
        encoder = open_encoder(
            settings.encoder, runtime=RuntimeChoice(settings.device, precision=settings.precision)
        )
        log.info("detector: %s", _in_words(detector))
        log.info("encoder: %s", _in_words(encoder))
        return await _serve(
            settings,
            listener,
            tls,
            SharedDetector(detector, batching),
            SharedEncoder(encoder, batching),
            batching,
            web,
            {"detector": _in_words(detector), "encoder": _in_words(encoder)},
        )


def _open_web(settings: ServerSettings) -> contextlib.AbstractContextManager[Web]:
    # imported here, because the socket service needs nothing of the extra `api`
    try:
        from lookout.server.api.composition import open_web
    except ModuleNotFoundError as error:
        raise CannotListen(
            f"the HTTP API needs the package {error.name}: pip install '.[api]', "
            "or start with --no-http"
        ) from error
    return open_web(settings)


async def _serve(
    settings: ServerSettings,
    listener: socket.socket,
    tls: ssl.SSLContext | None,
    detector: Detector,
    encoder: Encoder,
    batching: Batching,
    web: Web | None,
    engines: dict[str, str],
) -> int:
    ending = _Ending(asyncio.get_running_loop())
    watch = GalleryWatch(settings.encodings, encoder, images=settings.images, match=settings.match)
    rule = open_rule(settings, encoder)
    rejected = NegativesWatch(settings.encodings, encoder)
    known = None if web is None else web.known(encoder, watch)

    def gallery() -> Gallery:
        return watch.gallery if known is None else known.now().by_label

    landmarks = LandmarkModel()
    recent = TrackHistory()
    hands = ThreadPoolExecutor(usable_cores(), thread_name_prefix="pictures")
    pipeline = Pipeline(
        detector,
        encoder,
        gallery,
        rule,
        negatives=lambda: rejected.negatives,
        hands=hands,
        turn=batching.first,
        observers=(recent,) if web is None else (recent, web.watcher),
    )
    scheduler = Scheduler(pipeline, on_failure=ending.broken)
    enrolment: PhotoHandler | DisabledHandler = DisabledHandler()
    corrections: CorrectionHandler | DisabledHandler = DisabledHandler()
    if settings.enrol:
        learner = Learner(detector, encoder, settings.encodings, settings.quality, landmarks)
        enrolment = PhotoHandler(settings.images, learner)
        corrections = CorrectionHandler(
            recent, lambda: watch.gallery, settings.encodings, encoder, rejected.look_soon
        )
    cameras = CameraBoard(scheduler)
    service = Service(
        cameras,
        enrolment,
        corrections,
        token=settings.token,
        tls=tls,
        keys=None if web is None else web.edge_keys,
    )
    # before any edge is let in: making the first user keeps this thread busy for a while
    if web is not None and known is not None:
        await web.start(detector, encoder, landmarks, rule, known, rejected, cameras, engines)
    host, port = await service.start(listener)
    threads: list[_Part] = [watch, rejected, scheduler, enrolment, corrections]
    if web is not None and known is not None:
        threads += [known, web.recorder(encoder, rule, known, rejected, cameras), web.upkeep()]
    for thread in threads:
        thread.start()
    _say_hello(settings, host, port)

    await ending.told.wait()
    log.info("ending")
    await service.close()
    if web is not None:
        await web.stop()
    until_s = time.monotonic() + END_TIMEOUT_S
    parts: list[_Ends] = [*threads] if web is None else [*threads, web]
    ended = [part.close(max(0.0, until_s - time.monotonic())) for part in parts]
    hands.shutdown(wait=False, cancel_futures=True)
    if not all(ended):
        log.warning("ended in the middle of a computation that cannot be interrupted")
        logging.shutdown()
        # leaving by the usual way would take the interpreter apart under a running native thread
        os._exit(ending.status)
    return ending.status


class _Ends(Protocol):
    """What has threads; `close` is False if one of them has not ended after `timeout_s`."""

    def close(self, timeout_s: float) -> bool: ...


class _Part(_Ends, Protocol):
    """What has a thread of its own that is to be started."""

    def start(self) -> None: ...


class _Ending:
    """Why and when the server ends."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.told = asyncio.Event()
        self.status = 0
        self._loop = loop
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.told.set)

    def broken(self) -> None:
        """Recognition has broken down: end, and let systemd start anew. Any thread."""
        self.status = 1
        self._loop.call_soon_threadsafe(self.told.set)


def _in_words(engine: Detector | Encoder) -> str:
    """The name of the engine and what it really computes on, where it computes on a runtime."""
    facts = getattr(engine, "facts", None)
    return f"{engine.name}, on {facts}" if isinstance(facts, RuntimeFacts) else engine.name


def _say_hello(settings: ServerSettings, host: str, port: int) -> None:
    if settings.open_to_the_network:
        log.warning(
            "OPEN: whoever reaches %s port %d can use this server and see names; "
            "give it and the edges a --token",
            host,
            port,
        )
    if not settings.http:
        log.info("no HTTP API: pip install '.[api]', or leave out --no-http")
    log.info(
        "listening on %s port %d, %s, %s",
        host,
        port,
        "with a token" if settings.token else "without a token",
        "encrypted (TLS)" if settings.tls_cert else "not encrypted",
    )
