"""Detector and encoder elsewhere, behind the protocols of those that are here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.protocols import Chip, Detector, Encoder
from lookout.faces.runtime.session import RuntimeFacts
from lookout.server.remote.caller import Caller
from lookout.server.remote.errors import RemoteFailed
from lookout.server.remote.messages import (
    pack_chips,
    pack_image,
    read_encodings,
    read_found,
)

CHIPS = 8
"""That go in one message."""
Done = TypeVar("Done")


class RemoteDetector:
    """A `faces.protocols.Detector` that an engine elsewhere computes; while it fails, the same one
    here. One thread at a time."""

    def __init__(self, here: Detector, caller: Caller) -> None:
        self._here = here
        self._caller = caller
        self.facts = _facts(caller)

    @property
    def name(self) -> str:
        return self._here.name

    @property
    def face_px(self) -> int:
        return self._here.face_px

    def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
        def elsewhere() -> list[Detections]:
            sent = [pack_image(self.name, image_bgr) for image_bgr in images_bgr]
            answers = self._caller.call("detect", sent)
            return [read_found(answer, self.name) for answer in answers]

        return _else_here(self._caller, elsewhere, lambda: self._here.detect(images_bgr))


class RemoteEncoder:
    """A `faces.protocols.Encoder` that an engine elsewhere computes; while it fails, the same one
    here, which also cuts the chips. One thread at a time."""

    def __init__(self, here: Encoder, caller: Caller) -> None:
        self._here = here
        self._caller = caller
        self.facts = _facts(caller)

    @property
    def name(self) -> str:
        return self._here.name

    @property
    def dimension(self) -> int:
        return self._here.dimension

    @property
    def tolerance(self) -> float:
        return self._here.tolerance

    def align(self, image_bgr: Image, detections: Detections) -> list[Chip]:
        return self._here.align(image_bgr, detections)

    def encode(self, chips: Sequence[Chip]) -> Floats:
        if not chips:
            return np.zeros((0, self.dimension), np.float32)
        parts = [chips[at : at + CHIPS] for at in range(0, len(chips), CHIPS)]

        def elsewhere() -> Floats:
            answers = self._caller.call("encode", [pack_chips(self.name, p) for p in parts])
            pairs = zip(answers, parts, strict=True)
            return np.concatenate(
                [read_encodings(one, self.name, len(p), self.dimension) for one, p in pairs]
            )

        return _else_here(self._caller, elsewhere, lambda: self._here.encode(chips))


def _else_here(caller: Caller, elsewhere: Callable[[], Done], here: Callable[[], Done]) -> Done:
    if caller.resting:
        return here()
    try:
        return elsewhere()
    except RemoteFailed as error:
        caller.refuse(error)
        return here()


def _facts(caller: Caller) -> RuntimeFacts:
    return RuntimeFacts(caller.name, "elsewhere", "remote", "its own", 0)
