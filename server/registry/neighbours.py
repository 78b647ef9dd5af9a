"""Look-alikes of somebody among everybody that is enrolled, and those of this import."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from lookout.faces.detections import Floats
from lookout.faces.protocols import Encoder
from lookout.server.storage.records import Person
from lookout.server.storage.store import Store

LOOKS_LIKE = 0.75
"""Of the encoder's tolerance: 0.45 with dlib-128, where the default rule gives a name."""


class Neighbours:
    """Everybody's encodings by one encoder. For one thread."""

    def __init__(self, store: Store, encoder: Encoder) -> None:
        self._store = store
        self._sure = LOOKS_LIKE * encoder.tolerance
        _, people, encodings = store.samples.encodings(encoder.name)
        self._people = list(people)
        self._encodings = encodings
        self._rows: defaultdict[str, list[int]] = defaultdict(list)
        for row, person in enumerate(people):
            self._rows[person].append(row)
        self._names: dict[str, str] = {}

    def add(self, person: Person, encoding: Floats) -> None:
        """Counts somebody who has just been enrolled."""
        used = len(self._people)
        if used == len(self._encodings):  # grow by doubling, so that a row costs little
            grown = np.zeros((max(64, 2 * used), len(encoding)), np.float32)
            grown[:used] = self._encodings if used else grown[:0]
            self._encodings = grown
        self._encodings[used] = encoding
        self._rows[person.id].append(used)
        self._people.append(person.id)
        self._names[person.id] = person.name

    def nearest_other(self, person: Person, encoding: Floats) -> tuple[str, float] | None:
        """Somebody else's name and distance, if near enough that they would be named so."""
        if not self._people:
            return None
        distances = np.linalg.norm(self._encodings[: len(self._people)] - encoding, axis=1)
        distances[self._rows.get(person.id, [])] = np.inf
        nearest = int(np.argmin(distances))
        if distances[nearest] > self._sure:
            return None
        owner = self._people[nearest]
        name = self._names.get(owner) or self._store.people.get(owner).name
        return name, float(distances[nearest])
