"""What photographs teach."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from faces.seams import Detector, Encoder
from server.jpeg import decode_bgr
from wire.records import Reason


class Learner:
    def __init__(self, detector: Detector, encoder: Encoder, images: Path, encodings: Path) -> None:
        pass

    def __call__(self, stop: threading.Event) -> None:
        pass


def judge_with(detector: Detector) -> Callable[[bytes], tuple[Reason, ...]]:
    def judge(jpeg: bytes) -> tuple[Reason, ...]:
        found = detector.detect([decode_bgr(jpeg)])[0]
        return () if len(found) == 1 else (Reason("faces", f"{len(found)} faces"),)

    return judge
