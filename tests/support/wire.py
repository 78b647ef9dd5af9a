"""A small real server for the tests of the wire and of the link: asyncio, on a port of its own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import trustme

from lookout.wire import streams
from lookout.wire.corrections import Corrected, Correction
from lookout.wire.errors import WireError
from lookout.wire.framing import Decoder, Kind, Limits, Message
from lookout.wire.heartbeat import HEARTBEAT_S
from lookout.wire.records import FrameInfo, PhotoInfo, Refusal, Result, Verdict
from lookout.wire.refusals import Code, error_message

PATIENCE_S = 20.0
"""Stands for a hang, on however busy a machine."""

JPEG = b"\xff\xd8 a picture \xff\xd9"


class FakeServer:
    """Speaks the protocol. The switches may be turned while it runs.

    `recognizes`: answers frames, else it
    only keeps them in `waiting`. `refuses`: answers each frame with an error. `pings`: sends PING
    in the rhythm of the heartbeat, as well as answering. `judges`: answers photographs and
    corrections. `gone`: the track that it knows no longer. `load`: how many cameras it tells of.
    """

    def __init__(self, token: str = "", tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.token = token
        self.tls = tls
        self.port = port
        self.recognizes = True
        self.refuses = False
        self.judges = True
        self.pings = False
        self.gone = 99
        self.load = 0
        self.corrections: list[Correction] = []
        self.frames: list[int] = []
        self.waiting: list[FrameInfo] = []
        self.most_waiting = 0
        self.clients: list[str] = []
        self.failures: list[WireError] = []
        self._writers: list[asyncio.StreamWriter] = []
        self._speaks = asyncio.Event()
        self._speaks.set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fake-server")

    def __enter__(self) -> FakeServer:
        self._thread.start()
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self._wait(self._cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    def open(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._server = self._wait(
            asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        )
        self.port = self._server.sockets[0].getsockname()[1]

    def fall_silent(self) -> None:
        """Say nothing to anybody, as a stopped process."""
        self._loop.call_soon_threadsafe(self._speaks.clear)

    def speak(self) -> None:
        """Say what was held back, and everything else again."""
        self._loop.call_soon_threadsafe(self._speaks.set)

    def close(self) -> None:
        """Die: nothing listens any more, every connection is reset."""
        self._wait(self._die())

    def answer(self, info: FrameInfo) -> None:
        """Answer one waiting frame by hand."""
        self.waiting.remove(info)
        self._wait(self._send_result(self._writers[-1], info))

    def has(self, number: int) -> bool:
        """The frame of this number has come."""
        return number in self.frames

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    async def _die(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _cancel_all(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        self.waiting.clear()
        beating: asyncio.Task[None] | None = None
        try:
            await self._speaks.wait()
            hello = await streams.accept(reader, writer, self.token, PATIENCE_S, load=self.load)
            self.clients.append(hello.client)
            decoder = Decoder(Limits())
            beating = asyncio.create_task(self._beat(writer))
            while True:
                message = await streams.read_message(reader, decoder, PATIENCE_S)
                await self._speaks.wait()
                await self._reply(message, writer)
        except WireError as error:
            self.failures.append(error)
        finally:
            if beating is not None:
                beating.cancel()
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _beat(self, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(WireError):
            while True:
                await asyncio.sleep(HEARTBEAT_S)
                if self.pings and self._speaks.is_set():
                    await streams.send_message(writer, Message(Kind.PING), PATIENCE_S)

    async def _reply(self, message: Message, writer: asyncio.StreamWriter) -> None:
        if message.kind is Kind.PING:
            await streams.send_message(writer, Message(Kind.PONG), PATIENCE_S)
        elif message.kind is Kind.PHOTO:
            photo = PhotoInfo.from_meta(message.meta)
            if self.judges:
                verdict = Verdict(photo.request, (), kept=photo.keep_anyway)
                await streams.send_message(
                    writer, Message(Kind.VERDICT, verdict.to_meta()), PATIENCE_S
                )
        elif message.kind is Kind.CORRECTION:
            said = Correction.from_meta(message.meta)
            self.corrections.append(said)
            if said.track == self.gone:
                refusal = Refusal(Code.GONE, "No longer known.", request=said.request)
                await streams.send_message(writer, error_message(refusal), PATIENCE_S)
            elif self.judges:
                corrected = Corrected(said.request, "Noted.", said_at=5.25)
                await streams.send_message(
                    writer, Message(Kind.CORRECTED, corrected.to_meta()), PATIENCE_S
                )
        elif message.kind is Kind.FRAME:
            info = FrameInfo.from_meta(message.meta)
            self.frames.append(info.number)
            if self.refuses:
                refusal = Refusal("bad_picture", "not a JPEG", number=info.number)
                await streams.send_message(writer, error_message(refusal), PATIENCE_S)
            elif self.recognizes:
                await self._send_result(writer, info)
            else:
                self.waiting.append(info)
                self.most_waiting = max(self.most_waiting, len(self.waiting))

    async def _send_result(self, writer: asyncio.StreamWriter, info: FrameInfo) -> None:
        result = Result(info.camera, info.number, info.captured_at)
        await streams.send_message(writer, Message(Kind.RESULT, result.to_meta(), JPEG), PATIENCE_S)


class SlowUplink:
    """A proxy to `port` that lets only so many bytes a second go up, and all come down."""

    def __init__(self, port: int, bytes_per_s: int) -> None:
        self._target = port
        self._chunk = bytes_per_s // 100
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._forward, name="slow-uplink")]

    def __enter__(self) -> SlowUplink:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE_S)
        self._listener.close()

    def _forward(self) -> None:
        self._listener.settimeout(PATIENCE_S)
        near, _ = self._listener.accept()
        with near, socket.create_connection(("127.0.0.1", self._target)) as far:
            near.settimeout(0.1)
            far.settimeout(0.1)
            down = threading.Thread(target=self._copy, args=(far, near, 65536, 0.0))
            down.start()
            self._copy(near, far, self._chunk, 0.01)
            down.join(PATIENCE_S)

    def _copy(self, source: socket.socket, sink: socket.socket, size: int, pause_s: float) -> None:
        while not self._stop.wait(pause_s):
            try:
                data = source.recv(size)
                if not data:
                    return
                sink.sendall(data)
            except TimeoutError:
                continue
            except OSError:
                return


class Certificates:
    """A certificate authority of the test and a server certificate for 127.0.0.1."""

    def __init__(self, folder: Path, name: str = "127.0.0.1") -> None:
        authority = trustme.CA()
        issued = authority.issue_cert(name)
        self.ca = folder / "ca.pem"
        self.cert = folder / "cert.pem"
        self.key = folder / "key.pem"
        authority.cert_pem.write_to_path(self.ca)
        issued.private_key_pem.write_to_path(self.key)
        for blob in issued.cert_chain_pems:
            blob.write_to_path(self.cert, append=True)
