"""The companion: listens to Frigate, follows its events, and says what came of each.

One thread looks at events that go on, another at the clips of those that have ended, because
fetching and decoding one takes seconds in which somebody else may be at the door.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import time
from collections import OrderedDict
from collections.abc import Callable

from lookout.server.frigate.api import FrigateApi
from lookout.server.frigate.event import FaceUpdate, FrigateEvent
from lookout.server.frigate.following import Following
from lookout.server.frigate.options import FrigateOptions
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.threads.stoppable_thread import StoppableThread

log = logging.getLogger(__name__)

MOST_FOLLOWED = 200
"""Events at a time; the oldest makes room."""
MOST_DONE = 2000
"""Events that are remembered so that they are not looked at again."""
MOST_WAITING = 1000
"""Messages of Frigate that wait to be heard; further ones are dropped and counted."""
MOST_CLIPS = 50
IDLE_S = 1.0

Heard = FrigateEvent | FaceUpdate
Tell = Callable[[Following], object]


class Companion(StoppableThread):
    """Owns the thread that looks; `clips` is the other one. `hear` from any thread."""

    def __init__(
        self,
        recognition: Callable[[], RecognitionContext],
        api: FrigateApi,
        options: FrigateOptions,
        tell: Tell,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """recognition: with the people of now; asked once for each event. tell: is called with what
        has come of an event, by either thread."""
        self._recognition = recognition
        self._api = api
        self._options = options
        self._tell = tell
        self._monotonic = monotonic
        self._heard: queue.Queue[Heard] = queue.Queue(MOST_WAITING)
        self._followed: OrderedDict[str, Following] = OrderedDict()
        self._due: dict[str, float] = {}
        self._done: OrderedDict[str, None] = OrderedDict()
        self.clips = Clips(self._finish)
        self.dropped = 0
        super().__init__("frigate")

    def hear(self, message: Heard) -> None:
        """Takes a message of Frigate; never waits."""
        try:
            self._heard.put_nowait(message)
        except queue.Full:
            self.dropped += 1

    def start(self) -> None:
        self.clips.start()
        super().start()

    def close(self, timeout_s: float) -> bool:
        self._stop.set()
        clips = self.clips.close(timeout_s)
        return super().close(timeout_s) and clips

    def step(self, wait_s: float) -> None:
        """Hears what has come, for at most `wait_s` seconds, and looks at what is due."""
        try:
            self._take(self._heard.get(timeout=wait_s))
            while True:
                self._take(self._heard.get_nowait())
        except queue.Empty:
            pass
        for event in [one for one, due_s in self._due.items() if due_s <= self._monotonic()]:
            self._look(self._followed[event])

    def _work(self) -> None:
        while not self._stop.is_set():
            next_s = min(self._due.values(), default=self._monotonic() + IDLE_S)
            try:
                self.step(min(IDLE_S, max(0.001, next_s - self._monotonic())))
            except Exception:
                # one odd event must not end the naming of others; nothing is swallowed unlogged
                log.exception("an event of Frigate could not be looked at")
                self._due.clear()

    def _take(self, message: Heard) -> None:
        if isinstance(message, FaceUpdate):
            if message.id in self._followed:
                self._due[message.id] = self._monotonic()  # there is a face to be seen
            return
        if message.id in self._done or self._options.why_not(message):
            return
        if message.sub_label is not None and not self._options.overwrite:
            self._forget(message.id)  # somebody else has named it
            return
        following = self._followed.get(message.id)
        if following is None:
            following = Following(message, self._recognition(), self._api, self._options)
            self._followed[message.id] = following
            if len(self._followed) > MOST_FOLLOWED:
                self._forget(next(iter(self._followed)))
        following.event = message
        self._due[message.id] = self._monotonic()

    def _look(self, following: Following) -> None:
        event = following.event
        sure = following.look()
        if sure or event.kind == "end":
            self._forget(event.id)
            wants_clip = not sure and event.has_clip and self._options.clip_frames > 0
            if not (wants_clip and self.clips.take(following)):
                self._finish(following)
        elif following.has_looks_left:
            self._due[event.id] = self._monotonic() + self._options.pause_s
        else:
            self._due.pop(event.id, None)  # the next message, or its end, looks again

    def _forget(self, event: str) -> None:
        self._followed.pop(event, None)
        self._due.pop(event, None)
        self._done[event] = None
        while len(self._done) > MOST_DONE:
            self._done.popitem(last=False)

    def _finish(self, following: Following) -> None:
        following.write_name(self._stop)
        self._tell(following)


class Clips(StoppableThread):
    """Owns the thread that looks at the clips of events that have ended."""

    def __init__(self, finish: Callable[[Following], object]) -> None:
        self._finish = finish
        self._waiting: queue.Queue[Following | None] = queue.Queue(MOST_CLIPS)
        super().__init__("frigate clips")

    def take(self, following: Following) -> bool:
        """Whether there was room for it."""
        try:
            self._waiting.put_nowait(following)
        except queue.Full:
            return False
        return True

    def close(self, timeout_s: float) -> bool:
        self._stop.set()
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait(None)
        return super().close(timeout_s)

    def _work(self) -> None:
        while not self._stop.is_set():
            following = self._waiting.get()
            if following is None:
                return
            try:
                following.look_at_clip(self._stop)
                self._finish(following)
            except Exception:
                # one odd clip must not end the looking at others; nothing is swallowed unlogged
                log.exception("a clip of Frigate could not be looked at")
