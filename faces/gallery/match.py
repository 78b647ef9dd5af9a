"""The comparison of probes with the gallery: exact, by hash codes, or by both.

A matcher is made for one gallery and stands in it (`Gallery.matcher`); its answers, for the
decision above all, are in the encoder's own distance. Hash codes
answer in bits, so the distance that goes with each number of bits is learnt from the gallery, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from lookout.faces.detections import Floats
from lookout.faces.gallery import first_pass
from lookout.faces.gallery.first_pass import FirstPass
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.gallery.hashing import Codes, Hasher, HashMethod, hamming, learn_hasher

RERANKED = 256
"""How many of the nearest by code are compared exactly."""
MIN_ENCODINGS = 1000
"""A smaller gallery is too small to learn a rotation from; it is compared exactly, which takes
microseconds."""
FIRST_PASS_ENCODINGS = 50_000
"""From so many on a first pass is worth its memory, a fourth of the encodings' own."""
GROWTH = 2.0
"""The bits are learnt again once the gallery has become this many times larger or smaller: learning
takes seconds, and one more person moves them little."""
_PAIRS = 20_000


class MatchMode(StrEnum):
    EXACT = "exact"
    HASH = "hash"
    HASH_RERANK = "hash+rerank"


CODES: Mapping[MatchMode, tuple[HashMethod, int]] = {
    MatchMode.HASH: (HashMethod.SIGN, 1024),
    MatchMode.HASH_RERANK: (HashMethod.ITQ, 256),
}
"""How the bits are chosen, and how many. docs/gallery.md has the table behind it: codes alone have
to keep the order of strangers, too, which itq's do not; a prefilter has to keep the right one."""


@dataclass(frozen=True, slots=True, eq=False)
class HashMatcher:
    """Compares by Hamming distance.

    codes:     of the gallery's encodings, in its order.
    distance:  (bits + 1,) float32, the encoder's distance that goes with each number of bits.
    encodings: the gallery's own, (M, D), from which the nearest `RERANKED` are compared exactly;
               None for codes alone.
    learnt_from: how many encodings the bits were learnt from.
    """

    hasher: Hasher
    codes: Codes
    distance: Floats
    encodings: Floats | None = None
    learnt_from: int = 0

    def distances(self, probes: Floats) -> Floats:
        """(N, D) float32 gives (N, M) float32."""
        probe_codes = self.hasher.codes(probes)
        if not len(probes):
            return np.empty((0, self.codes.shape[1]), np.float32)
        rows = [hamming(self.codes, probe_codes[:, i]) for i in range(len(probes))]
        if self.encodings is None:
            return self.distance[np.stack(rows)]
        return np.stack([self._reranked(*pair) for pair in zip(probes, rows, strict=True)])

    def _reranked(self, probe: Floats, bits: np.ndarray[tuple[int], np.dtype[np.uint16]]) -> Floats:
        result = self.distance[bits]
        encodings = self.encodings
        if encodings is None:
            return result
        count = min(RERANKED, len(bits))
        best = np.argpartition(bits, count - 1)[:count]
        result[best] = np.linalg.norm(encodings[best] - probe, axis=1)
        return result


def with_matcher(gallery: Gallery, mode: MatchMode, before: Gallery | None = None) -> Gallery:
    """The gallery with the matcher of `mode`; for the exact comparison the same gallery, or where
    it is very large and FAISS is installed, the gallery with a first pass.

    before: an earlier state of it with the same mode, whose blocks are kept where they are the
    same, and whose bits while the gallery is of about the same size.
    """
    if mode is MatchMode.EXACT:
        if len(gallery) < FIRST_PASS_ENCODINGS or not first_pass.is_here():
            return gallery
        earlier_pass = None if before is None else before.first_pass
        kept = earlier_pass if isinstance(earlier_pass, FirstPass) else None
        return gallery.with_first_pass(FirstPass.of(gallery.encodings, kept))
    if len(gallery) < MIN_ENCODINGS:
        return gallery
    encodings = gallery.encodings
    earlier = None if before is None else before.matcher
    if isinstance(earlier, HashMatcher) and _is_similar(earlier.learnt_from, len(encodings)):
        hasher, distance, learnt_from = earlier.hasher, earlier.distance, earlier.learnt_from
    else:
        method, bits = CODES[mode]
        hasher = learn_hasher(encodings, bits, method)
        distance, learnt_from = learn_distances(hasher, encodings), len(encodings)
    matcher = HashMatcher(
        hasher,
        hasher.codes(encodings),
        distance,
        encodings if mode is MatchMode.HASH_RERANK else None,
        learnt_from,
    )
    return replace(gallery, matcher=matcher)


def _is_similar(before: int, now: int) -> bool:
    return before / GROWTH < now < before * GROWTH


def learn_distances(hasher: Hasher, encodings: Floats, seed: int = 0) -> Floats:
    """(bits + 1,) float32: the mean distance of two encodings whose codes differ in so many bits.

    Pairs at every distance are interpolated between two encodings of the gallery; no names are
    needed. The result never falls.
    """
    random = np.random.default_rng(seed)
    first = random.integers(0, len(encodings), _PAIRS)
    second = random.integers(0, len(encodings), _PAIRS)
    way = random.uniform(0, 1, (_PAIRS, 1)).astype(np.float32)
    near = encodings[first] + way * (encodings[second] - encodings[first])
    distance = np.linalg.norm(near - encodings[first], axis=1)
    differing = hasher.codes(near) ^ hasher.codes(encodings[first])
    bits = np.bitwise_count(differing).sum(axis=0, dtype=np.intp)
    seen, place = np.unique(bits, return_inverse=True)
    means = np.bincount(place, distance) / np.bincount(place)
    table = np.interp(np.arange(hasher.bits + 1), seen, np.maximum.accumulate(means))
    return np.asarray(table, np.float32)
