"""Presentations: the pictures and clips of live faces and of attacks, and whose they are."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np

from benchmarks.support.pairs import BadProtocol
from lookout.faces.detections import Image

BONA_FIDE = "bona fide"
PICTURES = {".jpg", ".jpeg", ".png", ".bmp"}
CLIPS = {".mp4", ".avi", ".mov", ".mkv", ".webm"}
LOOK_EVERY_S = 0.4
"""Of a clip; five looks of a track make two seconds."""
FRAMES_PER_S = 20.0
"""Of sequences of pictures, whose numbers are taken for those of frames; as in NUAA."""
_NUMBER = re.compile(r"(\d+)$")


@dataclass(frozen=True, slots=True)
class Presentation:
    """A picture, or a clip. sequence: what was taken in one go; number: the place in it; frames:
    the first and the last of a clip, all of it by default."""

    path: Path
    species: str
    person: str
    sequence: str
    number: int = 0
    frames: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A picture of a presentation, and its time in the sequence."""

    presentation: Presentation
    time_s: float
    image_bgr: Image


def read_protocol(file: Path, folder: Path, bona_fide: str) -> list[Presentation]:
    """The rows of a CSV with the columns path (under `folder`), identity and label; a label other
    than `bona_fide` is a species. Raises BadProtocol that names what is wrong, OSError."""
    with file.open(newline="", encoding="utf-8") as lines:
        rows = csv.DictReader(lines)
        missing = {"path", "identity", "label"} - set(rows.fieldnames or ())
        if missing:
            raise BadProtocol(f"{file} has no column {', '.join(sorted(missing))}")
        return [
            _presentation(
                folder / row["path"],
                BONA_FIDE if row["label"] == bona_fide else row["label"],
                row["identity"],
            )
            for row in rows
        ]


def read_folder(folder: Path, species: str) -> list[Presentation]:
    """All pictures and clips below `folder`. The first folder below it is the person; without
    one, the whole of it is one person. Raises BadProtocol if there is nothing."""
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in PICTURES | CLIPS)
    if not paths:
        raise BadProtocol(f"{folder} holds no picture and no clip")
    found = []
    for path in paths:
        inside = path.relative_to(folder).parts
        found.append(_presentation(path, species, inside[0] if len(inside) > 1 else folder.name))
    return found


def read_clip(clip: Path, truth: Path) -> list[Presentation]:
    """The stretches of a clip of live people, by a CSV with first_frame, last_frame and identity.
    Raises BadProtocol, OSError."""
    with truth.open(newline="", encoding="utf-8") as lines:
        rows = csv.DictReader(lines)
        missing = {"first_frame", "last_frame", "identity"} - set(rows.fieldnames or ())
        if missing:
            raise BadProtocol(f"{truth} has no column {', '.join(sorted(missing))}")
        return [
            Presentation(
                clip,
                BONA_FIDE,
                row["identity"],
                f"{clip} {int(row['first_frame']):06}",
                frames=(int(row["first_frame"]), int(row["last_frame"])),
            )
            for row in rows
        ]


def tracks(presentations: Sequence[Presentation], length: int) -> Iterator[list[int]]:
    """The places of up to `length` presentations that follow one another in a sequence, at least
    half as many; each place is in one track at most."""
    order = sorted(
        range(len(presentations)),
        key=lambda i: (
            presentations[i].species,
            presentations[i].sequence,
            presentations[i].number,
        ),
    )
    for _, members in groupby(
        order, key=lambda i: (presentations[i].species, presentations[i].sequence)
    ):
        places = list(members)
        for start in range(0, len(places), length):
            track = places[start : start + length]
            if 2 * len(track) >= length:
                yield track


def shown(presentations: Sequence[Presentation]) -> Iterator[Shown]:
    """The pictures, and the frames of clips LOOK_EVERY_S apart, sequence by sequence.

    Raises BadProtocol if one cannot be read.
    """
    for presentation in sorted(presentations, key=lambda p: (p.species, p.sequence, p.number)):
        if presentation.path.suffix.lower() in CLIPS:
            yield from _of_clip(presentation)
            continue
        picture = cv2.imread(str(presentation.path))
        if picture is None:
            raise BadProtocol(f"{presentation.path} is no picture that can be read")
        time_s = presentation.number / FRAMES_PER_S
        yield Shown(presentation, time_s, np.asarray(picture, np.uint8))


def _of_clip(presentation: Presentation) -> Iterator[Shown]:
    clip = cv2.VideoCapture(str(presentation.path))
    rate = clip.get(cv2.CAP_PROP_FPS) or 25.0
    step = max(1, round(rate * LOOK_EVERY_S))
    number, last = presentation.frames or (0, sys.maxsize)
    first = number
    if first:
        clip.set(cv2.CAP_PROP_POS_FRAMES, first)
    while number <= last and clip.grab():
        if (number - first) % step == 0:
            read, frame = clip.retrieve()
            if read:
                picture = np.asarray(frame, np.uint8)
                yield Shown(replace(presentation, number=number), number / rate, picture)
        number += 1
    clip.release()


def _presentation(path: Path, species: str, person: str) -> Presentation:
    number = _NUMBER.search(path.stem)
    if path.suffix.lower() in CLIPS or number is None:
        return Presentation(path, species, person, str(path))
    sequence = str(path.parent / path.stem[: number.start()])
    return Presentation(path, species, person, sequence, int(number.group()))
