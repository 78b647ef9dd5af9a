"""The first pass of a gallery by an engine: who may be near, for an exact look."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from lookout.faces.detections import Floats
from lookout.faces.gallery.first_pass import Rows
from lookout.faces.gallery.gallery import Prefilter
from lookout.server.vectors.index import NOBODY, Hits, Ids

MOST_MISSING = 10_000
"""Encodings that the engine does not have yet are all compared with; if there are more, the engine
is not asked."""
SLACK = 1e-3
"""The engine's distances, and those of turned vectors, are off by less."""


class Asked(Protocol):
    """An engine as the pass knows it."""

    @property
    def in_step(self) -> Ids:
        """(K,) the ids that the engine has, rising; another array whenever they change."""

    def ask(self, probes: Floats, count: int) -> Hits | None:
        """The nearest to each of (N, D) probes; None where the engine does not answer."""


class EnginePass:
    """A `faces.gallery.gallery.Prefilter`. Any thread."""

    def __init__(
        self,
        ids: Ids,
        encodings: Floats,
        engine: Asked,
        here: Prefilter | None,
        turn: Callable[[Floats], Floats],
    ) -> None:
        """ids: (M,) of the gallery's encodings (M, D), in its order. here: who is asked while the
        engine is away. turn: how vectors are turned for the engine."""
        self.ids = ids
        self.encodings = encodings
        self._engine = engine
        self._here = here
        self._turn = turn
        self._order = np.argsort(ids, kind="stable")
        self._rising = ids[self._order]
        self._known = self._looked_up(engine.in_step)

    def nearest(self, probes: Floats, count: int) -> tuple[Rows, Floats] | None:
        """By the engine, with the encodings that it does not have yet; else by who is here."""
        _, missing = self.look()
        hits = None
        if len(missing) <= MOST_MISSING:
            hits = self._engine.ask(self._turn(probes), count)
        rows = None if hits is None else np.union1d(self._rows_of(hits.ids), missing)
        if hits is None or rows is None or not len(rows):
            return None if self._here is None else self._here.nearest(probes, count)
        return rows, self._beyond(hits)

    def look(self) -> tuple[Ids, Rows]:
        """What the engine has, and the rows that it has not; looked up anew when that changes."""
        known = self._known
        if known[0] is not self._engine.in_step:
            self._known = known = self._looked_up(self._engine.in_step)
        return known

    def _looked_up(self, in_step: Ids) -> tuple[Ids, Rows]:
        return in_step, np.flatnonzero(~np.isin(self.ids, in_step))

    def _rows_of(self, ids: Ids) -> Rows:
        """The rows of these, without those that the gallery has no more."""
        wanted = np.unique(ids[ids != NOBODY])
        places = np.searchsorted(self._rising, wanted)
        places = places[places < len(self._rising)]
        wanted = wanted[: len(places)]
        return np.asarray(self._order[places[self._rising[places] == wanted]])

    def _beyond(self, hits: Hits) -> Floats:
        """(N,) how far all others are at least, unless the engine has missed one."""
        found = (hits.ids != NOBODY).sum(axis=1)
        last = np.take_along_axis(hits.distances, np.maximum(found - 1, 0)[:, None], axis=1)[:, 0]
        everybody = found >= len(self._engine.in_step)
        return np.where(everybody, np.inf, np.where(found, last - SLACK, 0.0)).astype(np.float32)


def ids_of(samples: Sequence[str]) -> Ids:
    """(N,) the number of each sample in an engine: 63 bits of a hash of its id, which is random. Of
    two samples with one number, a chance of 1 in 200,000 among ten million, one would be missed."""
    digests = b"".join(hashlib.blake2b(one.encode(), digest_size=8).digest() for one in samples)
    return np.asarray(np.frombuffer(digests, "<u8") >> np.uint64(1), np.int64)
