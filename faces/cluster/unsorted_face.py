"""A face that nobody has named yet."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lookout.faces.detections import Floats


@dataclass(frozen=True, slots=True, eq=False)
class UnsortedFace:
    """One face, and what is known of where it was seen.

    encoding: (D,) float32.
    quality:  how much it counts beside others of its cluster, above 0 (`FaceView.weight`).
    frame:    a name of the picture that it is from, if others may be from it, too: two faces in one
              frame are two people.
    camera, time_s: two faces of one camera and one moment are from one frame, too.

    Raises ValueError for a quality that is not above 0, an encoding that is not one row of finite
    numbers, or a time without its camera.
    """

    encoding: Floats
    quality: float = 1.0
    frame: str | None = None
    camera: str | None = None
    time_s: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.quality < math.inf:
            raise ValueError(f"the quality of a face is above 0, got {self.quality}")
        if self.encoding.ndim != 1 or not math.isfinite(float(self.encoding.sum())):
            raise ValueError(
                f"an encoding is one row of finite numbers, got the shape {self.encoding.shape}"
            )
        if self.time_s is not None and self.camera is None:
            raise ValueError("the time of a face says nothing without its camera")

    @property
    def frames(self) -> tuple[tuple[str, str], ...]:
        """The frames that it is from, by every name that they have."""
        found = [] if self.frame is None else [("frame", self.frame)]
        if self.camera is not None and self.time_s is not None:
            found.append((self.camera, f"{self.time_s:.3f}"))
        return tuple(found)
