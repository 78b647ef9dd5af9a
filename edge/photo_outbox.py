"""Offers the photographs that the server has yet to see, whenever it is there."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lookout.edge.cameras.jpeg import MAX_JPEG_BYTES
from lookout.edge.capture import JUDGE_TIMEOUT_S, Judge
from lookout.edge.photos import NotSaved, PhotoState, PhotoStore, StoredPhoto
from lookout.wire.errors import WireError

LOOK_S = 2.0
"""Seconds between two looks at the folder; a listing of a thousand people takes milliseconds."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OutboxStatus:
    """`waiting` photographs are yet to be judged, `poor` ones were refused by the server;
    `message` is empty unless something needs its owner's attention."""

    waiting: int
    poor: int
    message: str


class PhotoOutbox:
    """Owns one thread. What was found poor stays as it is on the disk and is offered again only
    after a restart."""

    def __init__(self, store: PhotoStore, judge: Judge, is_online: Callable[[], bool]) -> None:
        self._store = store
        self._judge = judge
        self._is_online = is_online
        self._poor: set[Path] = set()
        self._status = OutboxStatus(0, 0, "")
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=JUDGE_TIMEOUT_S + 1.0)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def look_now(self) -> None:
        """Wakes the thread: there is a new photograph to offer."""
        self._wake.set()

    def status(self) -> OutboxStatus:
        return self._status

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._status = self._look()
            except NotSaved as error:
                self._status = OutboxStatus(self._status.waiting, self._status.poor, str(error))
            self._wake.wait(LOOK_S)
            self._wake.clear()

    def _look(self) -> OutboxStatus:
        photos = self._store.waiting()
        self._poor &= {photo.path for photo in photos}
        fresh = [photo for photo in photos if photo.path not in self._poor]
        answered = 0
        for photo in fresh:
            if self._stopping.is_set() or not self._is_online():
                break
            answered += self._offer(photo)  # one that the server refuses does not hold up the rest
        return OutboxStatus(len(fresh) - answered, len(self._poor), "")

    def _offer(self, photo: StoredPhoto) -> bool:
        """True when there was an answer."""
        try:
            if photo.path.stat().st_size > MAX_JPEG_BYTES:  # not written by this program
                self._poor.add(photo.path)
                return True
            verdict = self._judge.submit_photo(
                photo.path.read_bytes(),
                name=photo.name,
                filename=photo.filename,
                keep_anyway=photo.state is PhotoState.KEEP,
                timeout_s=JUDGE_TIMEOUT_S,
            )
        except (WireError, OSError) as error:
            log.info("a photograph waits longer: %s", error)
            return False
        if verdict.kept:
            self._store.finish(photo)
        elif not verdict.good:
            self._poor.add(photo.path)
        return True
