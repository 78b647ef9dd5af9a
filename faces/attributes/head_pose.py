"""The pose of a head by a network: Open Model Zoo's head-pose-estimation-adas-0001.

Preprocessing: the face's box made square and grown 1.2 times, 60×60, BGR 0..255.
"""

from __future__ import annotations

import numpy as np

from lookout.faces.align import crop_box
from lookout.faces.detections import Floats, Image
from lookout.faces.errors import ModelDamaged
from lookout.faces.models import ModelStore
from lookout.faces.photo.pose import Pose
from lookout.faces.runtime.choose import open_session
from lookout.faces.runtime.session import NetworkSession, RuntimeChoice

NAME = "head-pose"
INPUT_PX, MARGIN = 60, 1.2


class HeadPoseNetwork:
    """Three angles of a face. One thread at a time."""

    def __init__(self, session: NetworkSession) -> None:
        self._session = session

    def pose(self, image_bgr: Image, box_xyxy: Floats) -> Pose:
        """The pose of the face in `box_xyxy` (4,), pixels. Raises ModelDamaged if the network does
        not give three angles."""
        chip = crop_box(image_bgr, box_xyxy, MARGIN, INPUT_PX).astype(np.float32)
        outputs = self._session.run(np.ascontiguousarray(chip.transpose(2, 0, 1)[None]))
        if len(outputs) != 3 or any(output.size != 1 for output in outputs):
            raise ModelDamaged(f"{NAME} gives {len(outputs)} outputs, three angles are expected")
        yaw, roll, pitch = (float(output.ravel()[0]) for output in outputs)
        return Pose(yaw=yaw, pitch=pitch, roll=roll)


def open_head_pose(store: ModelStore) -> HeadPoseNetwork:
    """Raises ModelMissing or ModelDamaged."""
    choice = RuntimeChoice("cpu", runtime="onnxruntime", threads=1)
    return HeadPoseNetwork(open_session(store.read(NAME), choice))
