"""Trials of the decision: probes of enrolled people and of strangers against one gallery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from tqdm import tqdm

from lookout.faces.decision.decide import Probe, State, decide
from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Floats
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.metrics.trials import Trials


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
