"""Faces to be sorted, and whose they are: LFW's people of several pictures, and the actors."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.support.arguments import evenly
from benchmarks.support.pairs import Portrait
from benchmarks.support.portraits import faces_of
from lookout.faces.detections import Floats
from lookout.faces.protocols import Detector, Encoder


@dataclass(frozen=True, slots=True, eq=False)
class Album:
    """encodings: (N, D) of every face that was found; person: (N,) whose each is."""

    name: str
    encodings: Floats
    person: tuple[str, ...]
    without_face: int = 0

    def __len__(self) -> int:
        return len(self.person)

    def take(self, rows: Sequence[int]) -> Album:
        person = tuple(self.person[row] for row in rows)
        return Album(self.name, self.encodings[list(rows)], person, self.without_face)


Pictures = Mapping[str, Sequence[Path]]
"""The pictures of each person."""


def people_of_lfw(data: Path, half: int) -> tuple[Pictures, Pictures]:
    """The people of several pictures and those of one, of the half 0 or 1 that the CRC-32 of the
    names makes, as `benchmarks.openset --halves` does. The first half is for choosing. Of the list
    of identification alone, because the cohort that ships was made of the others.
    """
    with (data / "lfw" / "identify_dev.csv").open(newline="", encoding="utf-8") as file:
        listed = {row["identity"] for row in csv.DictReader(file)}
    everybody = _folders(data / "lfw" / "images")
    ours = {n: everybody[n] for n in sorted(listed) if zlib.crc32(n.encode()) % 2 == half}
    several = {name: pictures for name, pictures in ours.items() if len(pictures) > 1}
    return several, {name: pictures for name, pictures in ours.items() if name not in several}


def actors(data: Path) -> Pictures:
    return {n: pictures for n, pictures in _folders(data / "bbt").items() if n != "groups"}


def fewer(people: Pictures, limit: int | None) -> Pictures:
    """At most so many people, evenly picked."""
    return {name: people[name] for name in evenly(sorted(people), limit)}


def album_of(name: str, people: Pictures, detector: Detector, encoder: Encoder) -> Album:
    """Encodes every picture; kept from one run to the next."""
    portraits = [Portrait(p, who, "probe") for who, paths in people.items() for p in paths]
    faces = faces_of(portraits, detector, encoder)
    found = [(e, who) for e, who in zip(faces.encodings, faces.names, strict=True) if e is not None]
    rows = np.array([e for e, _ in found], np.float32).reshape(-1, encoder.dimension)
    return Album(name, rows, tuple(who for _, who in found), len(faces) - len(found))


def enlarged(album: Album, count: int, seed: int = 0) -> Album:
    """`count` faces, the album's and made ones around them: each lies between two real faces of one
    person, or around a single one, with noise of half the length of what parts them. For time
    alone: made faces say nothing about accuracy."""
    random = np.random.default_rng(seed)
    dimension = album.encodings.shape[1]
    rows_of: dict[str, list[int]] = {}
    for row, who in enumerate(album.person):
        rows_of.setdefault(who, []).append(row)
    made = random.integers(0, len(album), max(0, count - len(album)))
    mates = [int(random.choice(rows_of[album.person[row]])) for row in made]
    one, other = album.encodings[made], album.encodings[mates]
    length = np.linalg.norm(one, axis=1, keepdims=True)
    apart = np.maximum(np.linalg.norm(one - other, axis=1, keepdims=True), 0.3 * length)
    noise = random.normal(size=one.shape) * (0.5 * apart / np.sqrt(dimension))
    middle = (one + other) / 2 + noise
    middle *= length / np.linalg.norm(middle, axis=1, keepdims=True)
    encodings = np.concatenate([album.encodings, middle.astype(np.float32)])[:count]
    person = (*album.person, *(album.person[row] for row in made))[:count]
    return Album(f"{album.name}, {count} faces", encodings, person)


def _folders(folder: Path) -> dict[str, list[Path]]:
    """The pictures in each folder."""
    return {p.name: sorted(p.iterdir()) for p in sorted(folder.iterdir()) if p.is_dir()}
