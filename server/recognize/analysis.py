"""From the bytes of one picture to every face in it: decoded, detected, aligned, encoded, measured.

The same for a picture that is sent over HTTP and for one that `recognize` reads from a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lookout.faces.detect.second_look import find_faces
from lookout.faces.detections import Detections, Floats
from lookout.faces.landmarks.five_points import five_of_68
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.liveness.verdict import LivenessVerdict
from lookout.faces.photo.picture import Picture, read_picture
from lookout.faces.photo.quality import FaceView, view_of
from lookout.faces.protocols import Detector, Encoder
from lookout.overlay.turn import Turn
from lookout.server.inference.stage_timer import StageTimer

MAX_FACES = 500
"""Of a picture, the largest: more than on a photograph of a school, and few enough to be encoded in
half a minute of one core."""


@dataclass(frozen=True, slots=True, eq=False)
class AnalyzedImage:
    """The N faces of one picture.

    found:      in pixels of the decoded picture; detections: the same in pixels of the original.
    encodings:  (N, D) float32.
    views:      N, in pixels of the decoded picture.
    laps_ms:    how long each stage took.
    liveness:   N verdicts, or none where nobody looked.
    """

    picture: Picture
    found: Detections
    detections: Detections
    encodings: Floats = field(repr=False)
    views: tuple[FaceView, ...]
    laps_ms: dict[str, float]
    liveness: tuple[LivenessVerdict | None, ...] = ()

    def __len__(self) -> int:
        return len(self.found)

    def verdicts(self, faces: Sequence[int]) -> list[LivenessVerdict | None]:
        """The verdicts on the liveness of these faces; None each where nobody looked."""
        return [self.liveness[face] if self.liveness else None for face in faces]


def analyze(
    content: bytes,
    detector: Detector,
    encoder: Encoder,
    landmarker: Landmarker | None = None,
    turn: Turn | None = None,
) -> AnalyzedImage:
    """Every face in the picture in these bytes; of more than MAX_FACES the largest.

    Raises BadImage if they are not a picture.

    With `landmarker`, dlib's for 68 points, every face has five points, also by a detector that
    finds none. With `turn`, "the original" is the turned picture.
    """
    watch = StageTimer()
    picture = read_picture(content)
    if turn is not None:
        picture = Picture(turn.of(picture.image_bgr), turn.size_of(picture.size_wh))
    watch.lap("decode")
    found = find_faces(detector, picture.image_bgr).largest(MAX_FACES)
    watch.lap("detector")
    chips = encoder.align(picture.image_bgr, found) if len(found) else []
    encodings = encoder.encode(chips)
    if found.points_xy is None and landmarker is not None and len(found):
        points_xy = five_of_68(landmarker.points(picture.image_bgr, found))
        found = Detections(found.box_xyxy, found.score, points_xy)
    views = tuple(view_of(picture.image_bgr, box_xyxy) for box_xyxy in found.box_xyxy)
    watch.lap("calculator")
    return AnalyzedImage(
        picture, found, picture.in_original(found), encodings, views, watch.laps_ms
    )
