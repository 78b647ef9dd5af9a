"""Which face is the one of the frame before: tracks of faces over irregular frames.

    tracker = Tracker()
    for image_bgr, time_s in frames:
        for track in tracker.update(detector.detect([image_bgr])[0], image_bgr, time_s):
            if track.wants_encoding(time_s):
                track = tracker.learn(track, encode(track), track.weight, time_s)
            decision = decide(track.probes, gallery)

A name must not outlive its face. Two people change places between two frames, a clip cuts from one
person to the next, and box and motion fit all the same. So a match is doubted when the face no
longer looks like the one before it, when the picture has cut, or when the track was lost between;
a doubted track has no `probes` until a new encoding agrees with those it had. An encoding that
contradicts them starts a new track.

Method: greedy matching on overlap and centre distance with constant-velocity prediction, after
SORT (Bewley et al., ICIP 2016) and norfair; the appearance check is our own. Time is an argument,
in seconds, because frames come at 3 to 30 a second and newest-frame-wins drops some.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from lookout.faces.decision.decide import Probe
from lookout.faces.detections import Detections, Floats, Image, iou_matrix
from lookout.faces.photo.quality import FaceView, grey_chip, view_of
from lookout.faces.tracking.scene_change import CutWatch

LIFE_S = 1.0
"""A track that nobody has seen for this long is over."""
HOLD_S = 0.3
"""A face that the detector misses is shown where it is expected for so long, and in any case in one
frame: a slow machine's frames are farther apart than this."""
FIRST_VIEWS = 3
"""So many encodings are wanted at once: one odd view must not decide alone."""
FIRST_PAUSE_S = 0.1
"""… but not of frames that show the same: at 30 frames a second neighbours differ by 0.11."""
BETTER = 1.5
"""A view with this many times the weight of the best so far is worth an encoding."""
BETTER_PAUSE_S = 0.3
REFRESH_S = 2.0
"""At the latest then a face is encoded again: the bound for a change that nothing else caught."""
MAX_PROBES = 12
"""The newest are kept: about 20 s of a face that stays."""

MIN_IOU = 0.2
PATCH_PX, PATCH_SLACK_PX = 32, 5
SAME_LOOK = 0.9
"""Normalised correlation of two looks at a face below which the match is doubted.

In a clip with 14 changes of person, a look and the next differ: one frame apart 0.29–0.83 across a
change, and above 0.9 in 90 % of the others; 8 frames apart 0.28–0.87, and above 0.9 in 55 %. A
doubt costs one encoding.
"""
AGREES = 2 / 3
CONTRADICTS = 5 / 6
"""Distances to the nearest of a track's encodings, as shares of the encoder's tolerance: a doubted
track is confirmed below the first (0.40 for dlib), an undoubted one is ended above the second
(0.50). Same face, next look: 95 % below 0.40. Two people on the two sides of a cut: above 0.47."""


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One face over time, as of one frame.

    id:       unique in its tracker, counted from 1.
    box_xyxy: (4,) float32, pixels, as detected in the frame of `seen_s`.
    view:     size, light and sharpness in that frame.
    probes:   the encodings that speak for who it is now; empty while the track is doubted.
    """

    id: int
    box_xyxy: Floats
    view: FaceView
    born_s: float
    seen_s: float
    probes: tuple[Probe, ...] = ()
    _doubted: tuple[Probe, ...] = ()
    _velocity: Floats = field(default_factory=lambda: np.zeros(2, np.float32))
    _look: Image | None = None

    @property
    def doubted(self) -> bool:
        """Whether this may be another face than before: it waits for an encoding that says."""
        return bool(self._doubted)

    @property
    def weight(self) -> float:
        """What an encoding of this view counts: the `weight` to give to `Tracker.learn`."""
        return self.view.weight

    def wants_encoding(self, time_s: float) -> bool:
        """Whether an encoding of this view would teach something."""
        if not self.probes:
            return True
        since_s = time_s - self.probes[-1].time_s
        if len(self.probes) < FIRST_VIEWS:
            return since_s >= FIRST_PAUSE_S
        best = max(probe.weight for probe in self.probes)
        if self.weight >= BETTER * best:
            return since_s >= BETTER_PAUSE_S
        return since_s >= REFRESH_S

    def box_at(self, time_s: float) -> Floats:
        """(4,) float32: where the box is expected, by its velocity."""
        ahead_s = np.clip(time_s - self.seen_s, 0.0, LIFE_S)
        return np.asarray(self.box_xyxy + np.tile(self._velocity, 2) * ahead_s, np.float32)


class Tracker:
    """The faces of one camera. Not for several threads; trackers share nothing.

    `tolerance` is the encoder's.
    """

    def __init__(self, tolerance: float = 0.6) -> None:
        self._tolerance = tolerance
        self._tracks: dict[int, Track] = {}
        self._ids = itertools.count(1)
        self._cuts = CutWatch()
        self._cut = False
        self._updated_s = self._before_s = float("-inf")

    def update(self, detections: Detections, image_bgr: Image, time_s: float) -> list[Track]:
        """The track of each detection, in order. Times must not go back (ValueError)."""
        if time_s < self._updated_s:
            raise ValueError(f"time goes back from {self._updated_s} to {time_s}")
        self._expire(time_s)
        predicted = self.predict(time_s)
        self._cut = self._cuts.happened(image_bgr)
        matches = _match(predicted, detections.box_xyxy)
        tracks = []
        for index, box in enumerate(detections.box_xyxy):
            view, look = view_of(image_bgr, box), grey_chip(image_bgr, box, PATCH_PX)
            old = self._tracks.get(matches.get(index, 0))
            if old is None:
                track = Track(next(self._ids), box, view, time_s, time_s, _look=look)
            else:
                missed = old.seen_s < self._updated_s
                again = grey_chip(image_bgr, _of_size(box, old.box_xyxy), PATCH_PX)
                doubt = self._cut or missed or not _looks_same(old._look, again)
                track = _moved(old, box, view, look, time_s, doubt)
            self._tracks[track.id] = track
            tracks.append(track)
        self._before_s, self._updated_s = self._updated_s, time_s
        return tracks

    def learn(self, track: Track, encoding: Floats, weight: float, time_s: float) -> Track:
        """Tell the tracker an encoding (D,) of `track`; go on with the track that it returns.

        That is the same track, or a new one in its place if the encoding contradicts what the
        track had. A track that has ended meanwhile comes back unchanged.
        """
        current = self._tracks.get(track.id)
        if current is None:
            return track
        probe = Probe(np.asarray(encoding, np.float32), weight, time_s)
        held = current._doubted or current.probes
        limit = self._tolerance * (AGREES if current.doubted else CONTRADICTS)
        if held and _nearest(probe, held) > limit:
            del self._tracks[current.id]
            current, held = replace(current, id=next(self._ids), born_s=time_s), ()
        learned = replace(current, probes=(*held, probe)[-MAX_PROBES:], _doubted=())
        self._tracks[learned.id] = learned
        return learned

    def predict(self, time_s: float) -> dict[int, Floats]:
        """Where each living track is expected at `time_s`: id to (4,) float32 box."""
        return {
            track.id: track.box_at(time_s)
            for track in self._tracks.values()
            if time_s - track.seen_s <= LIFE_S
        }

    def held(self, image_bgr: Image, time_s: float) -> list[Track]:
        """The faces that the frame of the last `update` shows but its detections lack: each where
        it is expected, for HOLD_S or one frame, and only while the picture there looks like the
        face.
        """
        if self._cut:
            return []
        seen = [t.box_xyxy for t in self._tracks.values() if t.seen_s == time_s]
        held = []
        for track in self._tracks.values():
            unseen_s = time_s - track.seen_s
            if unseen_s > 0 and (unseen_s <= HOLD_S or track.seen_s == self._before_s):
                box = track.box_at(time_s)
                taken = bool(seen) and iou_matrix(box[None], np.stack(seen)).max() > MIN_IOU
                if not taken and _looks_same(track._look, grey_chip(image_bgr, box, PATCH_PX)):
                    held.append(replace(track, box_xyxy=box))
        return held

    def _expire(self, time_s: float) -> None:
        for track in list(self._tracks.values()):
            if time_s - track.seen_s > LIFE_S:
                del self._tracks[track.id]


def _match(predicted: dict[int, Floats], box_xyxy: Floats) -> dict[int, int]:
    """Detection index to track id, best pair first. Greedy: faces seldom overlap one another."""
    if not predicted or not len(box_xyxy):
        return {}
    ids = list(predicted)
    expected = np.stack([predicted[i] for i in ids])
    overlap = iou_matrix(expected, box_xyxy)
    size = np.maximum(expected[:, None, 2:] - expected[:, None, :2], 1.0).mean(axis=2)
    apart = np.linalg.norm(_centre(expected)[:, None] - _centre(box_xyxy)[None], axis=2) / size
    score = np.where((overlap >= MIN_IOU) | (apart <= MAX_APART), overlap - apart, -np.inf)
    matches: dict[int, int] = {}
    while np.isfinite(score).any():
        row, column = np.unravel_index(int(np.argmax(score)), score.shape)
        matches[int(column)] = ids[int(row)]
        score[row, :] = score[:, column] = -np.inf
    return matches


MAX_APART = 0.75
"""A face may be this many of its own widths from where it was expected: a turn of the head."""


def _moved(
    old: Track, box: Floats, view: FaceView, look: Image | None, time_s: float, doubt: bool
) -> Track:
    elapsed_s = max(time_s - old.seen_s, 1e-3)
    velocity = (_centre(box[None])[0] - _centre(old.box_xyxy[None])[0]) / elapsed_s
    return replace(
        old,
        box_xyxy=box,
        view=view,
        seen_s=time_s,
        probes=() if doubt else old.probes,
        _doubted=old._doubted + old.probes if doubt else old._doubted,
        _velocity=np.asarray(0.5 * old._velocity + 0.5 * velocity, np.float32),
        _look=look,
    )


def _of_size(box_xyxy: Floats, other_xyxy: Floats) -> Floats:
    """The box made as large as another. Detectors that search a pyramid give one face two sizes
    in turn, and the same face cut out in two sizes looks different."""
    centre, half = (box_xyxy[:2] + box_xyxy[2:]) / 2, (other_xyxy[2:] - other_xyxy[:2]) / 2
    return np.concatenate([centre - half, centre + half])


def _looks_same(before: Image | None, now: Image | None) -> bool:
    if before is None or now is None:
        return False
    inner = slice(PATCH_SLACK_PX, -PATCH_SLACK_PX)
    fit = cv2.matchTemplate(now, before[inner, inner], cv2.TM_CCOEFF_NORMED)
    return float(fit.max()) >= SAME_LOOK


def _nearest(probe: Probe, held: tuple[Probe, ...]) -> float:
    return float(min(np.linalg.norm(probe.encoding - other.encoding) for other in held))


def _centre(box_xyxy: Floats) -> Floats:
    return np.asarray((box_xyxy[:, :2] + box_xyxy[:, 2:]) / 2, np.float32)
