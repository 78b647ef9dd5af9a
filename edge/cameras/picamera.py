"""The Raspberry Pi's camera, through picamera2."""

from __future__ import annotations

import importlib
import importlib.util
import io
import threading
from collections.abc import Generator
from typing import Any

from lookout.edge.cameras.errors import CameraLost, CameraUnusable
from lookout.edge.cameras.jpeg import JPEG_QUALITY
from lookout.edge.cameras.reader import ReaderCamera
from lookout.edge.slot import Slot

INSTALL = (
    "picamera2 is not installed here: sudo apt install python3-picamera2, then make the "
    "environment with python3 -m venv --system-site-packages .venv"
)
STALL_S = 4.0  # a sensor at one frame a second, the slowest that is of use, still counts as alive


class PiCamera(ReaderCamera):
    """Lets the Pi compress: by hardware up to the Pi 4, on the Pi 5 by picamera2's own encoder.

    The hardware makes motion JPEG at a bit rate, so it is asked for its best; the other takes a
    quality. Either way a frame is one `write` on the sink.
    """

    def __init__(self, *, size_wh: tuple[int, int], fps: float) -> None:
        super().__init__("picamera2")
        self._size_wh = size_wh
        self._fps = fps

    def frames(self, stop: threading.Event) -> Generator[bytes, None, None]:
        picamera2, encoders, outputs, platform = _packages()
        try:
            camera = picamera2.Picamera2()
        except (IndexError, RuntimeError) as error:  # older versions: IndexError
            raise CameraLost(
                f"the Pi's camera does not open ({error}): check its cable with "
                "rpicam-hello --list-cameras, and that no other program uses it"
            ) from error
        try:
            camera.configure(
                camera.create_video_configuration(
                    main={"size": self._size_wh}, controls={"FrameRate": self._fps}
                )
            )
            sink = _Sink()
            hardware = platform.get_platform() == platform.Platform.VC4
            if hardware:
                encoder, quality = encoders.MJPEGEncoder(), encoders.Quality.VERY_HIGH
            else:
                encoder, quality = encoders.JpegEncoder(q=JPEG_QUALITY), None
            camera.start_recording(encoder, outputs.FileOutput(sink), quality=quality)
            try:
                yield from self._frames_of(sink.slot, stop)
            finally:
                camera.stop_recording()
        except (RuntimeError, OSError) as error:  # OSError: the hardware encoder's device
            raise CameraLost(f"the Pi's camera failed: {error}") from error
        finally:
            camera.close()

    def _frames_of(self, slot: Slot[bytes], stop: threading.Event) -> Generator[bytes, None, None]:
        seen, waited_s = 0, 0.0
        while not stop.is_set():
            newest = slot.wait(seen, timeout_s=0.25)
            if newest is not None:
                (seen, jpeg), waited_s = newest, 0.0
                yield jpeg
            elif (waited_s := waited_s + 0.25) >= STALL_S:
                raise CameraLost(f"the Pi's camera gave no picture for {STALL_S:.0f} s")


class _Sink(io.BufferedIOBase):
    """The target of picamera2's FileOutput: one whole JPEG a write, in the encoder's thread."""

    def __init__(self) -> None:
        self.slot: Slot[bytes] = Slot()

    def writable(self) -> bool:
        return True

    def write(self, jpeg: Any) -> int:
        self.slot.put(bytes(jpeg))
        return len(jpeg)


def pi_cameras() -> int:
    """The number of cameras that picamera2 lists; 0 where it is not installed."""
    if importlib.util.find_spec("picamera2") is None:
        return 0
    try:
        picamera2 = importlib.import_module("picamera2")
        return len(picamera2.Picamera2.global_camera_info())
    except (ImportError, OSError, RuntimeError):  # libcamera missing, or nothing for it to drive
        return 0


def require_picamera2() -> None:
    """Raises CameraUnusable, with the command that installs it, without picamera2."""
    _packages()


def _packages() -> tuple[Any, Any, Any, Any]:
    names = ("picamera2", "picamera2.encoders", "picamera2.outputs", "picamera2.platform")
    try:
        first, second, third, fourth = (importlib.import_module(name) for name in names)
    except (ImportError, OSError) as error:
        raise CameraUnusable(f"{INSTALL} ({error})") from error
    return first, second, third, fourth
