"""Trials of the decision: probes of enrolled people and of strangers against one gallery."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from lookout.faces.decision.decide import Probe, State, decide
from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Floats
from lookout.faces.gallery.gallery import Gallery

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Faces:
    """Encodings (None: no face was found) and whose they are."""

    encodings: tuple[Floats | None, ...]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def where(self, wanted: Sequence[bool]) -> Faces:
        kept = [i for i, keep in enumerate(wanted) if keep]
        return Faces(tuple(self.encodings[i] for i in kept), tuple(self.names[i] for i in kept))

    def as_gallery(self, encoder: str) -> Gallery:
        """Those whose face was found."""
        found = [(e, n) for e, n in zip(self.encodings, self.names, strict=True) if e is not None]
        if not found:
            raise ValueError("no face was found in any photograph of the gallery")
        return Gallery(np.stack([e for e, _ in found]), tuple(n for _, n in found), encoder)


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `trials`, and the 95 % confidence interval of the share after Wilson (1927)."""

    hits: int
    trials: int

    @property
    def share(self) -> float:
        return self.hits / self.trials if self.trials else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        n, z = self.trials, 1.96
        if n == 0:
            return 0.0, 1.0
        middle = (self.share + z * z / (2 * n)) / (1 + z * z / n)
        half = z * math.sqrt(self.share * (1 - self.share) / n + z * z / (4 * n * n))
        half /= 1 + z * z / n
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        if not self.trials:
            return "–"
        low, high = self.interval
        return f"{100 * self.share:.1f} [{100 * low:.1f}–{100 * high:.1f}]"


@dataclass(frozen=True, slots=True)
class Trials:
    """What was answered, one value a trial.

    chances: (N,) that a stranger comes as near as this; infinite where the answer is no name
             whatever chance is allowed (no face, two people alike, too few votes).
    right:   (N,) whether the person who came first is the right one; never for strangers.
    mated:   (N,) whether the person is enrolled.
    """

    chances: Numbers
    right: npt.NDArray[np.bool_]
    mated: npt.NDArray[np.bool_]

    def named(self, allowed: float) -> Share:
        """FPIR: the strangers that get a name if this chance is allowed."""
        return self._count(self.chances[~self.mated] <= allowed)

    def found(self, allowed: float) -> Share:
        """DIR: the probes of enrolled people that get their own name."""
        return self._count((self.chances <= allowed)[self.mated] & self.right[self.mated])

    def confused(self, allowed: float) -> Share:
        """The probes of enrolled people that get another's name."""
        return self._count((self.chances <= allowed)[self.mated] & ~self.right[self.mated])

    def allowed_for(self, fpir: float) -> float:
        """The largest chance to allow at which at most `fpir` of the strangers are named."""
        ordered = np.sort(self.chances[~self.mated])
        count = math.floor(fpir * len(ordered) + 1e-9)
        return float(np.nextafter(ordered[count], -np.inf)) if count < len(ordered) else np.inf

    @staticmethod
    def _count(hits: npt.NDArray[np.bool_]) -> Share:
        return Share(int(hits.sum()), len(hits))


def run_trials(gallery: Gallery, probes: Faces, rule: Rule, what: str = "") -> Trials:
    """Each probe alone against the gallery, by `faces.decision.decide` itself."""
    enrolled = set(gallery.people)
    anything = replace(rule, fpir=1.0)
    chances = np.full(len(probes), np.inf)
    right = np.zeros(len(probes), bool)
    pairs = zip(probes.encodings, probes.names, strict=True)
    bar = tqdm(pairs, total=len(probes), desc=what, unit="face", mininterval=1, disable=not what)
    for index, (encoding, name) in enumerate(bar):
        if encoding is None:
            continue
        decision = decide([Probe(encoding)], gallery, anything)
        right[index] = decision.nearest == name
        if decision.state is State.KNOWN and decision.chance is not None:
            chances[index] = 0.0 if rule.original else decision.chance
    return Trials(chances, right, np.array([name in enrolled for name in probes.names], bool))


def joined(trials: Sequence[Trials]) -> Trials:
    return Trials(
        np.concatenate([t.chances for t in trials]),
        np.concatenate([t.right for t in trials]),
        np.concatenate([t.mated for t in trials]),
    )
