"""The liveness of the tracks of one camera: a few looks at each, and the verdict so far."""

from __future__ import annotations

from collections.abc import Sequence

from lookout.faces.detections import Image
from lookout.faces.liveness.track import TrackLiveness
from lookout.faces.liveness.verdict import LivenessVerdict
from lookout.faces.tracking.tracker import LIFE_S, Track
from lookout.server.inference.liveness_check import LivenessCheck


class CameraLiveness:
    """Looks at faces, as often as `TrackLiveness` wants it. One thread at a time."""

    def __init__(self, check: LivenessCheck) -> None:
        self._check = check
        self._looks: dict[int, TrackLiveness] = {}
        self._seen_s: dict[int, float] = {}

    def doubt(self, tracks: Sequence[Track]) -> None:
        """Lets the doubted of these tracks be looked at again: one may be another face than before,
        or a picture of the same person that was put in their place."""
        for track in tracks:
            if track.doubted and track.id in self._looks:
                self._looks[track.id] = self._looks[track.id].doubted()

    def see(self, tracks: Sequence[Track], image_bgr: Image, time_s: float) -> None:
        """Looks at the faces that this frame shows and that want it."""
        for track in tracks:
            looks = self._looks.get(track.id) or TrackLiveness(self._check.name)
            if looks.wants_look(time_s):
                looks = looks.after(self._check, image_bgr, track.box_xyxy, time_s)
            self._looks[track.id] = looks
            self._seen_s[track.id] = time_s
        for gone in [id_ for id_, seen_s in self._seen_s.items() if time_s - seen_s > LIFE_S]:
            del self._looks[gone], self._seen_s[gone]

    def verdict(self, track: Track) -> LivenessVerdict | None:
        """The verdict so far; None if nobody has looked."""
        looks = self._looks.get(track.id)
        return None if looks is None else looks.verdict
