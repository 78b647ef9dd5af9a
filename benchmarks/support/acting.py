"""A person who acts before a camera, drawn from one photograph: ahead, aside, and closer."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from lookout.faces.detections import Floats, Image
from lookout.faces.liveness.challenge import Task
from lookout.faces.pose3d.head import head_of
from lookout.faces.pose3d.view import view_of_head

TURN_DEG = 35.0
CLOSER = 1.45
SIDE_PX = 480


def acted(image_bgr: Image, points_xy: Floats) -> tuple[Image, Mapping[Task, Image]]:
    """The face ahead, and as it turns and comes closer, (480, 480, 3) each. Not as it blinks: eyes
    that are drawn shut are not read as shut. points_xy: (68, 2) landmarks."""
    head = head_of(image_bgr, points_xy)
    turns = {Task.TURN_LEFT: TURN_DEG, Task.TURN_RIGHT: -TURN_DEG}
    done = {task: _before_camera(view_of_head(head, yaw).image_bgr) for task, yaw in turns.items()}
    ahead = view_of_head(head, 0.0).image_bgr
    done[Task.COME_CLOSER] = _before_camera(ahead, CLOSER)
    return _before_camera(ahead), done


def _before_camera(view_bgr: Image, scale: float = 1.0) -> Image:
    """The view, larger by so much, in the middle of a picture."""
    sized = cv2.resize(view_bgr, None, fx=scale, fy=scale)
    room = cv2.resize(cv2.GaussianBlur(view_bgr, (0, 0), 30), (SIDE_PX, SIDE_PX))
    first = (SIDE_PX - sized.shape[0]) // 2
    room[first : first + sized.shape[0], first : first + sized.shape[1]] = sized
    return np.asarray(room, np.uint8)
