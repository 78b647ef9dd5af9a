"""Pictures looked at for signs of made faces, with whatever of it is here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from lookout.faces.deepfake.claims import claims_cue
from lookout.faces.deepfake.classifier import NO_MODEL, installed_classifier, open_classifier
from lookout.faces.deepfake.face_parts import FaceParts, parts_of
from lookout.faces.deepfake.metadata import metadata_cue
from lookout.faces.deepfake.seam import seam_cue
from lookout.faces.deepfake.signs import (
    LEAST_PX,
    Cue,
    DeepfakeVerdict,
    NotLookedAt,
    Signs,
    verdict_on,
)
from lookout.faces.detections import Floats, Image
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.models.entry import ModelEntry
from lookout.faces.models.manager import ModelManager
from lookout.faces.models.store import ModelStore
from lookout.server.recognize.analysis import AnalyzedImage

NO_TRACK = tuple(
    NotLookedAt(name, "A single picture does not show it: send a video.")
    for name in ("drift", "tremble")
)
TOO_SMALL = Cue(
    "size", Signs.INCONCLUSIVE, None, f"The face is under {LEAST_PX} pixels wide: nothing is said."
)


@dataclass(frozen=True, slots=True, eq=False)
class FaceSigns:
    """One face: `box_xyxy` (4,) in pixels of the picture as it was sent. parts: for the heat map;
    None for a face that is too small."""

    box_xyxy: Floats
    verdict: DeepfakeVerdict
    parts: FaceParts | None = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class PictureSigns:
    """A picture. verdict: the cues of the whole file; signs: the strongest of it and its faces.

    model: the name of the classifier that looked, or None.
    """

    look: AnalyzedImage
    faces: tuple[FaceSigns, ...]
    verdict: DeepfakeVerdict
    signs: Signs
    model: str | None


class DeepfakeCheck:
    """Looks at pictures. Any thread."""

    def __init__(self, models: ModelManager, store: Callable[[], ModelStore]) -> None:
        self._models = models
        self._store = store

    def look_at(self, content: bytes, look: AnalyzedImage, landmarker: Landmarker) -> PictureSigns:
        """What these bytes and the faces found in them show. Raises ModelError."""
        entry = self.classifier()
        missing = NO_TRACK if entry is not None else (NO_MODEL, *NO_TRACK)
        points = landmarker.points(look.picture.image_bgr, look.found)
        faces = tuple(
            self._face(look, face, points[face], entry, missing) for face in range(len(look))
        )
        claims = claims_cue(content)
        cues = [metadata_cue(content, look.picture.image_bgr)]
        cues += [claims] if isinstance(claims, Cue) else []
        whole = verdict_on(cues, () if isinstance(claims, Cue) else (claims,))
        together = verdict_on([*cues, *(cue for face in faces for cue in face.verdict.cues)])
        name = entry.name if entry is not None else None
        return PictureSigns(look, faces, whole, together.signs, name)

    def classifier(self) -> ModelEntry | None:
        """The classifier that is installed, if there is one. Raises ModelError."""
        return installed_classifier(self._store())

    def model_cue(self, entry: ModelEntry, image_bgr: Image, box_xyxy: Floats) -> Cue:
        """What the classifier says of a face. Raises ModelError."""
        with self._models.use(entry.name, lambda: open_classifier(entry, self._store())) as model:
            return model.cue(image_bgr, box_xyxy)

    def _face(
        self,
        look: AnalyzedImage,
        face: int,
        points_xy: Floats,
        entry: ModelEntry | None,
        missing: tuple[NotLookedAt, ...],
    ) -> FaceSigns:
        image_bgr, box = look.picture.image_bgr, np.asarray(look.found.box_xyxy[face], np.float32)
        shown = np.asarray(look.detections.box_xyxy[face], np.float32)
        if box[2] - box[0] < LEAST_PX:
            return FaceSigns(shown, verdict_on([TOO_SMALL]), None)
        parts = parts_of(image_bgr, points_xy)
        cues = [seam_cue(parts)]
        if entry is not None:
            cues.append(self.model_cue(entry, image_bgr, box))
        return FaceSigns(shown, verdict_on(cues, missing), parts)
