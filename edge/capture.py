"""Takes a photograph of a person for enrolment: the plain frame, never the annotated one."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from lookout.edge.frame import Frame
from lookout.edge.photos import MOST_WAITING, NotSaved, PhotoState, PhotoStore, stamp_of
from lookout.edge.slot import Slot
from lookout.names import clean_name
from lookout.wire.errors import WireError
from lookout.wire.records import Verdict, VerdictReason

JUDGE_TIMEOUT_S = 5.0
"""The longest wait of the person at the page for the server's verdict."""

OLDEST_FRAME_S = 2.0
"""A camera whose newest frame is older has stopped; its picture is not of this moment."""

HELD_S = 300.0
MOST_HELD = 8
"""Poor shots that wait in memory for "keep anyway"; the oldest makes room."""

ADDS_NOTHING = {"duplicate", "enough"}
"""Reasons that speak of the photographs that are there already, not of this one."""

log = logging.getLogger(__name__)


class Judge(Protocol):
    """The server, as far as photographs go; `edge.link.Link` is one."""

    def submit_photo(
        self, jpeg: bytes, *, name: str, filename: str, keep_anyway: bool = False, timeout_s: float
    ) -> Verdict:
        """The server's verdict on one photograph. Raises WireError when there is none."""


class Outcome(StrEnum):
    """The outcomes of a shot."""

    SAVED = "saved"
    UNCHECKED = "unchecked"
    POOR = "poor"


@dataclass(frozen=True, slots=True)
class Shot:
    """One press of the button. `id` is for "keep anyway", only where the outcome is POOR; `path`
    is relative to the folder of photographs, only where the shot was saved."""

    outcome: Outcome
    name: str
    message: str
    reasons: tuple[VerdictReason, ...] = ()
    id: str | None = None
    path: str | None = None


class NoPicture(Exception):
    """The camera gives no picture at the moment; the message is for the person at the page."""


class HeldShotGone(Exception):
    """A poor shot was asked for after it had been given up."""


@dataclass(frozen=True, slots=True)
class _Held:
    name: str
    frame: Frame
    until: float


class Capture:
    """Safe to use from any thread. `on_waiting` is called when a photograph was saved that the
    server has yet to see."""

    def __init__(
        self,
        camera: Slot[Frame],
        store: PhotoStore,
        judge: Judge,
        on_waiting: Callable[[], None],
    ) -> None:
        self._camera = camera
        self._store = store
        self._judge = judge
        self._on_waiting = on_waiting
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, name: str) -> Shot:
        """Photographs `name` now. Raises BadName, NoPicture or NotSaved."""
        name = self._store.spelling_of(clean_name(name))
        if self._store.is_full():
            raise NotSaved(
                f"{MOST_WAITING} photographs are waiting for the server already; "
                "nothing was saved. Start the server, or delete files that end in .unchecked.jpg."
            )
        newest = self._camera.newest()
        if newest is None or time.monotonic() - newest[1].taken_s > OLDEST_FRAME_S:
            raise NoPicture("The camera gives no picture at the moment; nothing was saved.")
        frame = newest[1]
        verdict = self._judged(name, frame)
        if verdict is None:
            path = self._save(name, frame, PhotoState.UNCHECKED)
            message = f"Saved for {name}, not checked: the server will look at it when it is back."
            return Shot(Outcome.UNCHECKED, name, message, path=path)
        if not verdict.good and not verdict.kept:
            codes = {reason.code for reason in verdict.reasons}
            why = "would add nothing" if codes <= ADDS_NOTHING else "would be a poor one"
            message = f"Not saved: this photograph of {name} {why}."
            return Shot(Outcome.POOR, name, message, verdict.reasons, id=self._hold(name, frame))
        if not verdict.kept:
            path = self._save(name, frame, PhotoState.UNCHECKED)
            message = f"Saved here. A good photograph of {name}; the server cannot keep it yet."
            return Shot(Outcome.UNCHECKED, name, message, path=path)
        path = self._save(name, frame, PhotoState.DONE)
        if not verdict.good:
            message = f"Saved for {name}. {verdict.advice}".rstrip()
            return Shot(Outcome.SAVED, name, message, verdict.reasons, path=path)
        message = f"Saved. A good photograph of {name}. {verdict.advice}".rstrip()
        return Shot(Outcome.SAVED, name, message, path=path)

    def keep(self, shot_id: str) -> Shot:
        """Saves a poor shot all the same.

        Raises HeldShotGone, or NotSaved with the shot still held."""
        with self._lock:
            held = self._held.get(shot_id)
        if held is None or held.until < time.monotonic():
            raise HeldShotGone("That picture is no longer available; take a new one.")
        path = self._save(held.name, held.frame, PhotoState.KEEP)
        with self._lock:
            self._held.pop(shot_id, None)
        return Shot(Outcome.SAVED, held.name, f"Saved for {held.name}, as you asked.", path=path)

    def _judged(self, name: str, frame: Frame) -> Verdict | None:
        filename = f"{stamp_of(frame.captured_at)}.jpg"
        try:
            return self._judge.submit_photo(
                frame.jpeg, name=name, filename=filename, timeout_s=JUDGE_TIMEOUT_S
            )
        except WireError as error:
            log.info("a photograph waits to be judged: %s", error)
            return None

    def _save(self, name: str, frame: Frame, state: PhotoState) -> str:
        photo = self._store.save(name, frame.jpeg, frame.captured_at, state)
        if state is not PhotoState.DONE:
            self._on_waiting()
        return f"{photo.folder.name}/{photo.path.name}"

    def _hold(self, name: str, frame: Frame) -> str:
        shot_id = secrets.token_urlsafe(12)
        now = time.monotonic()
        with self._lock:
            self._held[shot_id] = _Held(name, frame, now + HELD_S)
            while len(self._held) > MOST_HELD or next(iter(self._held.values())).until < now:
                self._held.popitem(last=False)
        return shot_id
