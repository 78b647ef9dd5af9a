"""One camera in a stream process: connect, decode, choose what is worth sending, reconnect."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import av
import cv2
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from lookout.faces.detections import Image
from lookout.faces.tracking.motion import MotionGate, small_luma
from lookout.server.cameras.address import split_login, with_login
from lookout.server.cameras.capture import Converter, StreamCapture
from lookout.server.cameras.faults import CameraFault, Fault
from lookout.server.cameras.main_stream import open_main
from lookout.server.cameras.onvif import stream_addresses
from lookout.server.cameras.picture_sender import PictureSender
from lookout.server.cameras.privacy import blacken
from lookout.server.cameras.reconnect import LONGEST_S, STEADY_S, pauses
from lookout.server.cameras.stream_settings import (
    Attend,
    Message,
    Phase,
    Report,
    StreamSettings,
)
from lookout.server.cameras.stream_statistics import StreamStatistics
from lookout.server.storage.camera_records import CameraKind

REPORT_S = 1.0
CLOSE_UP_S = 0.3
"""Between two close-ups: a face is encoded again after so long at the soonest."""
WATCHED_FPS = 15.0
"""Frames a second that somebody who watches gets, at most, where less are searched."""
SNAPSHOTS_PER_S = 5.0
"""Single pictures a second that a camera is asked for; many need 100 ms for each."""

Send = Callable[[Message], None]


def quiet() -> None:
    """Silences FFmpeg, whose own lines hold addresses with their passwords, and keeps OpenCV to the
    threads that are here."""
    av.logging.set_level(None)
    cv2.setNumThreads(1)


class Stream:
    """Owns the thread of one camera. It ends when `close` is called, in the time limits of the
    connection at the latest; whatever it still says then has an old run and is not heard."""

    def __init__(self, settings: StreamSettings, send: Send) -> None:
        self._settings = settings
        self._send = send
        self._stop = threading.Event()
        self._gate = MotionGate()
        self._watched = self._close_up = False
        self._main = open_main(settings.kind, settings.main_url)
        self._closer_s = 0.0
        self._pictures = PictureSender(settings.stream, settings.run, send)
        self._thread = threading.Thread(target=self._work, name=settings.stream, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def attend(self, wish: Attend) -> None:
        """From another thread; takes effect with the next frame."""
        self._gate.attended = wish.faces
        self._watched = wish.watched
        self._close_up = wish.close_up

    def close(self) -> None:
        """Asks the threads to end."""
        self._stop.set()
        if self._main is not None:
            self._main.close()

    def join(self, timeout_s: float) -> bool:
        """Whether the threads have ended within this time."""
        until_s = time.monotonic() + timeout_s
        self._thread.join(timeout_s)
        ended = self._main is None or self._main.join(max(0.0, until_s - time.monotonic()))
        return ended and not self._thread.is_alive()

    def _work(self) -> None:
        tries = pauses(random.Random())  # noqa: S311 - when to call again is no secret
        while not self._stop.is_set():
            self._report(Phase.CONNECTING)
            began_s = time.monotonic()
            try:
                self._read()
            except CameraFault as fault:
                if time.monotonic() - began_s > STEADY_S:
                    tries = pauses(random.Random())  # noqa: S311
                # an account is locked by many cameras after a few wrong passwords
                pause_s = LONGEST_S if fault.fault is Fault.WRONG_PASSWORD else next(tries)
                self._report(Phase.WAITING, fault)
                self._stop.wait(pause_s)
        self._pictures.close()

    def _read(self) -> None:
        """Reads until the camera fails. Raises CameraFault."""
        settings = self._settings
        if settings.kind is CameraKind.SNAPSHOT:
            self._read_snapshots()
            return
        url = settings.url
        if settings.kind is CameraKind.ONVIF:
            url = self._told_by_onvif(url)
        capture = StreamCapture(settings.kind, url, settings.decoding)
        try:
            self._show(capture, self._paced(capture))
        finally:
            capture.close()

    def _told_by_onvif(self, service: str) -> str:
        """The address of the smaller stream, as the camera tells it now. Raises CameraFault."""
        login = split_login(service)
        found = stream_addresses(login.address, login.user, login.password)
        return with_login(replace(login, address=found.sub or found.main))

    def _read_snapshots(self) -> None:
        """A camera that answers with one picture is asked again and again."""
        while not self._stop.is_set():
            next_s = time.monotonic() + 1 / min(self._settings.fps, SNAPSHOTS_PER_S)
            capture = StreamCapture(self._settings.kind, self._settings.url)
            try:
                self._show(capture, iter([next(capture.packets())]))
            finally:
                capture.close()
            self._stop.wait(max(0.0, next_s - time.monotonic()))

    def _paced(self, capture: StreamCapture) -> Iterator[Packet[VideoStream]]:
        """The packets; those of a file at the pace of its own clock, again from its start."""
        if self._settings.kind is not CameraKind.FILE:
            yield from capture.packets()
            return
        began_s = time.monotonic()
        try:
            for packet in capture.packets():
                at_s = capture.seconds(packet)
                early_s = 0.0 if at_s is None else began_s + at_s - time.monotonic()
                if early_s > 0 and self._stop.wait(early_s):
                    return
                yield packet
        except CameraFault as fault:
            if fault.fault is not Fault.ENDED:
                raise

    def _show(self, capture: StreamCapture, packets: Iterator[Packet[VideoStream]]) -> None:
        settings = self._settings
        statistics = StreamStatistics(capture.codec, capture.on)
        converter = Converter(settings.longer_side_px)
        search_s = show_s = report_s = 0.0
        for packet in packets:
            if self._stop.is_set():
                return
            now_s = time.monotonic()
            statistics.came(now_s, is_key=packet.is_keyframe)
            for frame in capture.decode(packet):
                statistics.decoded(frame.width, frame.height)
                due = now_s >= search_s and self._gate.passes(self._small(converter, frame), now_s)
                watched = self._watched and now_s >= show_s
                if due:
                    search_s = max(search_s + 1 / settings.fps, now_s - 0.5 / settings.fps)
                if due or watched:
                    show_s = now_s + 0.9 / WATCHED_FPS
                    image_bgr = self._picture(converter.bgr(frame))
                    close_up = self._closer(now_s) if due else None
                    self._pictures.send(image_bgr, now_s, searched=due, close_up_bgr=close_up)
            if now_s >= report_s:
                report_s = now_s + REPORT_S
                self._send(statistics.report(settings.stream, settings.run, now_s))

    def _small(self, converter: Converter, frame: VideoFrame) -> Image:
        small = small_luma(converter.luma(frame))
        blacken(small, self._settings.masks)
        return small

    def _closer(self, now_s: float) -> Image | None:
        """The same moment in the larger stream, now and then while a face is small."""
        if self._main is None or not self._close_up:
            return None
        self._main.want()
        if now_s < self._closer_s:
            return None
        close_up = self._main.nearest(now_s)
        if close_up is None:
            return None
        self._closer_s = now_s + CLOSE_UP_S
        return self._picture(close_up)

    def _picture(self, image_bgr: Image) -> Image:
        """Masked first, as the camera sees it; then turned as people see it."""
        blacken(image_bgr, self._settings.masks)
        return turned(image_bgr, self._settings.rotate, flip=self._settings.flip)

    def _report(self, phase: Phase, fault: CameraFault | None = None) -> None:
        settings = self._settings
        word, why = ("", "") if fault is None else (fault.fault.value, str(fault))
        self._send(Report(settings.stream, settings.run, phase, word, why))


_QUARTERS = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}


def turned(image_bgr: Image, rotate: int, *, flip: bool) -> Image:
    """The picture turned clockwise by so many degrees, then mirrored."""
    if rotate in _QUARTERS:
        image_bgr = np.asarray(cv2.rotate(image_bgr, _QUARTERS[rotate]), np.uint8)
    if flip:
        image_bgr = np.asarray(cv2.flip(image_bgr, 1), np.uint8)
    return image_bgr
