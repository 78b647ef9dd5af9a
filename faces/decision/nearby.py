"""The people of a gallery who may come first: with very many, a few stand for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lookout.faces.detections import Floats
from lookout.faces.gallery.first_pass import Rows
from lookout.faces.gallery.gallery import Gallery

COUNTS = 128, 2048
"""Encodings that a first pass finds for a probe; the second where the first does not settle who it
is, and after that everybody is compared."""


@dataclass(frozen=True, slots=True, eq=False)
class Nearby:
    """gallery: all encodings of these people and of nobody else. people: (P,) where they stand
    among the people of the `whole`. beyond: (N,) how far from each
    probe the encodings of all others are at least."""

    gallery: Gallery
    whole: Gallery
    people: Rows
    beyond: Floats

    @classmethod
    def everybody(cls, gallery: Gallery) -> Nearby:
        everybody = np.arange(len(gallery.people))
        return cls(gallery, gallery, everybody, np.full(1, np.inf, np.float32))

    @property
    def is_everybody(self) -> bool:
        return self.gallery is self.whole


def nearby(probes: Floats, gallery: Gallery) -> Iterator[Nearby]:
    """Ever more people, to be asked for until they settle it; the last is everybody."""
    if gallery.first_pass is not None:
        for count in COUNTS:
            found = gallery.first_pass.nearest(probes, count)
            if found is None:
                break
            rows, beyond = found
            people = np.unique(gallery.person[rows])
            yield Nearby(gallery.take(gallery.rows_of(people)), gallery, people, beyond)
    yield Nearby.everybody(gallery)
