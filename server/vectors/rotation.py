"""The secret rotation: an orthogonal matrix turns the space, and every distance stays.

What an engine then holds does not compare with encodings made elsewhere. That hides templates from
who merely looks at them; it is no encryption: who has some hundred encodings together with their
rotated forms can solve for the matrix.
"""

from __future__ import annotations

import base64
import hashlib
import secrets

import numpy as np

from lookout.faces.detections import Floats

KEY_BYTES = 32


class Rotation:
    """A rotation of vectors of `dimension` numbers that follows from a key alone, on every machine:
    normally distributed numbers of a stream of SHAKE-256 (Box and Muller), made orthogonal (QR with
    a positive diagonal, so that it is drawn evenly among all; F. Mezzadri, 2007)."""

    def __init__(self, key: bytes, dimension: int) -> None:
        drawn = _normal(key, dimension * dimension).reshape(dimension, dimension)
        orthogonal, triangle = np.linalg.qr(drawn)
        self._matrix = np.asarray(orthogonal * np.sign(np.diag(triangle)), np.float32)

    def __call__(self, vectors: Floats) -> Floats:
        """(N, D) float32, turned."""
        return np.asarray(vectors @ self._matrix, np.float32)


def unturned(vectors: Floats) -> Floats:
    """The rotation that does nothing."""
    return vectors


def fresh_key() -> str:
    """A key as it is kept: URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _normal(key: bytes, count: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    stream = hashlib.shake_256(b"lookout vectors" + key).digest(16 * count)
    first, second = np.frombuffer(stream, "<u8").reshape(2, count) / 2.0**64
    return np.asarray(np.sqrt(-2.0 * np.log1p(-first)) * np.cos(2.0 * np.pi * second))
