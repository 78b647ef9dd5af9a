"""What the pictures of one event say of the face in it.

Each picture gives one look at the face of the event's person: the largest whose middle lies in the
person's box. Looks that show the same face add up, as the encodings of a track do; one that shows
another face begins anew. It is sure as soon as the rule of decision gives a name, and not where two
faces got different ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lookout.faces.decision.decide import NOT_SEEN_YET, Decision, Probe, State
from lookout.faces.decision.similarity import named_similarity
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.photo.quality import view_of
from lookout.faces.tracking.tracker import CONTRADICTS
from lookout.server.inference.recognition import RecognitionContext

EXACT, MOVED = 0.1, 0.5
"""What is added to the person's box on each side, as a share of it: in the picture of the box, and
in one that is a moment older or newer."""
_RANK = {State.KNOWN: 2, State.UNSURE: 1, State.UNKNOWN: 0}

BoxShares = tuple[float, float, float, float]


class EventVerdict(NamedTuple):
    """words: `named`, `unknown`, `unsure` or `no face`. name: where it is `named`, with the
    similarity, 0.81 to 1, as score."""

    words: str
    name: str | None = None
    score: float = 0.0
    why: str = ""


NO_FACE = EventVerdict("no face")


@dataclass(slots=True)
class _Group:
    """Looks at one face, and what they say together."""

    probes: list[Probe]
    decision: Decision = NOT_SEEN_YET


class Evidence:
    """For one thread at a time."""

    def __init__(self, recognition: RecognitionContext) -> None:
        self._recognition = recognition
        self._groups: list[_Group] = []

    def look(
        self, image_bgr: Image, box: BoxShares | None, at_s: float, slack: float = EXACT
    ) -> EventVerdict:
        """What this picture adds. `box`: where the person is, in shares of the picture, or None."""
        (found,) = self._recognition.detector.detect([image_bgr])
        face = _face_of(found, box, image_bgr, slack)
        if face is None:
            return NO_FACE
        encoder = self._recognition.encoder
        (encoding,) = encoder.encode(encoder.align(image_bgr, face))
        weight = view_of(image_bgr, face.box_xyxy[0]).weight
        group = self._group_of(np.asarray(encoding, np.float32))
        group.probes.append(Probe(np.asarray(encoding, np.float32), weight, at_s))
        group.decision = self._recognition.decide(group.probes)
        return _verdict(group.decision)

    @property
    def verdict(self) -> EventVerdict:
        """What all pictures say so far."""
        if not self._groups:
            return NO_FACE
        names = {group.decision.name for group in self._groups} - {None}
        if len(names) > 1:
            return EventVerdict(
                "unsure", why=f"the pictures show {' and '.join(sorted(map(str, names)))}"
            )
        best = max(self._groups, key=lambda group: (_RANK[group.decision.state], len(group.probes)))
        return _verdict(best.decision)

    def _group_of(self, encoding: Floats) -> _Group:
        limit = self._recognition.rule.tolerance * CONTRADICTS
        for group in self._groups:
            apart = (np.linalg.norm(encoding - one.encoding) for one in group.probes)
            if min(apart) <= limit:
                return group
        self._groups.append(_Group([]))
        return self._groups[-1]


def _face_of(
    found: Detections, box: BoxShares | None, image_bgr: Image, slack: float
) -> Detections | None:
    """The largest face in the person's box."""
    if not len(found):
        return None
    inside = np.ones(len(found), bool)
    if box is not None:
        height, width = image_bgr.shape[:2]
        x1, y1, x2, y2 = box
        wide, high = slack * (x2 - x1), slack * (y2 - y1)
        middle = (found.box_xyxy[:, :2] + found.box_xyxy[:, 2:]) / 2 / (width, height)
        x, y = middle[:, 0], middle[:, 1]
        inside = (x >= x1 - wide) & (x <= x2 + wide) & (y >= y1 - high) & (y <= y2 + high)
    if not inside.any():
        return None
    return found.take(np.flatnonzero(inside)).largest(1)


def _verdict(decision: Decision) -> EventVerdict:
    why = "; ".join(decision.reasons)
    if decision.name is None:
        return EventVerdict(
            "unsure" if decision.state is State.UNSURE else "unknown", None, 0.0, why
        )
    score = 1.0
    if decision.chance is not None and decision.allowed:
        score = named_similarity(decision.chance, decision.allowed)
    return EventVerdict("named", decision.name, score, why)
