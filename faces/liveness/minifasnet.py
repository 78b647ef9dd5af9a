"""MiniFASNet: one network of Silent-Face-Anti-Spoofing, and the crop that it looks at.

Method: minivision-ai, "Silent-Face-Anti-Spoofing" (Apache-2.0). A network gives three logits, which
add up to 0: of an attack, of a live face, of another attack. Here the first rises with prints and
the second with screens.
"""

from __future__ import annotations

import cv2
import numpy as np

from lookout.faces.detections import Floats, Image
from lookout.faces.errors import ModelDamaged
from lookout.faces.runtime.session import NetworkSession

INPUT_PX = 80
CLASSES = 3
LIVE = 1


class MiniFasNet:
    """A network with the crop that it was trained on, `scale` times the face's box, and how much it
    counts beside others."""

    def __init__(self, session: NetworkSession, scale: float, weight: float = 1.0) -> None:
        self.facts = session.facts
        self.scale = scale
        self.weight = weight
        self._session = session

    def logits(self, image_bgr: Image, box_xyxy: Floats) -> Floats:
        """(3,) float32 for the face in `box_xyxy` (4,), pixels, which must lie in the image.

        Raises ModelDamaged if the network gives anything but three numbers.
        """
        crop = crop_around(image_bgr, box_xyxy, self.scale)
        chip = cv2.resize(crop, (INPUT_PX, INPUT_PX)).astype(np.float32)
        logits = self._session.run(np.ascontiguousarray(chip.transpose(2, 0, 1)[None]))[0].ravel()
        if len(logits) != CLASSES:
            raise ModelDamaged(
                f"a MiniFASNet gives {CLASSES} numbers for a face, this one {len(logits)}"
            )
        return logits


def live_logit(logits: Floats) -> float:
    """How far the logit of a live face stands above the mean of (3,) logits, which is nearly 0.

    Not its share after a softmax, which compares with the stronger of the two attacks: in back
    light the second rises at the cost of the first, for no reason in the face. As the three add up
    to 0, the logit itself compares with the mean of both attacks.
    """
    return float(logits[LIVE] - logits.mean())


def crop_around(image_bgr: Image, box_xyxy: Floats, scale: float) -> Image:
    """The box grown `scale` times about its centre, or as far as the image's size allows, and
    pushed into the image where it would reach outside. A view, not a copy."""
    height, width = image_bgr.shape[:2]
    size = (box_xyxy[2:] - box_xyxy[:2]) * reached_scale(image_bgr, box_xyxy, scale)
    last = np.array([width, height], np.float32) - 1
    first = np.clip((box_xyxy[:2] + box_xyxy[2:] - size) / 2, 0, np.maximum(last - size, 0))
    x0, y0 = first.astype(int)
    x1, y1 = np.minimum(first + size, last).astype(int)
    return image_bgr[y0 : y1 + 1, x0 : x1 + 1]


def reached_scale(image_bgr: Image, box_xyxy: Floats, scale: float) -> float:
    """`scale`, or the most that fits into the image."""
    height, width = image_bgr.shape[:2]
    box_w, box_h = (box_xyxy[2:] - box_xyxy[:2]).tolist()
    return float(min(scale, (width - 1) / max(box_w, 1.0), (height - 1) / max(box_h, 1.0)))
