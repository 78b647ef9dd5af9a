"""Photographs that edges send: judged, kept when they are good or wanted anyway, and learned.

A thread of its own judges one photograph after another, with the detector that recognition uses,
so that a photograph delays a frame by one detection at most.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from faces.atomic_file import replace_file
from faces.errors import BadImage
from server.errors import BadName, CannotKeep
from server.names import person_folder, photo_filename
from wire.records import PhotoInfo, Reason, Refusal, Verdict
from wire.refusals import Code

log = logging.getLogger(__name__)

MAX_WAITING = 8

Deliver = Callable[[Verdict | Refusal], None]
Judge = Callable[[bytes], tuple[Reason, ...]]
"""What speaks against a photograph (a JPEG). Raises BadImage if it cannot be decoded."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    photo: PhotoInfo
    jpeg: bytes
    deliver: Deliver


class Enrolment:
    """Takes photographs from any thread; `kept` is called after each that was stored."""

    def __init__(self, folder: Path, judge: Judge, kept: Callable[[], None]) -> None:
        self._folder = folder
        self._judge = judge
        self._kept = kept
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="enrolment", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def offer(self, photo: PhotoInfo, jpeg: bytes, deliver: Deliver) -> None:
        """Let the photograph be judged. `deliver` is called once, from this thread or another, and
        must neither block nor raise."""
        if self._waiting.qsize() >= MAX_WAITING:
            words = "many photographs are waiting to be judged; try again in a moment"
            deliver(Refusal(Code.BUSY, words, request=photo.request))
            return
        self._waiting.put(_Waiting(photo, jpeg, deliver))

    def close(self, timeout_s: float) -> bool:
        """End the thread. False if it is still judging after `timeout_s`."""
        self._waiting.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (waiting := self._waiting.get()) is not None:
            waiting.deliver(self._answer(waiting.photo, waiting.jpeg))

    def _answer(self, photo: PhotoInfo, jpeg: bytes) -> Verdict | Refusal:
        try:
            path = self._folder / person_folder(photo.name) / photo_filename(photo.filename)
            reasons = self._judge(jpeg)
            wanted = photo.keep_anyway or not reasons
            if wanted:
                _keep(path, jpeg)
        except BadName as error:
            return Refusal(Code.BAD_MESSAGE, str(error), request=photo.request)
        except BadImage as error:
            return Refusal(Code.BAD_PICTURE, str(error), request=photo.request)
        except CannotKeep as error:
            log.error("%s", error)  # noqa: TRY400 - the words say it
            return Refusal(Code.INTERNAL, str(error), request=photo.request)
        except Exception:
            log.exception("judging a photograph of %r failed", photo.name)
            words = "the server failed on this photograph; its log says why"
            return Refusal(Code.INTERNAL, words, request=photo.request)
        if wanted:
            log.info("photograph of %r kept as %s", photo.name, path.name)
            self._kept()
        return Verdict(photo.request, reasons, kept=wanted)


class ClosedDesk:
    """What stands in for the enrolment under --no-enrol."""

    def offer(self, photo: PhotoInfo, jpeg: bytes, deliver: Deliver) -> None:  # noqa: ARG002
        words = "this server takes no photographs: it was started with --no-enrol"
        deliver(Refusal(Code.NOT_AUTHORISED, words, request=photo.request))


def _keep(path: Path, jpeg: bytes) -> None:
    """Store the photograph; the same one a second time is fine. Raises CannotKeep."""
    try:
        if not path.exists():
            replace_file(path, jpeg)
        elif path.read_bytes() != jpeg:
            raise CannotKeep(f"there is another photograph already called {path.name}")
    except OSError as error:
        raise CannotKeep(f"the photograph cannot be stored: {error.strerror or error}") from error
