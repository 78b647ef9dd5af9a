"""dlib's own answers, kept by content: its networks take minutes for what ours do in seconds."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import cv2
import dlib
import numpy as np
import numpy.typing as npt

from benchmarks.support.report import RESULTS
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.dlib_weights import MMOD, RESNET, dlib_weights


class DlibOracle:
    """dlib's encoder and CNN detector behind a file of their answers. Loads them when asked."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or RESULTS / "dlib-oracle.sqlite"
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._connect()) as database, database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS answer (key BLOB PRIMARY KEY, floats BLOB NOT NULL)"
            )
        self._encoder: dlib.face_recognition_model_v1 | None = None
        self._detector: dlib.cnn_face_detection_model_v1 | None = None

    def encode(self, chip: Image) -> Floats:
        """(128,) float32: dlib's encoding of a chip."""
        return self._kept("encode", chip, lambda: self._ask_encoder(chip))

    def detect(self, image_bgr: Image, upsample: int) -> Detections:
        """The faces that `dlib.cnn_face_detection_model_v1` finds."""
        rows = self._kept(f"detect {upsample}", image_bgr, lambda: self._ask(image_bgr, upsample))
        rows = rows.reshape(-1, 5)
        return Detections(rows[:, :4].copy(), rows[:, 4].copy())

    def _ask_encoder(self, chip: Image) -> Floats:
        if self._encoder is None:
            self._encoder = dlib.face_recognition_model_v1(str(dlib_weights(RESNET)))
        return np.array(self._encoder.compute_face_descriptor(chip), np.float32)

    def _ask(self, image_bgr: Image, upsample: int) -> Floats:
        if self._detector is None:
            self._detector = dlib.cnn_face_detection_model_v1(str(dlib_weights(MMOD)))
        found = self._detector(cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGB), upsample)
        rows = [
            (f.rect.left(), f.rect.top(), f.rect.right() + 1, f.rect.bottom() + 1, f.confidence)
            for f in found
        ]
        return np.array(rows, np.float32)

    def _kept(self, question: str, image: Image, ask: Callable[[], Floats]) -> Floats:
        head = f"{question} {dlib.__version__} {image.shape}"
        key = hashlib.sha256(head.encode() + np.ascontiguousarray(image).tobytes()).digest()
        with closing(self._connect()) as database:
            row = database.execute("SELECT floats FROM answer WHERE key = ?", (key,)).fetchone()
            if row is not None:
                answer: npt.NDArray[np.float32] = np.frombuffer(row[0], np.float32)
                return answer
            floats = ask()
            with database:
                database.execute("INSERT INTO answer VALUES (?, ?)", (key, floats.tobytes()))
        return floats

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, timeout=60)
