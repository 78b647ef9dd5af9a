"""The corrections that people at the edges make: not Ada, ignore this person, take it back.

A thread of its own writes them down, because another program may hold the gallery for a while.
"""

from __future__ import annotations

import logging
import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lookout.faces.decision.negatives import Rejection
from lookout.faces.detections import Floats
from lookout.faces.errors import BadPeople, GalleryBusy, GalleryError
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Encoder
from lookout.server.errors import NotRemembered
from lookout.server.gallery.rejections import reject_encodings, take_back, taken_back
from lookout.server.live.frame_job import Source
from lookout.server.live.track_history import RecentTrack, TrackHistory
from lookout.server.threads.task_queue import TaskQueue
from lookout.wire.corrections import Corrected, Correction, Say
from lookout.wire.records import Refusal
from lookout.wire.refusals import Code

log = logging.getLogger(__name__)

MAX_WAITING = 16
LOCK_TIMEOUT_S = 3.0
"""The time for which another program may hold the gallery before the correction is refused."""

SAME_FACE = 0.5
"""Of the encoder's tolerance: 0.3 for dlib-128, the same person (`faces.photo.agreement`)."""

Deliver = Callable[[Corrected | Refusal], None]


class CorrectionHandler:
    """Writes corrections of the `recent` tracks beside the gallery file `encodings`."""

    def __init__(
        self,
        recent: TrackHistory,
        gallery: Callable[[], Gallery],
        encodings: Path,
        encoder: Encoder,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """`gallery` is the one in use now. `on_change` is called, in the thread, when the file has
        changed."""
        self._recent = recent
        self._gallery = gallery
        self._encodings = encodings
        self._encoder = encoder
        self._on_change = on_change
        self._worker = TaskQueue("corrections", MAX_WAITING)

    def start(self) -> None:
        self._worker.start()

    def close(self, timeout_s: float) -> bool:
        """Ends the thread. False if it still waits for the gallery after `timeout_s`."""
        return self._worker.close(timeout_s)

    def correct(self, source: Source, correction: Correction, deliver: Deliver) -> None:
        """Queues the correction. `deliver` is called once, from this thread or another, and must
        neither block nor raise."""
        if not self._worker.offer(lambda: deliver(self._answer(source, correction))):
            message = "many corrections are waiting to be written down; try again in a moment"
            deliver(Refusal(Code.BUSY, message, request=correction.request))

    def _answer(self, source: Source, correction: Correction) -> Corrected | Refusal:
        request = correction.request
        try:
            return self._do(source, correction)
        except (NotRemembered, BadPeople) as error:
            return Refusal(Code.GONE, str(error), request=request)
        except GalleryBusy as error:
            return Refusal(Code.BUSY, str(error), request=request)
        except (GalleryError, OSError) as error:
            log.error("a correction was not written down: %s", error)  # noqa: TRY400 - the message says it
            return Refusal(Code.INTERNAL, f"It cannot be written down: {error}", request=request)
        except Exception:
            # one correction must not end them for everybody; nothing is swallowed unlogged
            log.exception("a correction failed: %s", correction)
            message = "the server failed on this; its log says why"
            return Refusal(Code.INTERNAL, message, request=request)

    def _do(self, source: Source, correction: Correction) -> Corrected:
        if correction.say is Say.TAKE_BACK:
            rejection = take_back(
                self._encodings, self._encoder, correction.said_at, timeout_s=LOCK_TIMEOUT_S
            )
            self._on_change()
            log.info("taken back: %s", rejection.words)
            return Corrected(correction.request, taken_back(rejection))
        track = self._track(source, correction)
        encodings = np.stack([probe.encoding for probe in track.probes])
        rejection = reject_encodings(
            self._encodings,
            self._encoder,
            correction.name or "",
            encodings,
            where=source.camera,
            timeout_s=LOCK_TIMEOUT_S,
        )
        self._on_change()
        log.info("a face before camera %r is %s", source.camera, rejection.words)
        advice = self._cause(rejection, encodings)
        if advice:
            log.info("%s", advice)
        return Corrected(correction.request, _noted(rejection), rejection.time_s, advice)

    def _cause(self, rejection: Rejection, encodings: Floats) -> str:
        """Advice if a photograph of the person shows this very face: it may be one of somebody
        else, and then it has to go."""
        gallery = self._gallery()
        if rejection.name not in gallery.counts:
            return ""
        own = gallery.take(np.array([name == rejection.name for name in gallery.names], bool))
        distances = own.distances(encodings).mean(axis=0)
        row = int(distances.argmin())
        file = own.samples[row].file
        if not file or distances[row] > SAME_FACE * self._encoder.tolerance:
            return ""
        command = shlex.join(["people", "remove", rejection.name, file])
        return (
            f"The photograph {file} of {rejection.name} shows almost the same face. If that is "
            f"somebody else, take it out: lookout {command}"
        )

    def _track(self, source: Source, correction: Correction) -> RecentTrack:
        """The track that the correction is about. Raises NotRemembered."""
        number = correction.track
        track = None if number is None else self._recent.get(source, number)
        if track is None:
            raise NotRemembered("That face is no longer known: it left too long ago.")
        if not track.probes:
            raise NotRemembered("That face has not been looked at closely yet. Try again.")
        if correction.name is not None and correction.name not in track.names:
            raise NotRemembered(f"That face has not been called {correction.name}.")
        return track


def _noted(rejection: Rejection) -> str:
    if rejection.ignore:
        return "Noted. This person is ignored from now on and gets no name."
    name = rejection.name
    return f"Noted: this is not {name}. A face like this one is not called {name} any more."
