"""One look at a camera before it is entered: does it answer, and is what comes good for faces?"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from lookout.server.cameras.faults import WORDS, Fault
from lookout.server.cameras.settings_of import settings_of
from lookout.server.cameras.stream_process import read_cameras
from lookout.server.cameras.stream_settings import (
    Message,
    Open,
    Phase,
    Report,
    Request,
)
from lookout.server.errors import ChildGone
from lookout.server.storage.camera_records import CameraRecord
from lookout.server.threads.child_process import ChildProcess

ANSWER_S = 20.0
"""Until the first picture, the start of the process included."""
LOOK_S = 3.0
"""Pictures are looked at for so long, for their rate and their key frames."""


@dataclass(frozen=True, slots=True)
class ProbeVerdict:
    """What a look at a camera has shown. fault, why: what is wrong, or, of a camera that works,
    what would be better. The size is that of the stream that is searched."""

    works: bool
    fault: str
    why: str
    codec: str = ""
    fps: float = 0.0
    size_wh: tuple[int, int] = (0, 0)
    key_s: float = 0.0


def probe(
    camera: CameraRecord, *, answer_s: float = ANSWER_S, look_s: float = LOOK_S
) -> ProbeVerdict:
    """Reads a camera for a moment, in a process of its own; takes `answer_s` and `look_s` at the
    longest."""
    settings = settings_of(replace(camera, enabled=True), 1, "none")
    child: ChildProcess[Request, Message] = ChildProcess("camera test", read_cameras)
    try:
        child.send(Open(settings))
        return _verdict(child, answer_s, look_s)
    except ChildGone:
        return ProbeVerdict(False, Fault.HUNG.value, WORDS[Fault.HUNG])
    finally:
        child.close()


def _verdict(child: ChildProcess[Request, Message], answer_s: float, look_s: float) -> ProbeVerdict:
    until_s, looking, last = time.monotonic() + answer_s, False, None
    while (left_s := until_s - time.monotonic()) > 0:
        if not child.poll(left_s):
            break
        message = child.receive(0.0)
        if not isinstance(message, Report):
            continue
        if message.phase is Phase.WAITING:
            return ProbeVerdict(False, message.fault, message.why)
        if message.phase is Phase.STREAMING:
            last = message
            if not looking:
                looking, until_s = True, time.monotonic() + look_s
    if last is None:
        return ProbeVerdict(False, Fault.SILENT.value, WORDS[Fault.SILENT])
    return ProbeVerdict(True, "", last.why, last.codec, last.fps, last.size_wh, last.key_s)
