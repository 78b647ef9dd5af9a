"""The live picture as browsers expect it: `multipart/x-mixed-replace`, one JPEG a part.

A part is built once for each frame and the same bytes go to every viewer. It ends with the *next*
part's boundary: Chrome shows a picture only when it has seen the boundary after it, so a boundary
that waits for the next frame would delay every picture by one frame.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

from lookout.edge.slot import Slot

BOUNDARY = "lookout-frame"
CONTENT_TYPE = f"multipart/x-mixed-replace; boundary={BOUNDARY}"
OPENING = f"--{BOUNDARY}\r\n".encode()

REPEAT_S = 1.0
"""With no new picture for this long the last one is sent again: writing is the only way to learn
that a viewer has gone, and a viewer that has gone holds a thread."""


def part(jpeg: bytes) -> bytes:
    """One picture and the boundary after it."""
    head = f"Content-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n".encode()
    return b"".join((head, jpeg, b"\r\n", OPENING))


def parts(pictures: Slot[bytes]) -> Iterator[bytes]:
    """The stream of one viewer: always the newest part, until the slot closes.

    A viewer that takes long over a part finds a newer one afterwards and never sees those between.
    """
    yield OPENING
    seen = 0
    while not pictures.closed:
        fresh = pictures.wait(seen, REPEAT_S) or pictures.newest()
        if fresh is not None:
            seen, picture = fresh
            yield picture


class Viewers:
    """The count of viewers and its limit; each viewer holds a thread."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._count = 0
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        return self._count

    def enter(self) -> bool:
        """True when there was room; call `leave` afterwards."""
        with self._lock:
            if self._count >= self.most:
                return False
            self._count += 1
            return True

    def leave(self) -> None:
        with self._lock:
            self._count -= 1
