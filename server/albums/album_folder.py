"""The folder of sorted faces: people's folders to train from, their sheets, and a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lookout.faces.atomic_file import make_private_folder, replace_file
from lookout.server.albums.gathering import GatheredFace
from lookout.server.albums.sheet import overview, sheet
from lookout.server.errors import CannotKeep

PEOPLE, SHEETS, ALONE = "people", "sheets", "alone"
TABLE, OVERVIEW = "faces.csv", "overview.jpg"
COLUMNS = ("cluster", "file", "time_s", "x0", "y0", "x1", "y1", "quality", "crop")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Cluster = Sequence[GatheredFace]


@dataclass(frozen=True, slots=True)
class Written:
    """How many people's folders were written, and how many faces are alone."""

    people: int
    alone: int


class AlbumFolder:
    """A new or empty folder; every file is readable by its owner alone."""

    def __init__(self, folder: Path) -> None:
        """Raises CannotKeep if something lies there already, or it cannot be made."""
        self.folder = folder
        try:
            if folder.exists() and any(folder.iterdir()):
                raise CannotKeep(
                    f"{folder} is not empty: name another folder with --out, or empty it, so that "
                    "faces of two runs are not mixed"
                )
            make_private_folder(folder)
        except OSError as error:
            raise CannotKeep(f"cannot write to {folder}: {error.strerror}") from error

    def write(self, clusters: Sequence[Cluster], least: int) -> Written:
        """Writes all clusters, the largest first. Those of fewer than `least` faces are alone.

        Raises CannotKeep.
        """
        people = [_best_first(cluster) for cluster in clusters if len(cluster) >= least]
        alone = [face for cluster in clusters if len(cluster) < least for face in cluster]
        digits = max(3, len(str(len(people))))
        rows: list[tuple[object, ...]] = []
        titles = []
        for number, faces in enumerate(people, start=1):
            name = f"person-{number:0{digits}}"
            title = _title(name, faces)
            crops = [face.crop for face in faces]
            self._put(f"{SHEETS}/{name}.jpg", sheet(title, crops))
            titles.append((title, crops))
            rows += self._faces(f"{PEOPLE}/{name}", name, faces)
        if alone:
            title = _title(ALONE, alone)
            self._put(f"{SHEETS}/{ALONE}.jpg", sheet(title, [face.crop for face in alone]))
            rows += self._faces(ALONE, ALONE, alone)
        if titles:
            self._put(OVERVIEW, overview(titles))
        self._put(TABLE, _table(rows))
        return Written(len(people), len(alone))

    def _faces(self, folder: str, name: str, faces: Cluster) -> list[tuple[object, ...]]:
        rows: list[tuple[object, ...]] = []
        for number, gathered in enumerate(faces, start=1):
            crop = f"{folder}/{number:04}.jpg"
            self._put(crop, gathered.crop)
            time_s = "" if gathered.time_s is None else f"{gathered.time_s:.2f}"
            box = [f"{float(edge):.0f}" for edge in gathered.box_xyxy]
            quality = f"{gathered.face.quality:.2f}"
            rows.append((name, _plain(gathered.where), time_s, *box, quality, crop))
        return rows

    def _put(self, relative: str, content: bytes) -> None:
        try:
            replace_file(self.folder / relative, content)
        except OSError as error:
            why = error.strerror
            raise CannotKeep(f"cannot write {self.folder / relative}: {why}") from error


def _title(name: str, faces: Cluster) -> str:
    return f"{name}: {len(faces)} {'face' if len(faces) == 1 else 'faces'}"


def _best_first(cluster: Cluster) -> Cluster:
    return sorted(cluster, key=lambda gathered: -gathered.face.quality)


def _table(rows: Sequence[tuple[object, ...]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([COLUMNS, *rows])
    return text.getvalue().encode("utf-8-sig")


def _plain(name: str) -> str:
    """The name of a file as spreadsheets leave it alone."""
    return f"'{name}" if name.startswith(_FORMULA) else name
