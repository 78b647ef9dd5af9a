"""The session of one edge, from the handshake to the last byte. The event loop's thread only."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
import time
from collections import Counter
from dataclasses import replace

from lookout.server.live.camera_names import Device
from lookout.server.live.frame_job import Answer, FrameJob, Outcome, Source
from lookout.server.transport.send_queue import SendQueue
from lookout.server.transport.session_claims import SessionClaims
from lookout.server.transport.session_settings import SessionSettings
from lookout.wire.corrections import Corrected, Correction
from lookout.wire.errors import BadMessage, NotAuthorized, NotNow, TooLarge, WireError
from lookout.wire.framing import Decoder, Kind, Message
from lookout.wire.heartbeat import HEARTBEAT_S
from lookout.wire.records import FrameInfo, PhotoInfo, Refusal, Verdict
from lookout.wire.refusals import Code, error_message
from lookout.wire.streams import (
    REFUSAL_TIMEOUT_S,
    Keys,
    accept,
    read_message,
    send_message,
    tell_why,
)

log = logging.getLogger(__name__)

MAX_CAMERAS = 4
"""Of one connection, which usually has one. Each costs a tracker and a waiting frame, so a client
must not be able to invent names without limit."""
MAX_CAMERA_NAME = 100


class ConnectionState(enum.Enum):
    HANDSHAKE = "handshake"
    SERVING = "serving"
    CLOSED = "closed"


class EdgeSession:
    def __init__(
        self,
        number: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        settings: SessionSettings,
    ) -> None:
        self.state = ConnectionState.HANDSHAKE
        address = writer.get_extra_info("peername") or ("unknown", 0)
        self.host: str = address[0]
        self.peer = f"{self.host}:{address[1]}"
        self._number = number
        self._reader = reader
        self._writer = writer
        self._settings = settings
        self._timeouts = settings.timeouts
        self._loop = asyncio.get_running_loop()
        self._queue = SendQueue()
        self._sources: dict[str, Source] = {}
        self._device = Device(f"at {self.host}")
        self._refused: Counter[str] = Counter()
        self._may_enrol = True
        self._claims = SessionClaims(settings.claims)

    async def run(self) -> None:
        """Serves the connection until it ends; the log says how it ended. Raises no WireError."""
        guesses, now = self._settings.guesses, self._settings.clock
        wait_s = guesses.wait_s(self.host, now())
        if wait_s > 0:
            await self._put_off(wait_s)
            return
        try:
            hello = await accept(
                self._reader,
                self._writer,
                self._settings.token,
                self._timeouts.handshake_s,
                self._settings.limits,
                self._settings.keys,
                self._settings.load(),
            )
        except NotAuthorized as error:
            log.warning("%s refused: %s", self.peer, error)
            guesses.failed(self.host, now())
        except WireError as error:
            if self.state is not ConnectionState.CLOSED:
                log.warning("%s did not complete the handshake: %s", self.peer, error)
        else:
            guesses.succeeded(self.host)
            self.state = ConnectionState.SERVING
            self._device = Device(hello.device or f"at {self.host}", hello.key or "")
            self.peer = f"{hello.client!r} at {self.peer}"
            log.info("edge %s connected", self.peer)
            await self._serve_and_log(hello.key)
        finally:
            guesses.ended(self.host)
            self.close()

    async def _put_off(self, wait_s: float) -> None:
        log.warning("%s put off: too many wrong tokens from its address", self.peer)
        message = f"too many wrong tokens came from this address; try again in {wait_s:.0f} s"
        refusal = Refusal(Code.BUSY, message, fatal=True)
        with contextlib.suppress(WireError):
            await send_message(self._writer, error_message(refusal), REFUSAL_TIMEOUT_S)
        self.close()

    def close(self) -> None:
        """Ends the connection now. May be called again."""
        if self.state is ConnectionState.CLOSED:
            return
        self.state = ConnectionState.CLOSED
        for source in self._sources.values():
            self._settings.frames.forget(source)
            self._settings.names.release(source.camera)
        self._claims.release()
        for code, count in self._refused.items():
            log.warning("edge %s: %d frames refused as %s", self.peer, count, code)
        if self._queue.lost:
            log.warning("edge %s read too slowly: %d messages lost", self.peer, self._queue.lost)
        self._writer.transport.abort()

    async def _serve_and_log(self, key: str | None) -> None:
        try:
            await self._serve(key)
        except (BadMessage, NotAuthorized, NotNow) as error:
            log.warning("edge %s closed: %s", self.peer, error)
            await tell_why(self._writer, error)
        except WireError as error:
            if self.state is not ConnectionState.CLOSED:
                log.info("edge %s gone: %s", self.peer, error)

    async def _serve(self, key: str | None) -> None:
        # a reader that is too slow ends both tasks; the writing one knows why
        work = [self._write(), self._read(), self._claims.watch()]
        if key is not None and self._settings.keys is not None:
            self._may_enrol = await self._settings.keys.may_enrol(key)
            work.append(self._watch_key(self._settings.keys, key))
        tasks = [asyncio.create_task(coroutine) for coroutine in work]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch_key(self, keys: Keys, key: str) -> None:
        """Checks now and then that the key that opened this connection is still valid. While that
        cannot be looked up, the connection stays."""
        readable = True
        while True:
            await asyncio.sleep(self._timeouts.key_s)
            try:
                secret = await keys.secret(key)
            except NotNow as error:
                if readable:  # logged once, not with every try
                    log.error("edge %s stays connected unchecked: %s", self.peer, error)  # noqa: TRY400
                readable = False
                continue
            if not readable:
                log.info("edge %s: its API key can be looked up again", self.peer)
            readable = True
            if secret is None:
                raise NotAuthorized("the API key of this edge has been revoked or has expired")
            self._may_enrol = await keys.may_enrol(key)

    async def _read(self) -> None:
        decoder = Decoder(self._settings.limits)
        while True:
            self._handle(await read_message(self._reader, decoder, self._timeouts.idle_s))

    async def _write(self) -> None:
        while True:
            message = await self._next_message()
            try:
                await send_message(self._writer, message, self._timeouts.write_s)
            except TooLarge as error:
                number = message.meta.get("number")
                refusal = Refusal(Code.TOO_LARGE, str(error), number=number)
                await send_message(self._writer, error_message(refusal), self._timeouts.write_s)

    async def _next_message(self) -> Message:
        """The next message of the queue; PING when there is none for a heartbeat."""
        try:
            async with asyncio.timeout(HEARTBEAT_S):
                return await self._queue.get()
        except TimeoutError:
            return Message(Kind.PING)

    def _handle(self, message: Message) -> None:
        match message.kind:
            case Kind.PING:
                self._queue.put_first(Message(Kind.PONG, message.meta))
            case Kind.FRAME:
                self._take_frame(FrameInfo.from_meta(message.meta), message.jpeg)
            case Kind.PHOTO:
                photo = PhotoInfo.from_meta(message.meta)
                if self._refuses_enrolment(photo.request):
                    return
                taken_by = self._sources.get(photo.camera)
                camera = photo.camera if taken_by is None else taken_by.camera
                photo = replace(photo, camera=camera)
                self._settings.photos.offer(photo, message.jpeg, self._deliver_answer)
            case Kind.CORRECTION:
                correction = Correction.from_meta(message.meta)
                if self._refuses_enrolment(correction.request):
                    return
                source = self._sources.get(
                    correction.camera, Source(self._number, correction.camera)
                )
                self._settings.corrections.correct(source, correction, self._deliver_answer)
            case Kind.PONG:
                pass
            case Kind.ERROR:
                refusal = Refusal.from_meta(message.meta)
                log.warning("edge %s reports: %r", self.peer, refusal.message)
            case _:
                raise BadMessage(f"an edge does not send {message.kind.name}")

    def _refuses_enrolment(self, request: int) -> bool:
        """Whether the key lacks the right to change who is known; the edge is then told so."""
        if self._may_enrol:
            return False
        message = (
            "the API key of this edge lacks the right `enrol`, which photographs and corrections "
            "need: make a key with `edge` and `enrol`, or enrol on the server"
        )
        self._put_from_any_thread(
            error_message(Refusal(Code.NOT_AUTHORIZED, message, request=request))
        )
        return True

    def _take_frame(self, info: FrameInfo, jpeg: bytes) -> None:
        source = self._sources.get(info.camera)
        if source is not None and self._settings.names.is_renamed(source.camera, self._device):
            self._settings.frames.forget(self._sources.pop(info.camera))
            source = self._named(info.camera)
            self._settings.names.release(source.camera)  # the claim of before has moved with it
        if source is None:
            if len(info.camera) > MAX_CAMERA_NAME:
                raise BadMessage(f"a camera's name has at most {MAX_CAMERA_NAME} characters")
            if len(self._sources) >= MAX_CAMERAS:
                raise BadMessage(f"one connection carries at most {MAX_CAMERAS} cameras")
            source = self._named(info.camera)
        self._settings.frames.offer(
            FrameJob(source, info, jpeg, time.monotonic()), self._deliver_outcome
        )

    def _named(self, camera: str) -> Source:
        """The source of a camera that this edge has not sent before."""
        name = self._settings.names.claim(camera, self._device)
        if name != camera and not self._settings.names.was_given(name):
            log.warning(
                "edge %s: another device or key has the camera name %r, so this one is %r; give "
                "each camera a name of its own with --camera-name",
                self.peer,
                camera,
                name,
            )
        self._claims.claim(camera, name, self._device)
        source = self._sources[camera] = Source(self._number, name)
        return source

    def _deliver_outcome(self, outcome: Outcome) -> None:
        match outcome:
            case Answer(result, jpeg):
                self._put_from_any_thread(Message(Kind.RESULT, result.to_meta(), jpeg))
            case Refusal():
                self._log_refused(outcome)
                self._put_from_any_thread(error_message(outcome))

    def _log_refused(self, refusal: Refusal) -> None:
        """Logs the first refusal of each code; the others are counted at the end."""
        if not self._refused[refusal.code]:
            log.warning("edge %s, frame %s refused: %s", self.peer, refusal.number, refusal.message)
        self._refused[refusal.code] += 1

    def _deliver_answer(self, answer: Verdict | Corrected | Refusal) -> None:
        match answer:
            case Verdict():
                self._put_from_any_thread(Message(Kind.VERDICT, answer.to_meta()))
            case Corrected():
                self._put_from_any_thread(Message(Kind.CORRECTED, answer.to_meta()))
            case Refusal():
                self._put_from_any_thread(error_message(answer))

    def _put_from_any_thread(self, message: Message) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the server is ending
            self._loop.call_soon_threadsafe(self._queue.put, message)
