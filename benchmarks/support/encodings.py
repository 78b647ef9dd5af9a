"""Encodings of many pictures, kept by content and settings, so that a run can be resumed.

The face that was found in a picture is kept, too: the next encoder looks at it without finding it
again.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

import lookout.faces
from benchmarks.support.degrade import degrade
from benchmarks.support.report import RESULTS
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.errors import BadImage
from lookout.faces.protocols import Chip, Detector, Encoder

_CHUNK = 32
"""Pictures that are encoded together and whose results are committed together."""

_CODE = ("encode", "dlibnet", "models/entry.py", "align.py", "dlib_chips.py", "landmarks")
"""The parts of `faces` on which an encoding depends, whichever detector found the face."""


class EncodingCache:
    """Encodings of one detector and one encoder. A changed line of their code starts afresh."""

    def __init__(self, detector: Detector, encoder: Encoder, file: Path | None = None) -> None:
        self._detector = detector
        self._encoder = encoder
        self._file = file or RESULTS / "encodings.sqlite"
        self._file.parent.mkdir(parents=True, exist_ok=True)
        facts = getattr(encoder, "facts", "")
        self._settings = f"{detector.name}|{encoder.name}|{facts}|{_code_digest(detector)}"
        self._finding = f"{detector.name}|{_digest_of(_detector_files(detector))}"
        with closing(self._connect()) as database, database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS encoding (key BLOB PRIMARY KEY, vector BLOB NOT NULL)"
            )
            database.execute(
                "CREATE TABLE IF NOT EXISTS face (key BLOB PRIMARY KEY, numbers BLOB NOT NULL)"
            )

    def encodings(self, pictures: Sequence[Path], recipe: str = "none") -> list[Floats | None]:
        """The encoding of each picture's `centre_face` after `recipe`; None where none is found.

        Raises BadImage for a file
        that is no picture.
        """
        results: list[Floats | None] = []
        what = f"{self._detector.name} {self._encoder.name} {recipe}"
        with (
            closing(self._connect()) as database,
            tqdm(total=len(pictures), desc=what, unit="picture", mininterval=1) as bar,
        ):
            for start in range(0, len(pictures), _CHUNK):
                chunk = pictures[start : start + _CHUNK]
                with database:
                    results += self._chunk(database, chunk, recipe)
                bar.update(len(chunk))
        return results

    def _chunk(
        self, database: sqlite3.Connection, pictures: Sequence[Path], recipe: str
    ) -> list[Floats | None]:
        contents = [picture.read_bytes() for picture in pictures]
        keys = [_key(self._settings, content, recipe) for content in contents]
        known = {key: vector for key in keys if (vector := _look_up(database, key)) is not None}
        fresh = {key: index for index, key in enumerate(keys) if key not in known}
        chips: dict[bytes, Chip] = {}
        for key, index in fresh.items():
            image = degrade(_decode(contents[index], pictures[index]), recipe)
            place = _key(self._finding, contents[index], recipe)
            face = self._face(database, place, image)
            chips.update((key, chip) for chip in self._encoder.align(image, face))
        vectors = dict(zip(chips, self._encoder.encode(list(chips.values())), strict=True))
        for key in fresh:
            known[key] = vectors.get(key, np.zeros(0, np.float32))
            row = (key, known[key].astype("<f4").tobytes())
            database.execute("INSERT OR REPLACE INTO encoding VALUES (?, ?)", row)
        return [known[key] if len(known[key]) else None for key in keys]

    def _face(self, database: sqlite3.Connection, key: bytes, image: Image) -> Detections:
        """The main face of the picture: as it was found before, else found and kept."""
        row = database.execute("SELECT numbers FROM face WHERE key = ?", (key,)).fetchone()
        if row is not None:
            return _face_from(row[0])
        face = centre_face(self._detector.detect([image])[0], image)
        database.execute("INSERT OR REPLACE INTO face VALUES (?, ?)", (key, _face_bytes(face)))
        return face

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, timeout=30)


def centre_face(detections: Detections, image: Image) -> Detections:
    """The one face whose centre is nearest the picture's; empty stays empty."""
    if len(detections) == 0:
        return detections
    middle = np.array([image.shape[1], image.shape[0]], np.float32) / 2
    centre = (detections.box_xyxy[:, :2] + detections.box_xyxy[:, 2:]) / 2
    nearest = np.square(centre - middle).sum(axis=1).argmin()
    return detections.take(np.array([nearest], np.intp))


def _face_bytes(face: Detections) -> bytes:
    """Box, score and, where there are some, points of one face or none, as float32."""
    points = () if face.points_xy is None else (face.points_xy.ravel(),)
    return np.concatenate([face.box_xyxy.ravel(), face.score, *points]).astype("<f4").tobytes()


def _face_from(content: bytes) -> Detections:
    numbers = np.frombuffer(content, "<f4")
    if not len(numbers):
        return Detections.empty()
    points = numbers[5:].reshape(1, -1, 2) if len(numbers) > 5 else None
    return Detections(numbers[None, :4], numbers[4:5], points)


def _key(settings: str, content: bytes, recipe: str) -> bytes:
    digest = hashlib.sha256(f"{settings}|{recipe}|".encode())
    digest.update(content)
    return digest.digest()


def _look_up(database: sqlite3.Connection, key: bytes) -> Floats | None:
    row = database.execute("SELECT vector FROM encoding WHERE key = ?", (key,)).fetchone()
    return None if row is None else np.frombuffer(row[0], "<f4")


def _decode(content: bytes, picture: Path) -> Image:
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise BadImage(f"{picture} is no picture that OpenCV can read")
    return np.asarray(image, np.uint8)


def _code_digest(detector: Detector) -> str:
    """A digest of the code that decides what an encoding is; other detectors' is not in it."""
    room = _room()
    files = _detector_files(detector)
    for part in _CODE:
        path = room / part
        files += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return _digest_of(files)


def _room() -> Path:
    return Path(next(iter(lookout.faces.__path__))).resolve()


def _detector_files(detector: Detector) -> list[Path]:
    """The code that decides where the face of a picture is, the degradations among it."""
    room = _room()
    degradations = room.parent / "benchmarks" / "support" / "degrade.py"
    return [degradations, *with_imports(Path(inspect.getfile(type(detector))), room)]


def _digest_of(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def with_imports(file: Path, room: Path) -> list[Path]:
    """`file`, and what it imports, directly or not, from `faces.detect`."""
    found: dict[Path, None] = {}
    waiting = [file]
    while waiting:
        found[(file := waiting.pop())] = None
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                "lookout.faces.detect."
            ):
                path = room.joinpath(*str(node.module).split(".")[2:]).with_suffix(".py")
                waiting += [path] if path not in found else []
    return sorted(found)
