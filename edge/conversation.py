"""The exchange of messages over one connection to the server, from the handshake to its end.

Two threads: the link's own receives, and one that belongs to the conversation sends. Photographs
and corrections are sent by the web threads that wait for their answers.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from lookout.edge.flights import Flights
from lookout.edge.frame import Frame
from lookout.edge.link_status import LinkState, StatusBoard
from lookout.edge.link_timing import LinkTiming
from lookout.edge.slot import Slot
from lookout.wire.connection import Connection
from lookout.wire.corrections import Corrected, Correction
from lookout.wire.errors import BadMessage, ConnectionLost, Refused, TooLarge
from lookout.wire.framing import Kind, Message
from lookout.wire.heartbeat import HEARTBEAT_S
from lookout.wire.records import FrameInfo, Overlay, PhotoInfo, Refusal, Result, Verdict
from lookout.wire.refusals import Code, error_of

log = logging.getLogger(__name__)

JOIN_S = 2.0

ONLINE_WORDS = "recognition online"

OnResult = Callable[[Result, bytes, float], None]
"""Takes a result, its annotated JPEG, and the time of its frame by the monotonic clock."""


class RecognitionHangs(ConnectionLost):
    """The server sends heartbeats but has answered no frame for too long."""


class Conversation:
    """One connection's frames, results, photographs and heartbeats."""

    def __init__(
        self,
        connection: Connection,
        *,
        camera: str,
        overlay: Overlay,
        frames: Slot[Frame],
        on_result: OnResult,
        board: StatusBoard,
        timing: LinkTiming,
        challenge: Callable[[], bool] = lambda: False,
    ) -> None:
        """challenge: whether frames ask for one now (`edge.challenge`)."""
        self._connection = connection
        self._camera = camera
        self._overlay = overlay
        self._frames = frames
        self._on_result = on_result
        self._board = board
        self._timing = timing
        self._challenge = challenge
        self._changed = threading.Condition()  # guards the five below
        self._flights = Flights(timing.overdue_s)
        self._taken_s: dict[int, float] = {}  # of the frames in flight
        self._asked: dict[int, Future[Verdict | Corrected]] = {}
        self._over = False
        self._failure: Exception | None = None
        self._last_sent = time.monotonic()
        self._last_warning = ""

    def run(self) -> None:
        """Runs until the connection ends; always raises, a WireError if foreseen.

        Raises RecognitionHangs; ConnectionLost, also after `end`; BadMessage; NotAuthorized and
        WrongVersion when the server says so; and whatever `on_result` raises.
        """
        sender = threading.Thread(target=self._send_until_over, name="link-sender", daemon=True)
        sender.start()
        try:
            while True:
                self._receive(self._connection.receive(self._timing.silence_s))
        except ConnectionLost:
            with self._changed:
                failure = self._failure
            if failure is not None:  # the sender failed first and closed the connection
                raise failure from None
            raise
        finally:
            self.end()
            sender.join(JOIN_S)

    def end(self) -> None:
        """Closes the connection and wakes every call that waits for an answer; any thread."""
        with self._changed:
            self._over = True
            asked, self._asked = self._asked, {}
            self._changed.notify_all()
        self._connection.close()
        for answer in asked.values():
            answer.set_exception(ConnectionLost("the connection to the server was lost"))

    @property
    def asks(self) -> bool:
        """Whether somebody waits for an answer to a photograph or a correction."""
        return bool(self._asked)

    def judge(self, photo: PhotoInfo, jpeg: bytes, timeout_s: float) -> Verdict:
        """The server's verdict on a photograph. Raises Refused, ConnectionLost, TooLarge."""
        message = Message(Kind.PHOTO, photo.to_meta(), jpeg)
        answer = self._request(message, photo.request, timeout_s)
        if not isinstance(answer, Verdict):
            raise BadMessage("the server answered a photograph with something else")
        return answer

    def correct(self, correction: Correction, timeout_s: float) -> Corrected:
        """Has the server record the correction. Raises Refused, ConnectionLost."""
        if not self._connection.takes(Kind.CORRECTION):
            raise Refused(
                "The server is older than this machine and takes no corrections: install the same "
                "release of Lookout there.",
                Code.WRONG_VERSION,
            )
        message = Message(Kind.CORRECTION, correction.to_meta())
        answer = self._request(message, correction.request, timeout_s)
        if not isinstance(answer, Corrected):
            raise BadMessage("the server answered a correction with something else")
        return answer

    def _request(self, message: Message, request: int, timeout_s: float) -> Verdict | Corrected:
        answer: Future[Verdict | Corrected] = Future()
        with self._changed:
            if self._over:
                raise ConnectionLost("the connection to the server was lost")
            self._asked[request] = answer
        try:
            self._send(message)
            return answer.result(timeout_s)
        except TimeoutError as error:
            what = message.kind.name.lower()
            raise ConnectionLost(
                f"the server has not answered the {what} within {timeout_s:g} s"
            ) from error
        finally:
            with self._changed:
                self._asked.pop(request, None)

    # The sender's thread

    def _send_until_over(self) -> None:
        newest = self._frames.newest()
        seen = 0 if newest is None else newest[0] - 1  # what came while offline was not dropped
        try:
            while not self._over:
                self._check_answers()
                quiet_s = self._last_sent + HEARTBEAT_S - time.monotonic()
                if quiet_s <= 0:
                    self._send(Message(Kind.PING))
                elif self._wait_for_room(quiet_s):
                    seen = self._send_newest(seen, quiet_s)
        except Exception as error:  # noqa: BLE001 - handed to the owner, who raises it in `run`
            with self._changed:
                self._failure = error
            self._connection.close()

    def _check_answers(self) -> None:
        with self._changed:
            overdue_s = self._flights.overdue_s(time.monotonic())
        if overdue_s > self._timing.hang_reconnect_s:
            raise RecognitionHangs("the server is there but recognizes nothing; it may hang")
        if overdue_s > 0:
            self._board.show(
                LinkState.OFFLINE,
                "recognition offline: the server is there but recognizes nothing; it may hang",
            )

    def _wait_for_room(self, timeout_s: float) -> bool:
        with self._changed:
            if self._frames.closed:  # a closed slot does not wait: wait here, not in a busy loop
                self._changed.wait_for(lambda: self._over, timeout_s)
                return False
            self._changed.wait_for(lambda: self._flights.room or self._over, timeout_s)
            return self._flights.room and not self._over

    def _send_newest(self, seen: int, timeout_s: float) -> int:
        """Sends the newest frame if there is one after `seen`; returns the number now seen."""
        newest = self._frames.wait(seen, timeout_s)
        if newest is None or self._over:
            return seen
        sequence, frame = newest
        self._board.count(dropped=sequence - seen - 1)
        info = FrameInfo(
            self._camera, frame.number, frame.captured_at, self._overlay, self._challenge()
        )
        with self._changed:  # before it is sent: the answer may be faster than the next line
            self._flights.depart(frame.number, time.monotonic())
            self._taken_s[frame.number] = frame.taken_s
        try:
            self._send(Message(Kind.FRAME, info.to_meta(), frame.jpeg))
            self._board.count(sent=1)
        except TooLarge as error:
            self._warn(str(error))
            self._board.count(dropped=1)
            self._land(frame.number)
        return sequence

    def _send(self, message: Message) -> None:
        self._connection.send(message)
        self._last_sent = time.monotonic()

    # The receiver's thread

    def _receive(self, message: Message) -> None:
        match message.kind:
            case Kind.RESULT:
                self._take_result(Result.from_meta(message.meta), message.jpeg)
            case Kind.VERDICT:
                self._take_answer(Verdict.from_meta(message.meta))
            case Kind.CORRECTED:
                self._take_answer(Corrected.from_meta(message.meta))
            case Kind.ERROR:
                self._take_refusal(Refusal.from_meta(message.meta))
            case Kind.PONG:
                pass
            case _:
                raise BadMessage(f"the server sent {message.kind.name}, which only an edge sends")

    def _take_result(self, result: Result, jpeg: bytes) -> None:
        with self._changed:
            taken_s = self._taken_s.get(result.number, 0.0)
        departed = self._land(result.number)
        if departed is None:
            self._warn(f"an answer to frame {result.number}, which is not in flight")
            return
        self._board.show(LinkState.ONLINE, ONLINE_WORDS)
        if result.dropped:
            self._board.count(dropped=1)
            return
        with self._changed:
            self._flights.time_round_trip(time.monotonic() - departed)
            round_trip_s = self._flights.round_trip_s
        self._board.count(results=1, round_trip_s=round_trip_s)
        self._on_result(result, jpeg, taken_s)

    def _take_answer(self, answer: Verdict | Corrected) -> None:
        asker = self._asker(answer.request)
        if asker is not None:
            asker.set_result(answer)

    def _asker(self, request: int) -> Future[Verdict | Corrected] | None:
        """The waiting call of a request; None where it has timed out."""
        with self._changed:
            return self._asked.pop(request, None)

    def _take_refusal(self, refusal: Refusal) -> None:
        if refusal.fatal:
            raise error_of(refusal)
        self._warn(refusal.message)
        if refusal.number is not None and self._land(refusal.number) is not None:
            self._board.count(dropped=1)
            self._board.show(LinkState.ONLINE, ONLINE_WORDS)
        if refusal.request is not None:
            asker = self._asker(refusal.request)
            if asker is not None:
                asker.set_exception(Refused(refusal.message, refusal.code))

    def _land(self, number: int) -> float | None:
        with self._changed:
            departed = self._flights.land(number)
            self._taken_s.pop(number, None)
            self._changed.notify_all()
        return departed

    def _warn(self, message: str) -> None:
        """Logs a refused frame once, not thirty times a second."""
        if message != self._last_warning:
            log.warning("server: %s", message)
        self._last_warning = message
