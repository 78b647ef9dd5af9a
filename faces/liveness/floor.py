"""The least that a view must show before its liveness can be judged.

The constants come from five people of NUAA, live and printed, whose pictures were made smaller,
blurred, darkened and cut off at a side; docs/liveness.md has the table.
"""

from __future__ import annotations

from lookout.faces.detections import Floats, Image
from lookout.faces.photo.judgement import Reason
from lookout.faces.photo.quality import FaceView

LEAST_PX = 48.0
"""At 48 px the networks still tell all live faces from all prints, at 32 px they do not."""
LEAST_BRIGHTNESS = 20.0
LEAST_CONTRAST = 8.0
"""At a mean luma of 25 and a contrast of 12 prints are told, at 17 and 8 one in twenty passes."""
LEAST_SHARPNESS = 0.65
"""Below it a live face looks like a print (`faces.photo.quality.sharpness`); as for enrolment."""
LEAST_ROOM = 0.2
"""Between the face's box and each edge of the picture, in sizes of the box: the networks judge by
what surrounds a face. At 0.2 one print in twenty comes near to passing, at 0 one in ten passes."""

TOO_SMALL = Reason("too_small", "The face is too small to tell a person from a picture.")
TOO_DARK = Reason("too_dark", "It is too dark to tell a person from a picture.")
BLURRED = Reason("blurred", "The face is too blurred to tell a person from a picture.")
NEAR_EDGE = Reason(
    "near_edge",
    "The face is too near the camera, or the edge of the picture, to see what surrounds it.",
)


def reasons_against(image_bgr: Image, box_xyxy: Floats, view: FaceView) -> tuple[Reason, ...]:
    """Why this view says nothing; empty if it may be judged. box_xyxy: (4,), pixels."""
    failed = (
        (room_around(image_bgr, box_xyxy) < LEAST_ROOM, NEAR_EDGE),
        (view.size_px < LEAST_PX, TOO_SMALL),
        (view.brightness < LEAST_BRIGHTNESS or view.contrast < LEAST_CONTRAST, TOO_DARK),
        (view.sharpness < LEAST_SHARPNESS, BLURRED),
    )
    return tuple(reason for is_so, reason in failed if is_so)


def room_around(image_bgr: Image, box_xyxy: Floats) -> float:
    """The least distance from the box to an edge of the picture, in widths or heights of the box;
    negative where it reaches outside."""
    height, width = image_bgr.shape[:2]
    x0, y0, x1, y1 = box_xyxy.tolist()
    across, down = max(x1 - x0, 1.0), max(y1 - y0, 1.0)
    return float(min(x0 / across, (width - x1) / across, y0 / down, (height - y1) / down))
