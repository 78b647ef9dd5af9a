"""Finds faces in the frames of many cameras: full searches as often as affordable, windows between.

    follower = Follower(detector)
    queries = [FrameQuery(camera, image_bgr, time_s, tuple(tracker.predict(time_s).values())), …]
    for detections in follower.find(queries): …

A search of a whole frame costs 9 ms with YuNet and 190 ms with dlib's HOG; a search of the small
window around the place where a known face is expected, enlarged or reduced to the size at which
the detector finds it surely, costs a tenth of that or less. So a camera is searched in full when
its turn has come, at once after a cut, and at the latest after LONGEST_S, which bounds how late a
new face can appear; in the frames between only the windows are searched. What "affordable" means
is measured: see `Follower._pause_s`. A fast detector searches every frame of a few cameras in full.
While nobody is expected, a frame that shows nothing new since the last full search is not searched
at all for a second (`faces.tracking.motion`).

Where a frame with much shadow shows fewer faces than are expected, or none, it is searched once
more in corrected light (`faces.detect.second_look`), as far as AGAIN_SHARE of the time goes. A
camera on which that helped is looked at twice as long as it does, in full and through windows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lookout.faces.detect.nms import keep_best
from lookout.faces.detect.second_look import brightened, in_shadow, second_look
from lookout.faces.detections import Detections, Floats, Image, iou_matrix, pixel_count
from lookout.faces.protocols import Detector
from lookout.faces.tracking.motion import Luma, MotionGate, small_luma_of
from lookout.faces.tracking.scene_change import CutDetector
from lookout.faces.tracking.window import Window, crop_window, window_side_px

LONGEST_S = 0.4
"""The longest time between two full searches of a camera."""
FULL_SEARCH_SHARE = 1 / 3
"""The share of the machine's time that full searches may take, about."""
FULL_SEARCH_BUDGET_S = 0.06
"""The time for the full searches of one call: cameras whose turn has come and that do not fit have
theirs in the next frames, windows meanwhile."""
AGAIN_SHARE = 1 / 20
"""The share of the machine's time for second looks that have not helped before."""
MIN_IOU = 0.25
"""The least overlap of what a window finds with the face that was expected there."""
MAX_OVERLAP = 0.5
"""Two windows whose faces overlap more have found the same face."""


@dataclass(frozen=True, slots=True)
class FrameQuery:
    """A frame of a camera, and where its known faces are expected: boxes (4,), pixels."""

    camera: Hashable
    image_bgr: Image
    time_s: float
    expected_xyxy: Sequence[Floats] = ()


class _CameraSearch:
    """The state of a camera: its last full search and its last frame, its last second look, and
    whether that found a face that the first did not."""

    def __init__(self) -> None:
        self.cuts = CutDetector()
        self.motion = MotionGate()
        self.small: Luma | None = None
        self.searched_s = float("-inf")
        self.again_s = float("-inf")
        self.again_helped = False


class Follower:
    """Detects faces in the frames of many cameras. Safe to call from one thread at a time.

    longest_s: LONGEST_S, or 0 to search every frame in full. clock: measures what searches cost,
    in seconds.
    """

    def __init__(
        self,
        detector: Detector,
        *,
        longest_s: float = LONGEST_S,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._detector = detector
        self._longest_s = longest_s
        self._clock = clock
        self._side_px = window_side_px(detector)
        self._cameras: dict[Hashable, _CameraSearch] = {}
        self._pixel = Cost()
        self._window = Cost()

    def find(self, queries: Sequence[FrameQuery]) -> list[Detections]:
        """The faces in each frame, in order. At most one frame of a camera is allowed."""
        full = self._choose_full(queries)
        found = [Detections.empty()] * len(queries)
        for index, detections in zip(full, self._search_full(queries, full), strict=True):
            found[index] = detections
        for index, detections in self._search_windows(queries, set(full)).items():
            found[index] = detections
        return found

    def forget(self, camera: Hashable) -> None:
        """Drops the state of a camera that has gone."""
        self._cameras.pop(camera, None)

    def _choose_full(self, queries: Sequence[FrameQuery]) -> list[int]:
        """The frames to search in full, by index: all that must be, and of the others as many of
        those whose turn has come as fit, the one that has waited longest first."""
        must, may = [], []
        for index, query in enumerate(queries):
            camera = self._cameras.setdefault(query.camera, _CameraSearch())
            waited_s = query.time_s - camera.searched_s
            is_cut = camera.cuts.is_cut(query.image_bgr)
            if self._shows_nothing_new(camera, query):
                continue
            if is_cut or waited_s >= self._longest_s:
                must.append(index)
            elif self._full_s(query) <= self._windows_s(query) or waited_s >= self._pause_s(query):
                may.append((-waited_s, index))
        left_s = FULL_SEARCH_BUDGET_S - sum(self._full_s(queries[index]) for index in must)
        for _, index in sorted(may):
            left_s -= self._full_s(queries[index])
            if left_s >= 0 or not must:
                must.append(index)
        return sorted(must)

    def _shows_nothing_new(self, camera: _CameraSearch, query: FrameQuery) -> bool:
        """Nobody is expected, and nothing has moved since a full search of late."""
        camera.small = None
        if self._longest_s == 0 or query.expected_xyxy:
            return False
        camera.small = small_luma_of(query.image_bgr)
        return not camera.motion.is_due(camera.small, query.time_s)

    def _full_s(self, query: FrameQuery) -> float:
        return self._pixel.of(pixel_count(query.image_bgr))

    def _windows_s(self, query: FrameQuery) -> float:
        return self._window.of(len(query.expected_xyxy))

    def _pause_s(self, query: FrameQuery) -> float:
        """The time between two full searches of one camera, so that those of all cameras together
        take no more than FULL_SEARCH_SHARE: with YuNet (9 ms) 27 ms for one camera and 135 ms for
        five, with HOG (190 ms) LONGEST_S for one."""
        return self._full_s(query) * len(self._cameras) / FULL_SEARCH_SHARE

    def _search_full(self, queries: Sequence[FrameQuery], full: Sequence[int]) -> list[Detections]:
        if not full:
            return []
        images_bgr = [queries[index].image_bgr for index in full]
        began_s = self._clock()
        found = self._detector.detect(images_bgr)
        self._pixel.learn(self._clock() - began_s, sum(map(pixel_count, images_bgr)))
        for index in full:
            camera = self._cameras[queries[index].camera]
            camera.searched_s = queries[index].time_s
            if camera.small is not None:
                camera.motion.searched(camera.small, camera.searched_s)
        return self._look_again([queries[index] for index in full], found)

    def _look_again(
        self, queries: Sequence[FrameQuery], found: list[Detections]
    ) -> list[Detections]:
        """The faces `found` in whole frames, and those that a second look finds where it is due."""
        due = [i for i, query in enumerate(queries) if self._again_due(query, found[i])]
        if not due:
            return found
        images_bgr = [queries[i].image_bgr for i in due]
        again = second_look(self._detector, images_bgr, [found[i] for i in due])
        for index, faces in zip(due, again, strict=True):
            camera = self._cameras[queries[index].camera]
            camera.again_s = queries[index].time_s
            camera.again_helped = len(faces) > len(found[index])
            found[index] = faces
        return found

    def _again_due(self, query: FrameQuery, found: Detections) -> bool:
        if len(found) >= max(1, len(query.expected_xyxy)):
            return False
        camera = self._cameras[query.camera]
        pause_s = self._full_s(query) * len(self._cameras) / AGAIN_SHARE
        rested = camera.again_helped or query.time_s - camera.again_s >= pause_s
        return rested and in_shadow(query.image_bgr)

    def _search_windows(
        self, queries: Sequence[FrameQuery], already: Iterable[int]
    ) -> dict[int, Detections]:
        windows = [
            (index, window)
            for index, query in enumerate(queries)
            if index not in already
            for box in query.expected_xyxy
            if (window := crop_window(query.image_bgr, box, self._side_px)) is not None
        ]
        if not windows:
            return {}
        began_s = self._clock()
        found = self._detector.detect([window.image_bgr for _, window in windows])
        self._window.learn(self._clock() - began_s, len(windows))
        faces = [_expected_face(w, seen) for (_, w), seen in zip(windows, found, strict=True)]
        self._look_again_through(queries, windows, faces)
        of_frames: dict[int, list[Detections]] = {}
        for (index, _), face in zip(windows, faces, strict=True):
            of_frames.setdefault(index, []).append(face)
        return {index: _distinct(of_frame) for index, of_frame in of_frames.items()}

    def _look_again_through(
        self,
        queries: Sequence[FrameQuery],
        windows: Sequence[tuple[int, Window]],
        faces: list[Detections],
    ) -> None:
        """Fills in faces of windows that showed none, of cameras where a second look helps."""
        empty = [
            place
            for place, (index, _) in enumerate(windows)
            if not len(faces[place]) and self._cameras[queries[index].camera].again_helped
        ]
        if not empty:
            return
        found = self._detector.detect([brightened(windows[p][1].image_bgr) for p in empty])
        for place, detections in zip(empty, found, strict=True):
            faces[place] = _expected_face(windows[place][1], detections)


class Cost:
    """The measured cost of one of many, in seconds; 0 before the first measurement.

    It falls at once to what was measured and rises slowly, because what a busy machine or a first
    call adds is not the cost.
    """

    def __init__(self) -> None:
        self._each_s = 0.0

    def of(self, count: int) -> float:
        """The seconds that `count` of them take."""
        return self._each_s * count

    def learn(self, elapsed_s: float, count: int) -> None:
        """Takes in a measurement: `count` of them took `elapsed_s`."""
        each_s = elapsed_s / count
        known = 0.0 < self._each_s < each_s
        self._each_s = 0.9 * self._each_s + 0.1 * each_s if known else each_s


def _expected_face(window: Window, found: Detections) -> Detections:
    """The one face of the window that is the expected one, in pixels of the frame, or none."""
    if not len(found):
        return found
    scale, corner = np.float32(window.scale), window.corner_xy
    points = None if found.points_xy is None else found.points_xy * scale + corner
    moved = Detections(found.box_xyxy * scale + np.tile(corner, 2), found.score, points)
    overlap = iou_matrix(window.box_xyxy[None], moved.box_xyxy)[0]
    best = int(np.argmax(overlap))
    return moved.take(np.array([best] if overlap[best] >= MIN_IOU else [], np.intp))


def _distinct(faces: Sequence[Detections]) -> Detections:
    """The faces of one frame's windows as one, each face once, best score first."""
    some = [face for face in faces if len(face)]
    if not some:
        return Detections.empty()
    points = [face.points_xy for face in some if face.points_xy is not None]
    together = Detections(
        np.concatenate([face.box_xyxy for face in some]),
        np.concatenate([face.score for face in some]),
        np.concatenate(points) if points else None,
    )
    return together.take(keep_best(together.box_xyxy, together.score, MAX_OVERLAP))
