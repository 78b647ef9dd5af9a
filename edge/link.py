"""The link to the server: newest frames out, results in; it reconnects for as long as it runs.

link = Link(LinkSettings("192.168.1.20", camera="door"), frames, on_result)
link.start()
link.status().message                   # "recognition online"
link.submit_photo(jpeg, name="Ada", filename="20261122T103000.123Z.jpg", timeout_s=5)
link.stop()
"""

from __future__ import annotations

import itertools
import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from lookout.edge.conversation import ONLINE_WORDS, Conversation, OnResult, RecognitionHangs
from lookout.edge.frame import Frame
from lookout.edge.link_status import LinkState, LinkStatus, StatusBoard
from lookout.edge.link_timing import LinkTiming
from lookout.edge.servers import DEFAULT_PORT, ServerCandidate, ServerPlace, Servers
from lookout.edge.slot import Slot
from lookout.wire import tls
from lookout.wire.connection import Connection, connect
from lookout.wire.corrections import Corrected, Correction
from lookout.wire.errors import ConnectionLost, NotAuthorized, TlsRefused, WireError, WrongVersion
from lookout.wire.records import Overlay, PhotoInfo, Verdict

__all__ = ["Link", "LinkSettings", "LinkState", "LinkStatus"]

log = logging.getLogger(__name__)

STOP_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """The server's address and this edge's identity.

    more: further servers, of which the least loaded one is taken; a name with several addresses
    stands for as many. `tls_ca` None: no TLS; an empty token: none."""

    host: str
    port: int = DEFAULT_PORT
    token: str = field(default="", repr=False)
    tls_ca: Path | None = None
    camera: str = "camera"
    device: str | None = None
    overlay: Overlay = Overlay.SERVER
    timing: LinkTiming = field(default_factory=LinkTiming)
    more: tuple[ServerPlace, ...] = ()

    @property
    def places(self) -> tuple[ServerPlace, ...]:
        return (ServerPlace(self.host, self.port), *self.more)


class Link:
    """Owns one thread, which connects and receives, and one that looks for a less loaded server;
    each conversation owns another, which sends.

    `on_result` is called in the link's thread with each result and its annotated JPEG (empty with
    the overlay of the edge); it must return soon. `challenge` says whether frames ask for one now.
    Raises TlsRefused when `tls_ca` cannot be used.
    """

    def __init__(
        self,
        settings: LinkSettings,
        frames: Slot[Frame],
        on_result: OnResult,
        challenge: Callable[[], bool] = lambda: False,
    ) -> None:
        self._settings = settings
        self._frames = frames
        self._on_result = on_result
        self._challenge = challenge
        self._tls = None if settings.tls_ca is None else tls.client_context(settings.tls_ca)
        self._servers = Servers(settings.places)
        self._board = StatusBoard(f"connecting to {self._servers}")
        self._requests = itertools.count(1)
        self._stop = threading.Event()
        self._lock = threading.Lock()  # guards the conversation
        self._conversation: Conversation | None = None
        self._hung = self._connected = False
        self._next: tuple[ServerCandidate, Connection] | None = None
        self._balancing = Servers(settings.places)
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)
        self._balancer = threading.Thread(target=self._balance, name="link balance", daemon=True)

    def start(self) -> None:
        """Starts the threads; once in a link's life."""
        self._thread.start()
        self._balancer.start()

    def stop(self) -> None:
        """Ends the connection and the threads. Harmless when repeated."""
        self._stop.set()
        with self._lock:
            conversation = self._conversation
        if conversation is not None:
            conversation.end()
        if self._thread.is_alive():
            self._thread.join(STOP_TIMEOUT_S)
            if self._thread.is_alive():
                log.warning("the link did not end within %g s", STOP_TIMEOUT_S)
        if self._balancer.is_alive():
            self._balancer.join(STOP_TIMEOUT_S)
        if self._next is not None:
            self._next[1].close()
        self._board.show(LinkState.OFFLINE, "recognition offline: stopped", level=logging.INFO)

    def status(self) -> LinkStatus:
        return self._board.status()

    def submit_photo(
        self, jpeg: bytes, *, name: str, filename: str, keep_anyway: bool = False, timeout_s: float
    ) -> Verdict:
        """Has the server judge a photograph for enrolment; any thread, waits for the verdict.

        Raises Refused when the server takes no photograph, ConnectionLost when there is no verdict
        within `timeout_s`, and TooLarge when the photograph is over the server's limit.
        """
        photo = PhotoInfo(next(self._requests), name, filename, keep_anyway, self._settings.camera)
        return self._current_conversation().judge(photo, jpeg, timeout_s)

    def correct(self, correction: Correction, timeout_s: float) -> Corrected:
        """Sends a person's correction of a face of this camera; any thread, waits for the
        answer. The correction's request and camera are filled in here.

        Raises Refused, with a message for that person, or ConnectionLost when there is no answer.
        """
        request = next(self._requests)
        said = replace(correction, request=request, camera=self._settings.camera)
        return self._current_conversation().correct(said, timeout_s)

    def _current_conversation(self) -> Conversation:
        with self._lock:
            conversation = self._conversation
        if conversation is None:
            raise ConnectionLost(self.status().message)
        return conversation

    def _run(self) -> None:
        while not self._stop.is_set():
            pause_s = self._attempt()
            self._stop.wait(pause_s)

    def _attempt(self) -> float:
        """Connects and converses until that fails; returns the pause before the next attempt."""
        hung, self._hung = self._hung, False
        try:
            self._converse(hung)
        except (NotAuthorized, WrongVersion, TlsRefused) as error:
            self._show(LinkState.REFUSED, f"recognition refused: {error}")
            return self._settings.timing.refused_retry_s
        except WireError as error:
            if self._next is not None:  # it ended because the camera moves
                return 0.0
            self._hung = isinstance(error, RecognitionHangs)
            self._show(LinkState.OFFLINE, f"recognition offline: {error}")
            if self._connected and self._servers.others:
                return _random_s((0.0, self._settings.timing.next_s))
        except Exception as error:
            # The thread's last line of defence: a mistake in the program must be seen on the page
            # and in the log, and must not leave a dead link behind.
            log.exception("the link failed")
            self._show(
                LinkState.OFFLINE,
                f"recognition offline: the link failed ({type(error).__name__}: {error}); it "
                "restarts, see the log",
            )
        return _random_s(self._settings.timing.retry_s)

    def _connect(self, server: ServerCandidate) -> Connection:
        settings = self._settings
        return connect(
            server.place.host,
            server.place.port,
            client_id=settings.camera,
            device=settings.device,
            token=settings.token,
            tls_context=self._tls,
            connect_timeout_s=settings.timing.attempt_timeout_s,
            handshake_timeout_s=settings.timing.attempt_timeout_s,
            lookup=server,
        )

    def _converse(self, hung: bool) -> None:
        settings = self._settings
        self._connected = False
        timing = settings.timing
        with self._lock:
            moving, self._next = self._next, None
        if moving is not None:
            self._servers.take(moving[0])
            connection = moving[1]
        else:
            timeout_s = timing.attempt_timeout_s
            connection = self._servers.connect(self._connect, timeout_s, timing.grace_s)
        self._connected = True
        conversation = Conversation(
            connection,
            camera=settings.camera,
            overlay=settings.overlay,
            frames=self._frames,
            on_result=self._on_result,
            board=self._board,
            timing=timing,
            challenge=self._challenge,
        )
        with self._lock:
            self._conversation = conversation
        try:
            if self._stop.is_set():  # `stop` came before there was a conversation to end
                return
            if not hung:  # after a hang, only an answered frame proves that it is over
                self._show(LinkState.ONLINE, ONLINE_WORDS)
            conversation.run()
        except WireError:
            if self._next is None:
                self._servers.failed()
            raise
        finally:
            with self._lock:
                self._conversation = None
            conversation.end()

    def _balance(self) -> None:
        """Looks now and then whether another server has far fewer cameras, and moves there: after
        one was started again, all cameras would stay with those that were left."""
        timing = self._settings.timing
        while not self._stop.wait(_random_s(timing.balance_s)):
            current, conversation = self._servers.current, self._conversation
            if current is None or conversation is None or conversation.asks:
                continue
            try:
                found = self._balancing.better(
                    current, self._connect, timing.attempt_timeout_s, timing.grace_s
                )
            except WireError:
                continue  # the link itself says what is wrong
            if found is None:
                continue
            log.info("moving to %s, which has %d cameras", found[0].place, found[1].load)
            with self._lock:
                self._next = found
            conversation.end()

    def _show(self, state: LinkState, message: str) -> None:
        if not self._stop.is_set():
            self._board.show(state, message)


def _random_s(from_to_s: tuple[float, float]) -> float:
    return random.uniform(*from_to_s)  # noqa: S311 - a pause, not a secret
