"""The options in the query of a request about faces, and faces described as they ask."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from lookout.faces.photo.judgement import NO_FACE
from lookout.server.api.dependencies import Dependencies
from lookout.server.api.errors.api_error import rejection_error
from lookout.server.api.routes.compat.boxes import int_box, largest_first, probability
from lookout.server.api.routes.compat.imitation import Imitation
from lookout.server.api.schemas.faces import points_of
from lookout.server.recognize.analysis import AnalyzedImage

ATTRIBUTES = frozenset({"pose", "mask", "age", "gender"})
"""Plugins that look at a face once more; age and gender where the server may estimate them."""

Plugins = Annotated[
    str, Query(max_length=200, description="landmarks, calculator, pose, mask, age, gender")
]
Limit = Annotated[int, Query(ge=0, description="largest faces first; 0: all")]
Probability = Annotated[float, Query(ge=0, le=1)]
Predictions = Annotated[int, Query(ge=1)]


class Options:
    """The options of the query."""

    def __init__(
        self,
        limit: Limit = 0,
        det_prob_threshold: Probability = 0.0,
        face_plugins: Plugins = "",
        status: bool = False,
    ) -> None:
        self.limit = limit
        self.least = det_prob_threshold
        self.plugins = {name.strip() for name in face_plugins.split(",")}
        self.status = status

    def faces(self, look: AnalyzedImage, parts: Dependencies) -> list[int]:
        """The faces that are asked for, largest first. Raises ApiError where there is none."""
        detector = parts.analyzer.detector.name
        chosen = [
            f
            for f in largest_first(look.detections)
            if probability(look.detections.score[f], detector) >= self.least
        ]
        if not chosen:
            raise rejection_error([NO_FACE])
        return chosen[: self.limit or None]

    def face(self, look: AnalyzedImage, face: int, parts: Dependencies) -> dict[str, Any]:
        """One face as CompreFace describes it."""
        sure = probability(look.detections.score[face], parts.analyzer.detector.name)
        found: dict[str, Any] = {"box": {"probability": round(sure, 5), **int_box(look, face)}}
        if "landmarks" in self.plugins:
            found["landmarks"] = [[round(x), round(y)] for x, y in points_of(look, face)]
        if "calculator" in self.plugins:
            found["embedding"] = [float(value) for value in look.encodings[face]]
        if ATTRIBUTES & self.plugins:
            asked = ATTRIBUTES & self.plugins
            found |= parts.attributes.of(look, face, asked, parts.recognition.landmarks())
        if self.status:
            found["execution_time"] = {
                stage: round(look.laps_ms[stage], 1) for stage in ("detector", "calculator")
            }
        return found

    def whole(self, result: list[dict[str, Any]], parts: Dependencies) -> dict[str, Any]:
        """The answer: the faces, and with `status` the networks that found them."""
        return {"result": result, **self.versions(parts)}

    def versions(self, parts: Dependencies) -> dict[str, Any]:
        """`plugins_versions`, where `status` asks for it."""
        if not self.status:
            return {}
        return {
            "plugins_versions": {
                "detector": f"lookout.{parts.analyzer.detector.name}",
                "calculator": f"lookout.{parts.analyzer.encoder.name}",
            }
        }


Asked = Annotated[Options, Depends(Options)]
"""The query's options, as a parameter of a route."""


def new_router() -> APIRouter:
    """A router for some of CompreFace's routes."""
    return APIRouter(prefix="/api/v1", route_class=Imitation, tags=["CompreFace"])
