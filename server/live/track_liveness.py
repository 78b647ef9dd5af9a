"""The liveness of the tracks of one camera: a few looks at each, what its largest face is asked to
do, and the verdicts so far."""

from __future__ import annotations

from collections.abc import Sequence

from lookout.faces.decision.decide import Decision
from lookout.faces.decision.liveness_demand import LivenessDemand, with_liveness
from lookout.faces.detections import Detections, Image
from lookout.faces.liveness.track import TrackLiveness
from lookout.faces.liveness.verdict import LivenessVerdict
from lookout.faces.tracking.tracker import LIFE_S, Track
from lookout.server.inference.liveness_check import LivenessCheck
from lookout.server.live.camera_challenge import CameraChallenge, Seen
from lookout.wire.challenge import WireChallenge


class CameraLiveness:
    """Looks at faces, as often as `TrackLiveness` wants it. One thread at a time."""

    def __init__(
        self, check: LivenessCheck, camera: str = "", challenge: CameraChallenge | None = None
    ) -> None:
        """challenge: what the faces of this camera are asked; needed where they are."""
        self._check = check
        self._name = camera
        self._challenge = challenge
        self._looks: dict[int, TrackLiveness] = {}
        self._seen_s: dict[int, float] = {}

    def doubt(self, tracks: Sequence[Track]) -> None:
        """Lets the doubted of these tracks be looked at again: one may be another face than before,
        or a picture of the same person that was put in their place."""
        for track in tracks:
            if track.doubted and track.id in self._looks:
                self._looks[track.id] = self._looks[track.id].doubted()

    def see(self, tracks: Sequence[Track], image_bgr: Image, time_s: float) -> None:
        """Looks at the faces that this frame shows and that want it, if anybody is to look."""
        if not self._check.looks or self.demand is LivenessDemand.OFF:
            return
        for track in tracks:
            looks = self._looks.get(track.id) or TrackLiveness(self._check.name)
            if looks.wants_look(time_s):
                looks = looks.after(self._check, image_bgr, track.box_xyxy, time_s)
            self._looks[track.id] = looks
            self._seen_s[track.id] = time_s
        for gone in [id_ for id_, seen_s in self._seen_s.items() if time_s - seen_s > LIFE_S]:
            del self._looks[gone], self._seen_s[gone]

    @property
    def demand(self) -> LivenessDemand:
        """What a name asks at this camera now."""
        return self._check.demand_at(self._name)

    def decided(
        self,
        image_bgr: Image,
        found: Detections,
        tracks: Sequence[Track],
        decisions: Sequence[Decision],
        time_s: float,
        *,
        wanted: bool,
    ) -> list[Decision]:
        """The decisions as the demand has them. tracks: those of `found`, in order, then those that
        are only held; wanted: the edge asks for a challenge."""
        demand, challenge = self.demand, self._challenge
        verdicts = [self.verdict(track) for track in tracks]
        door = demand is LivenessDemand.CHALLENGE
        if challenge is not None and (door or wanted or challenge.told(time_s)):
            shown = len(found)
            frame = Seen(image_bgr, found, tracks[:shown], decisions[:shown], verdicts[:shown])
            challenge.see(frame, time_s, door=door, wanted=wanted)
        if challenge is not None and door:
            verdicts = [
                challenge.verdict(track, decision, verdict, time_s)
                for track, decision, verdict in zip(tracks, decisions, verdicts, strict=True)
            ]
        return [
            with_liveness(decision, verdict, demand)
            for decision, verdict in zip(decisions, verdicts, strict=True)
        ]

    def told(self, time_s: float) -> WireChallenge | None:
        """What the camera's page is to show of a challenge."""
        return None if self._challenge is None else self._challenge.told(time_s)

    def verdict(self, track: Track) -> LivenessVerdict | None:
        """The verdict so far; None if nobody has looked."""
        looks = self._looks.get(track.id)
        return None if looks is None else looks.verdict
