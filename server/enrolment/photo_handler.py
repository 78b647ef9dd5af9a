"""Photographs that edges send: judged, kept when they are good or wanted anyway, and learned.

A thread of its own takes one photograph after another, with the engines that recognition uses; they
are lent in turns, so that a photograph delays a frame by one detection at most.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from lookout.faces.atomic_file import replace_file
from lookout.faces.errors import BadImage, GalleryError, PicturesBusy
from lookout.faces.photo.examiner import ExaminedPhoto
from lookout.names import BadName, clean_name, name_key, photo_filename
from lookout.server.enrolment.learner import Learner
from lookout.server.errors import CannotKeep
from lookout.server.gallery.forgotten import ForgottenNames
from lookout.server.live.frame_job import Source
from lookout.server.threads.task_queue import TaskQueue
from lookout.wire.corrections import Corrected, Correction
from lookout.wire.records import PhotoInfo, Refusal, Verdict, VerdictReason
from lookout.wire.refusals import Code

log = logging.getLogger(__name__)

MAX_WAITING = 8

Deliver = Callable[[Verdict | Refusal], None]


class PhotoHandler:
    """Takes photographs and keeps them as `<folder>/<name>/<filename>`."""

    def __init__(
        self, folder: Path, learner: Learner, forgotten: ForgottenNames | None = None
    ) -> None:
        """forgotten: people whose photographs are not taken if they came before that."""
        self._folder = folder
        self._learner = learner
        self._forgotten = forgotten or ForgottenNames()
        self._worker = TaskQueue("enrolment", MAX_WAITING)

    def start(self) -> None:
        self._worker.start()

    def close(self, timeout_s: float) -> bool:
        """End the thread. False if it is still judging after `timeout_s`."""
        return self._worker.close(timeout_s)

    def offer(self, photo: PhotoInfo, jpeg: bytes, deliver: Deliver) -> None:
        """Let the photograph be judged. `deliver` is called once, from this thread or another, and
        must neither block nor raise."""
        came_s = self._forgotten.now_s()
        if not self._worker.offer(lambda: deliver(self._answer(photo, jpeg, came_s))):
            words = "many photographs are waiting to be judged; try again in a moment"
            deliver(Refusal(Code.BUSY, words, request=photo.request))

    def _answer(self, photo: PhotoInfo, jpeg: bytes, came_s: float) -> Verdict | Refusal:
        try:
            return self._take(photo, jpeg, came_s)
        except BadName as error:
            return Refusal(Code.BAD_MESSAGE, str(error), request=photo.request)
        except BadImage as error:
            return Refusal(Code.BAD_PICTURE, str(error), request=photo.request)
        except PicturesBusy as error:
            return Refusal(Code.BUSY, str(error), request=photo.request)
        except CannotKeep as error:
            log.error("%s", error)  # noqa: TRY400 - the words say it all
            return Refusal(Code.INTERNAL, str(error), request=photo.request)
        except Exception:
            # one photograph must not end enrolment for everybody; nothing is swallowed unlogged
            log.exception("taking a photograph of %r failed", photo.name)
            words = "the server failed on this photograph; its log says why"
            return Refusal(Code.INTERNAL, words, request=photo.request)

    def _take(self, photo: PhotoInfo, jpeg: bytes, came_s: float) -> Verdict | Refusal:
        name = self._spelling_of(clean_name(photo.name))
        path = self._folder / name / photo_filename(photo.filename)
        examined = self._learner.examine(jpeg)
        verdict = self._learner.judge(name, examined, photo.camera)
        reasons = tuple(VerdictReason(reason.code, reason.message) for reason in verdict.reasons)
        if reasons and not (verdict.only or photo.keep_anyway):
            return Verdict(photo.request, reasons, kept=False)
        if self._forgotten.is_since(name, came_s):
            message = f"{name} was forgotten after this photograph was taken; it was not kept"
            return Refusal(Code.GONE, message, request=photo.request)
        _keep(path, jpeg)
        self._learn(name, path.name, examined, came_s)
        return Verdict(photo.request, reasons, kept=True, advice=verdict.advice)

    def _spelling_of(self, name: str) -> str:
        """The name as it is known here: `ada` is the Ada who is there."""
        if (self._folder / name).is_dir():
            return name
        folders = sorted(self._folder.iterdir()) if self._folder.is_dir() else ()
        known = {name_key(folder.name): folder.name for folder in folders}
        return known.get(name_key(name), name)

    def _learn(self, name: str, filename: str, photo: ExaminedPhoto, came_s: float) -> None:
        def is_forgotten() -> bool:
            return self._forgotten.is_since(name, came_s)

        try:
            learned = self._learner.learn(name, filename, photo, is_forgotten)
        except (GalleryError, OSError) as error:
            log.error("a photograph of %r was kept but not learned: %s", name, error)  # noqa: TRY400
            return
        if learned:
            log.info("learned a photograph of %r", name)
        elif is_forgotten():
            log.warning("a photograph of %r was not learned: they were forgotten meanwhile", name)
        else:
            log.warning("a photograph of %r was kept but shows nobody to learn", name)


class DisabledHandler:
    """What stands in for the enrolment and for the corrections under --no-enrol."""

    def start(self) -> None:
        """Nothing to start."""

    def close(self, timeout_s: float) -> bool:  # noqa: ARG002
        return True

    def offer(self, photo: PhotoInfo, jpeg: bytes, deliver: Deliver) -> None:  # noqa: ARG002
        words = "this server takes no photographs: it was started with --no-enrol"
        deliver(Refusal(Code.NOT_AUTHORIZED, words, request=photo.request))

    def correct(
        self,
        source: Source,  # noqa: ARG002
        correction: Correction,
        deliver: Callable[[Corrected | Refusal], None],
    ) -> None:
        words = "this server takes no corrections: it was started with --no-enrol"
        deliver(Refusal(Code.NOT_AUTHORIZED, words, request=correction.request))


def _keep(path: Path, jpeg: bytes) -> None:
    """Store the photograph; the same one a second time is fine. Raises CannotKeep."""
    try:
        if not path.exists():
            replace_file(path, jpeg)
        elif path.read_bytes() != jpeg:
            raise CannotKeep(f"there is another photograph already called {path.name}")
    except OSError as error:
        raise CannotKeep(f"the photograph cannot be stored: {error.strerror or error}") from error
