"""What the query of a request about faces asks for, and the faces told as it asks."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from lookout.faces.photo.judgement import NO_FACE
from lookout.server.api.dependencies import Dependencies
from lookout.server.api.errors.api_error import rejection_error
from lookout.server.api.routes.compat.dialects import int_box, largest_first, probability
from lookout.server.api.schemas.faces import points_of
from lookout.server.api.security.authorization import GuardedImitation
from lookout.server.recognize.analysis import AnalyzedImage

Plugins = Annotated[str, Query(max_length=200, description="landmarks, calculator")]
Limit = Annotated[int, Query(ge=0, le=1000, description="largest faces first; 0: all")]
Probability = Annotated[float, Query(ge=0, le=1)]
Predictions = Annotated[int, Query(ge=1, le=1000)]


class Options:
    """The query's options. Construct it by hand for what a route has fixed."""

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
        found = [
            f
            for f in largest_first(look)
            if probability(look.detections.score[f], detector) >= self.least
        ]
        if not found:
            raise rejection_error([NO_FACE])
        return found[: self.limit or None]

    def face(self, look: AnalyzedImage, face: int, parts: Dependencies) -> dict[str, Any]:
        """One face as CompreFace tells it."""
        sure = probability(look.detections.score[face], parts.analyzer.detector.name)
        told: dict[str, Any] = {"box": {"probability": round(sure, 5), **int_box(look, face)}}
        if "landmarks" in self.plugins:
            told["landmarks"] = [[round(x), round(y)] for x, y in points_of(look, face)]
        if "calculator" in self.plugins:
            told["embedding"] = [float(value) for value in look.encodings[face]]
        if self.status:
            told["execution_time"] = {
                stage: round(look.laps_ms[stage], 1) for stage in ("detector", "calculator")
            }
        return told

    def whole(self, result: list[dict[str, Any]], parts: Dependencies) -> dict[str, Any]:
        """The answer: what was found, and with `status` what found it."""
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
    return APIRouter(prefix="/api/v1", route_class=GuardedImitation, tags=["CompreFace"])
