"""The settings that all sessions share: sinks, secrets and limits."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from lookout.server.live.camera_claims import CameraClaims, Unshared
from lookout.server.live.camera_names import CameraNames
from lookout.server.live.frame_job import FrameQueue, Source
from lookout.server.transport.guess_delay import GuessDelay
from lookout.wire.corrections import Corrected, Correction
from lookout.wire.framing import Limits
from lookout.wire.records import PhotoInfo, Refusal, Verdict
from lookout.wire.streams import Keys

HANDSHAKE_TIMEOUT_S = 5.0
IDLE_TIMEOUT_S = 15.0
"""An edge that sends no message for so long is gone: a living one sends PINGs."""
WRITE_TIMEOUT_S = 5.0
"""The time in which one message must be written, or its reader is too slow to keep."""
KEY_CHECK_S = 20.0
"""An edge whose API key is revoked stays no longer than this."""


class PhotoSink(Protocol):
    """Takes photographs; `server.enrolment.photo_handler.PhotoHandler` is the one in use."""

    def offer(
        self, photo: PhotoInfo, jpeg: bytes, deliver: Callable[[Verdict | Refusal], None]
    ) -> None: ...


class CorrectionSink(Protocol):
    """Takes corrections; `server.enrolment.correction_handler.CorrectionHandler` is the one in
    use."""

    def correct(
        self,
        source: Source,
        correction: Correction,
        deliver: Callable[[Corrected | Refusal], None],
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Timeouts:
    handshake_s: float = HANDSHAKE_TIMEOUT_S
    idle_s: float = IDLE_TIMEOUT_S
    write_s: float = WRITE_TIMEOUT_S
    key_s: float = KEY_CHECK_S


@dataclass(frozen=True, slots=True, eq=False)
class SessionSettings:
    """token: the secret that edges share with the server; empty: none is asked for.

    keys: the API keys that edges may show instead of the token. names: the owners of camera names.
    claims: the cameras of this server among several on one store.
    clock: monotonic, in seconds, for the delay of `guesses`.
    load: how many cameras this server has, for edges that choose among several.
    """

    frames: FrameQueue
    photos: PhotoSink
    corrections: CorrectionSink
    token: str = ""
    keys: Keys | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    limits: Limits = field(default_factory=Limits)
    names: CameraNames = field(default_factory=CameraNames)
    claims: CameraClaims = field(default_factory=Unshared)
    guesses: GuessDelay = field(default_factory=GuessDelay)
    clock: Callable[[], float] = time.monotonic
    load: Callable[[], int] = lambda: 0
