"""Tracks of faces over frames at irregular intervals.

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
contradicts them starts a new track. When a face is encoded again: `faces.tracking.cadence`.

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
from lookout.faces.tracking.cadence import encoding_due
from lookout.faces.tracking.scene_change import CutDetector

LIFE_S = 1.0
"""A track ends when its face has not been seen for this long."""
HOLD_S = 0.3
"""A face that the detector misses is shown where it is expected for so long, and in any case in one
frame: on a slow machine the interval between two frames is longer than this."""
MAX_PROBES = 12
"""The newest are kept: about 20 s of a face that stays."""

MIN_IOU = 0.2
MAX_SHIFT = 0.75
"""A face may be this many of its own widths from where it was expected: a turn of the head."""
PATCH_PX, PATCH_SLACK_PX = 32, 5
MIN_CORRELATION = 0.9
"""Normalized correlation of two patches of a face below which the match is doubted.

In a clip with 14 changes of person a patch and the next correlate by 0.29–0.83 across a change, and
by more than 0.9 in 90 % of the other frames; over 8 frames by 0.28–0.87, and by more than 0.9 in
55 %. A doubt costs one encoding.
"""
AGREES = 2 / 3
CONTRADICTS = 5 / 6
"""Distances to the nearest of a track's encodings, as shares of the encoder's tolerance: a doubted
track is confirmed below the first (0.40 for dlib), an undoubted one is ended above the second
(0.50). Same face, next view: 95 % below 0.40. Two people on the two sides of a cut: above 0.47."""


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
    _patch: Image | None = None

    @property
    def doubted(self) -> bool:
        """True if this may be another face than before; the next encoding decides."""
        return bool(self._doubted)

    @property
    def weight(self) -> float:
        """The weight of an encoding of this view, as `Tracker.learn` takes it."""
        return self.view.weight

    def wants_encoding(self, time_s: float) -> bool:
        """True if this view should be encoded (`faces.tracking.cadence`)."""
        return encoding_due(self.probes, self.weight, time_s)

    def box_at(self, time_s: float) -> Floats:
        """(4,) float32, pixels: the box as expected at `time_s`, by its velocity."""
        ahead_s = np.clip(time_s - self.seen_s, 0.0, LIFE_S)
        return np.asarray(self.box_xyxy + np.tile(self._velocity, 2) * ahead_s, np.float32)


class Tracker:
    """The faces of one camera. Not thread-safe; trackers share nothing.

    tolerance: the encoder's (`faces.protocols.Encoder.tolerance`).
    """

    def __init__(self, tolerance: float = 0.6) -> None:
        self._tolerance = tolerance
        self._tracks: dict[int, Track] = {}
        self._ids = itertools.count(1)
        self._cuts = CutDetector()
        self._cut = False
        self._updated_s = self._before_s = float("-inf")

    def update(self, detections: Detections, image_bgr: Image, time_s: float) -> list[Track]:
        """The track of each detection, in order. Raises ValueError if `time_s` goes back."""
        if time_s < self._updated_s:
            raise ValueError(f"time goes back from {self._updated_s} to {time_s}")
        self._expire(time_s)
        predicted = self.predict(time_s)
        self._cut = self._cuts.is_cut(image_bgr)
        matches = _match(predicted, detections.box_xyxy)
        tracks = []
        for index, box in enumerate(detections.box_xyxy):
            view, patch = view_of(image_bgr, box), grey_chip(image_bgr, box, PATCH_PX)
            old = self._tracks.get(matches.get(index, 0))
            if old is None:
                track = Track(next(self._ids), box, view, time_s, time_s, _patch=patch)
            else:
                missed = old.seen_s < self._updated_s
                same_size = grey_chip(image_bgr, _of_size(box, old.box_xyxy), PATCH_PX)
                doubt = self._cut or missed or not _correlates(old._patch, same_size)
                track = _moved(old, box, view, patch, time_s, doubt)
            self._tracks[track.id] = track
            tracks.append(track)
        self._before_s, self._updated_s = self._updated_s, time_s
        return tracks

    def learn(self, track: Track, encoding: Floats, weight: float, time_s: float) -> Track:
        """Adds an encoding (D,) to `track` and returns the track to go on with.

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
        """The box (4,) float32, pixels, expected of each living track at `time_s`, by id."""
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
                if not taken and _correlates(track._patch, grey_chip(image_bgr, box, PATCH_PX)):
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
    shift = np.linalg.norm(_centre(expected)[:, None] - _centre(box_xyxy)[None], axis=2) / size
    score = np.where((overlap >= MIN_IOU) | (shift <= MAX_SHIFT), overlap - shift, -np.inf)
    matches: dict[int, int] = {}
    while np.isfinite(score).any():
        row, column = np.unravel_index(int(np.argmax(score)), score.shape)
        matches[int(column)] = ids[int(row)]
        score[row, :] = score[:, column] = -np.inf
    return matches


def _moved(
    old: Track, box: Floats, view: FaceView, patch: Image | None, time_s: float, doubt: bool
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
        _patch=patch,
    )


def _of_size(box_xyxy: Floats, other_xyxy: Floats) -> Floats:
    """The box made as large as another. Detectors that search a pyramid give one face two sizes
    in turn, and the same face cut out in two sizes looks different."""
    centre, half = (box_xyxy[:2] + box_xyxy[2:]) / 2, (other_xyxy[2:] - other_xyxy[:2]) / 2
    return np.concatenate([centre - half, centre + half])


def _correlates(before: Image | None, now: Image | None) -> bool:
    if before is None or now is None:
        return False
    inner = slice(PATCH_SLACK_PX, -PATCH_SLACK_PX)
    fit = cv2.matchTemplate(now, before[inner, inner], cv2.TM_CCOEFF_NORMED)
    return float(fit.max()) >= MIN_CORRELATION


def _nearest(probe: Probe, held: tuple[Probe, ...]) -> float:
    return float(min(np.linalg.norm(probe.encoding - other.encoding) for other in held))


def _centre(box_xyxy: Floats) -> Floats:
    return np.asarray((box_xyxy[:, :2] + box_xyxy[:, 2:]) / 2, np.float32)
