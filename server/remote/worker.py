"""The engine's side: messages to pictures and chips, through the network, and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lookout.faces.detections import Image
from lookout.faces.protocols import Chip, Detector, Encoder
from lookout.server.remote.errors import RemoteFailed
from lookout.server.remote.messages import pack, pack_found, read_chips, unpack

BAD = b""
"""The answer to a message that cannot be read."""


class DetectorWorker:
    """Finds faces in the pictures of messages. One thread at a time."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    def answers(self, messages: Sequence[bytes]) -> list[bytes]:
        """An answer for each message, in order, by one call of the detector; BAD for one that
        cannot be read."""
        images = [_read(message, _image) for message in messages]
        good = [image for image in images if image is not None]
        found = iter(self._detector.detect(good) if good else ())
        name = self._detector.name
        return [BAD if image is None else pack_found(name, next(found)) for image in images]


class EncoderWorker:
    """Encodes the chips of messages. One thread at a time."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._parts = encoder.name.count("+") + 1

    def answers(self, messages: Sequence[bytes]) -> list[bytes]:
        """An answer for each message, in order, by one call of the encoder; BAD for one that cannot
        be read."""
        several = [_read(message, self._chips) for message in messages]
        chips = [chip for one in several if one is not None for chip in one]
        encodings = self._encoder.encode(chips)
        answers, at = [], 0
        for one in several:
            if one is None:
                answers.append(BAD)
                continue
            answers.append(pack(self._encoder.name, [encodings[at : at + len(one)]]))
            at += len(one)
        return answers

    def _chips(self, arrays: Sequence[Any]) -> list[Chip]:
        return read_chips(arrays, self._parts)


def _read(message: bytes, take: Callable[[Sequence[Any]], Any]) -> Any:
    try:
        return take(unpack(message)[1])
    except (RemoteFailed, ValueError):
        return None


def _image(arrays: Sequence[Any]) -> Image:
    (image_bgr,) = arrays
    if image_bgr.ndim != 3 or image_bgr.shape[2] != 3 or image_bgr.dtype != np.uint8:
        raise ValueError(f"a picture has no shape of {image_bgr.shape}")
    return np.asarray(image_bgr, np.uint8)
