"""The cameras that play what lies on the disk, and the built-in one; all on real pictures."""

from __future__ import annotations

import math
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pictures
from skimage.data import astronaut

from lookout.edge.cameras import CameraLost
from lookout.edge.cameras.demo import CYCLE_S, DemoCamera, portrait, view_at
from lookout.edge.cameras.folder import FolderCamera
from lookout.edge.cameras.jpeg import size_of
from lookout.edge.cameras.video import VideoCamera
from lookout.faces.engine import open_detector

READ_S = 5.0


def decoded(jpeg: bytes) -> np.ndarray:
    image_bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image_bgr is not None
    return image_bgr


@pytest.fixture
def clip(data: Path, tmp_path: Path) -> Path:
    """Twelve real frames, half a second of video at 24 frames a second."""
    source = cv2.VideoCapture(str(data / "video" / "signers.mp4"))
    path = tmp_path / "clip.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 24.0, (640, 480))
    for _ in range(12):
        done, image_bgr = source.read()
        assert done
        writer.write(image_bgr)
    writer.release()
    source.release()
    return path


@pytest.mark.data
def test_a_video_plays_at_its_own_pace_and_begins_again_at_its_end(clip: Path) -> None:
    with VideoCamera(clip) as camera:
        first = camera.read(READ_S)
        began, last = time.monotonic(), first
        while last.number < first.number + 36:  # three times through the clip
            last = camera.read(READ_S)
        fps = (last.number - first.number) / (time.monotonic() - began)
    assert size_of(first.jpeg) == (640, 480)
    assert 20 < fps < 24.5, "24 a second, less what reopening and a busy machine take"


def test_a_missing_video_is_a_lost_camera_with_a_message(tmp_path: Path) -> None:
    with pytest.raises(CameraLost, match="missing or no video"):
        VideoCamera(tmp_path / "gone.mp4").open()


def test_a_file_that_is_no_video_is_a_lost_camera_with_a_message(tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("these are words")
    with pytest.raises(CameraLost, match="missing or no video"):
        VideoCamera(path).open()


def test_a_folder_shows_its_photographs_in_order_and_the_right_way_up(tmp_path: Path) -> None:
    upright = Pictures.fromarray(astronaut())
    upright.crop((0, 0, 300, 500)).save(tmp_path / "a.jpg")
    exif = Pictures.Exif()
    exif[0x0112] = 6  # orientation: the camera lay on its side
    lying = upright.crop((0, 0, 400, 500)).transpose(Pictures.Transpose.ROTATE_90)
    lying.save(tmp_path / "b.jpg", exif=exif)
    (tmp_path / "c.jpg").write_bytes(b"damaged")
    upright.crop((0, 0, 200, 500)).save(tmp_path / "d.png")
    shown: list[tuple[int, int] | None] = []
    with FolderCamera(tmp_path, seconds_per_image=0.2) as camera:
        while len(shown) < 4:
            shown.append(size_of(camera.read(READ_S).jpeg))
    assert shown == [(300, 500), (400, 500), (200, 500), (300, 500)]


def test_a_photograph_of_a_large_camera_is_shrunk_to_fit_the_wire(tmp_path: Path) -> None:
    large = Pictures.fromarray(astronaut()).resize((4000, 3000))
    large.save(tmp_path / "large.jpg")
    with FolderCamera(tmp_path) as camera:
        assert size_of(camera.read(READ_S).jpeg) == (1440, 1080)


def test_a_folder_whose_every_photograph_is_damaged_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"damaged")
    with pytest.raises(CameraLost, match=r"no image under .* can be read"):
        FolderCamera(tmp_path).open()


def test_the_demo_camera_moves() -> None:
    with DemoCamera(fps=20) as camera:
        first, second = camera.read(READ_S), camera.read(READ_S)
    assert second.number > first.number
    assert size_of(first.jpeg) == (640, 480)
    difference = cv2.absdiff(decoded(first.jpeg), decoded(second.jpeg))
    assert difference.mean() > 0.5


def test_the_demo_camera_moves_smoothly_by_less_than_three_pixels_a_frame() -> None:
    image_bgr = portrait()
    grey = [
        cv2.cvtColor(view_at(image_bgr, index / 25), cv2.COLOR_BGR2GRAY).astype(np.float32)
        for index in range(0, round(CYCLE_S * 25) + 1)
        if index % 20 < 2
    ]
    shifts = [
        math.hypot(*cv2.phaseCorrelate(before, after)[0])
        for before, after in zip(grey[::2], grey[1::2], strict=False)
    ]
    assert len(shifts) >= 30
    assert max(shifts) < 3
    assert np.median(shifts) > 0.1


@pytest.mark.slow
def test_the_demo_camera_always_shows_one_face_of_a_good_size_inside_the_picture() -> None:
    detector, image_bgr = open_detector("hog"), portrait()
    for time_s in np.arange(0, CYCLE_S, CYCLE_S / 20):
        found = detector.detect([view_at(image_bgr, float(time_s))])[0]
        assert len(found) == 1, f"{len(found)} faces at {time_s:.1f} s"
        x0, y0, x1, y1 = found.box_xyxy[0]
        assert 90 < y1 - y0 < 220
        assert min(x0, y0) > 0
        assert x1 < 640
        assert y1 < 480
