"""Short clips that are made on the spot, of free pictures."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import skimage.data
from av.audio.stream import AudioStream

from lookout.faces.detections import Image

RATE = 10.0
IN_VIEW_S = ((0.0, 1.4), (3.5, 4.9))
"""When the portrait is in view: first and last frame of each time."""
FRAMES = 50


def write_clip(path: Path, portrait_bgr: Image, *, size_wh: tuple[int, int] = (320, 240)) -> Path:
    """Five seconds: the portrait, slowly moving, two seconds of a cup, the portrait again."""
    width, height = size_wh
    cup_bgr = np.ascontiguousarray(skimage.data.coffee()[:height, :width, ::-1])
    frames = []
    for number in range(FRAMES):
        left, top = 60 + number, 20 + number // 4
        in_view = any(first - 1e-6 <= number / RATE <= last + 1e-6 for first, last in IN_VIEW_S)
        window = portrait_bgr[top : top + height, left : left + width]
        frames.append(np.ascontiguousarray(window) if in_view else cup_bgr)
    return write_frames(path, frames)


def write_frames(path: Path, frames: Sequence[Image]) -> Path:
    """A video of these pictures, RATE a second."""
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(
        str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), RATE, (width, height)
    )
    assert writer.isOpened()
    for image_bgr in frames:
        writer.write(image_bgr)
    writer.release()
    return path


def frames_of(path: Path) -> list[Image]:
    """Every frame of a video, as a player would show it."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    frames: list[Image] = []
    while True:
        done, image_bgr = capture.read()
        if not done:
            capture.release()
            return frames
        frames.append(np.asarray(image_bgr, np.uint8))


def with_sound(path: Path, clip: Path, codec: str = "aac", late_s: float = 0.0) -> Path:
    """The clip with a tone of 440 Hz that begins `late_s` after the first picture."""
    rate, tone_s = 48000, FRAMES / RATE - late_s
    with av.open(str(clip)) as pictures, av.open(str(path), "w") as out:
        video = out.add_stream_from_template(pictures.streams.video[0])
        sound = out.add_stream(codec, rate=rate, layout="mono")
        assert isinstance(sound, AudioStream)
        for packet in pictures.demux(video=0):
            if packet.dts is not None:
                packet.stream = video
                out.mux(packet)
        wave = 0.3 * np.sin(2 * np.pi * 440 * np.arange(int(rate * tone_s)) / rate)
        for start in range(0, len(wave), 1024):
            part = wave[None, start : start + 1024].astype(np.float32)
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
            frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
            frame.pts = start + round(late_s * rate)
            out.mux(sound.encode(frame))
        out.mux(sound.encode(None))
    return path


def heard_s(path: Path) -> list[float]:
    """The tenths of a second of a video in which its tone is heard; none without sound."""
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return []
        heard = set()
        for frame in container.decode(audio=0):
            loud = float(np.abs(frame.to_ndarray().astype(np.float64)).max()) > 0.05
            if loud and frame.time is not None:
                heard.add(round(frame.time, 1))
        return sorted(heard)
