"""The weight files that were uploaded, and what they are together."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lookout.faces.atomic_file import make_private_folder, replace_file
from lookout.json_document import read_json
from lookout.server.federated.errors import BadWeights
from lookout.server.federated.weights import averaged, read_weights, to_npz

MOST_FILES = 50
"""Each of at most `MAX_BYTES`."""
MAX_NOTE = 2**20
_ID = re.compile(r"wgt_[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One uploaded file. arrays: the shape of each, by name."""

    id: str
    name: str
    people: float
    arrays: dict[str, list[int]]
    bytes: int
    at: float


@dataclass(frozen=True, slots=True)
class WeightAverage:
    """The mean of the files that were there. files: their ids. people: theirs together."""

    at: float
    files: list[str]
    people: float
    arrays: dict[str, list[int]]


class WeightFolder:
    """A folder. Any thread: each file is replaced in one step."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, name: str, content: bytes, now_s: float) -> WeightFile:
        """Keeps a file that is fit to be averaged. Raises BadWeights, OSError."""
        if len(self.all()) >= MOST_FILES:
            raise BadWeights(f"{MOST_FILES} weight files are here; delete some first")
        weights = read_weights(content)
        shapes = {array: list(shape) for array, shape in weights.shapes.items()}
        new = f"wgt_{secrets.token_hex(8)}"
        file = WeightFile(new, name[:200], weights.people, shapes, len(content), now_s)
        make_private_folder(self._folder)
        replace_file(self._folder / f"{new}.weights", content)
        replace_file(self._folder / f"{new}.json", json.dumps(asdict(file)).encode())
        return file

    def all(self) -> list[WeightFile]:
        """By when they came."""
        notes = [self._read(path) for path in self._folder.glob("wgt_*.json")]
        return sorted((WeightFile(**note) for note in notes), key=lambda file: (file.at, file.id))

    def remove(self, file: str) -> bool:
        """False if it is not here."""
        if not _ID.fullmatch(file) or not (self._folder / f"{file}.json").exists():
            return False
        (self._folder / f"{file}.json").unlink(missing_ok=True)
        (self._folder / f"{file}.weights").unlink(missing_ok=True)
        return True

    def average(self, now_s: float) -> WeightAverage:
        """FedAvg of all files. Raises BadWeights if there are none, or if they differ in shape."""
        files = self.all()
        contents = [(self._folder / f"{file.id}.weights").read_bytes() for file in files]
        mean = averaged([read_weights(content) for content in contents])
        shapes = {array: list(shape) for array, shape in mean.shapes.items()}
        result = WeightAverage(now_s, [file.id for file in files], mean.people, shapes)
        replace_file(self._folder / "average.npz", to_npz(mean))
        replace_file(self._folder / "average.json", json.dumps(asdict(result)).encode())
        return result

    def last(self) -> WeightAverage | None:
        file = self._folder / "average.json"
        return WeightAverage(**self._read(file)) if file.exists() else None

    def last_file(self) -> bytes | None:
        """The last average as `.npz`."""
        file = self._folder / "average.npz"
        return file.read_bytes() if file.exists() else None

    def _read(self, file: Path) -> dict[str, Any]:
        content: Any = read_json(file.read_bytes(), MAX_NOTE)
        return dict(content)
