"""Pose, mask, and estimates of age and gender, for the routes that answer as other products do."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from lookout.faces.attributes.age_gender import installed_estimator, open_estimator
from lookout.faces.attributes.head_pose import NAME as HEAD_POSE
from lookout.faces.attributes.head_pose import open_head_pose
from lookout.faces.attributes.mask import mask_of
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.models.manager import ModelManager
from lookout.faces.models.store import ModelStore
from lookout.faces.photo.pose import pose_of
from lookout.server.recognize.analysis import AnalyzedImage

AGE_SPAN = 5
"""CompreFace answers with a span of years; the estimate lies in its middle."""


class AttributeCheck:
    """Looks at faces for what plugins ask. Any thread; nothing is kept."""

    def __init__(
        self, models: ModelManager, store: Callable[[], ModelStore], *, estimates: bool
    ) -> None:
        """estimates: whether age and gender may be estimated at all."""
        self._models = models
        self._store = store
        self._estimates = estimates

    def of(
        self, look: AnalyzedImage, face: int, plugins: Collection[str], landmarker: Landmarker
    ) -> dict[str, Any]:
        """What these plugins say of a face, as CompreFace writes it. Raises ModelError."""
        found: dict[str, Any] = {}
        if "pose" in plugins:
            found |= self._pose(look, face, landmarker)
        if "mask" in plugins:
            found |= _mask(look, face, landmarker)
        if self._estimates and {"age", "gender"} & set(plugins):
            found |= self._age_gender(look, face, plugins)
        return found

    def _pose(self, look: AnalyzedImage, face: int, landmarker: Landmarker) -> dict[str, Any]:
        """By the network where it is here, else by the landmarks."""
        image_bgr, store = look.picture.image_bgr, self._store()
        if HEAD_POSE in store.entries and store.has(HEAD_POSE):
            with self._models.use(HEAD_POSE, lambda: open_head_pose(store)) as network:
                pose = network.pose(image_bgr, np.asarray(look.found.box_xyxy[face], np.float32))
        else:
            points = landmarker.points(image_bgr, look.found.take(np.array([face])))[0]
            by_points = pose_of(points, (image_bgr.shape[1], image_bgr.shape[0]))
            if by_points is None:
                return {}
            pose = by_points
        return {
            "pose": {
                "pitch": round(pose.pitch, 2),
                "roll": round(pose.roll, 2),
                "yaw": round(pose.yaw, 2),
            }
        }

    def _age_gender(
        self, look: AnalyzedImage, face: int, plugins: Collection[str]
    ) -> dict[str, Any]:
        store = self._store()
        entry = installed_estimator(store)
        if entry is None:
            return {}
        box = np.asarray(look.found.box_xyxy[face], np.float32)
        with self._models.use(entry.name, lambda: open_estimator(entry, store)) as network:
            guess = network.estimate(look.picture.image_bgr, box)
        found: dict[str, Any] = {"estimate": True}
        if "age" in plugins and guess.age is not None:
            low = max(0, round(guess.age - AGE_SPAN / 2))
            found["age"] = {"probability": None, "low": low, "high": low + AGE_SPAN}
        if "gender" in plugins and guess.gender is not None:
            found["gender"] = {"probability": guess.gender_share, "value": guess.gender}
        return found


def _mask(look: AnalyzedImage, face: int, landmarker: Landmarker) -> dict[str, Any]:
    seen = mask_of(landmarker, look.picture.image_bgr, look.found.take(np.array([face])))
    value = "with_mask_correctly" if seen.hidden else "without_mask"
    return {"mask": {"probability": round(seen.probability, 3), "value": value}}
