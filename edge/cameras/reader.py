"""The thread behind every camera: a device may hang, the program never does.

A camera says how its pictures come as a generator that opens the device, yields JPEGs and lets go
in its `finally`. The generator runs in a daemon thread of its own and fills a newest-frame slot;
callers wait on the slot with a timeout, because no library here has one for every call.
"""

from __future__ import annotations

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Generator
from contextlib import closing
from typing import Self

from lookout.edge.cameras.errors import CameraLost
from lookout.edge.frame import Frame
from lookout.edge.slot import Slot

log = logging.getLogger(__name__)

OPEN_TIMEOUT_S = 10.0  # a network camera may need seconds for its first key frame
CLOSE_TIMEOUT_S = 2.0


class ReaderCamera(ABC):
    """A camera whose pictures come from `frames`, run in a thread that this class owns."""

    open_timeout_s = OPEN_TIMEOUT_S

    def __init__(self, name: str) -> None:
        self._name = name
        self._reader: _Reader | None = None
        self._seen = 0

    @property
    def name(self) -> str:
        return self._name

    @abstractmethod
    def frames(self, stop: threading.Event) -> Generator[bytes, None, None]:
        """Opens the device and yields JPEGs until `stop` is set; CameraLost where it fails.

        Runs in the reader's thread. It waits only on `stop`, or with a timeout.
        """

    def open(self) -> None:
        self.close()
        if self._reader is not None:
            # One thread at most: a device that hangs for days must not collect threads.
            raise CameraLost(f"{self.name} hangs in its driver; unplug it or restart this program")
        self._reader, self._seen = _Reader(self), 0
        self._reader.start()
        if self._reader.slot.wait(0, self.open_timeout_s) is None:
            error = self._reader.error
            self.close()
            raise error or CameraLost(
                f"{self.name} gave no picture within {self.open_timeout_s:.0f} s of opening"
            )

    def read(self, timeout_s: float) -> Frame:
        reader = self._reader
        if reader is None:
            raise CameraLost(f"{self.name} is not open")
        newest = reader.slot.wait(self._seen, timeout_s)
        if newest is None:
            raise reader.error or CameraLost(f"{self.name} gave no picture for {timeout_s:.1f} s")
        self._seen, frame = newest
        return frame

    def close(self) -> None:
        if self._reader is not None and self._reader.end(CLOSE_TIMEOUT_S):
            self._reader = None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Reader:
    """One run of a camera's generator. An abandoned one writes only into its own slot."""

    def __init__(self, camera: ReaderCamera) -> None:
        self.slot: Slot[Frame] = Slot()
        self.error: Exception | None = None
        self._camera = camera
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name=f"camera {camera.name}"[:60], daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def end(self, timeout_s: float) -> bool:
        """Asks the thread to end; false when it hangs in the device all the same."""
        self._stop.set()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            log.warning("%s does not let go within %.0f s", self._camera.name, timeout_s)
            return False
        return True

    def _run(self) -> None:
        try:
            with closing(self._camera.frames(self._stop)) as frames:
                for number, jpeg in enumerate(frames, start=1):
                    if self._stop.is_set():
                        return
                    self.slot.put(Frame(jpeg, number, time.time()))
            if not self._stop.is_set():
                self.error = CameraLost(f"{self._camera.name} ended")
        except Exception as error:  # noqa: BLE001 - handed to the owner, who raises it from read()
            self.error = error
        finally:
            self.slot.close()
