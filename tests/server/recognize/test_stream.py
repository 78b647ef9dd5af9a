"""A network camera as footage: real sockets, its newest frames, and an end in words."""

from __future__ import annotations

import socket
import threading

import pytest

from lookout.server.recognize.errors import StreamLost
from lookout.server.recognize.stream import LiveStream
from tests.support.mjpeg_camera import MjpegCamera


def test_a_camera_gives_frames_until_it_is_told_to_stop(portrait: bytes) -> None:
    stop = threading.Event()
    with MjpegCamera([portrait], fps=30.0) as camera:
        stream = LiveStream(f"http://ada:secret@{camera.address}", looks_per_s=60.0)
        assert stream.name == f"http://{camera.address}"
        frames = []
        for frame in stream.frames(stop):
            frames.append(frame)
            if len(frames) == 3:
                stop.set()
    assert [frame.image_bgr.shape for frame in frames] == [(320, 512, 3)] * 3
    times = [frame.time_s for frame in frames]
    assert times[0] == 0.0
    assert times == sorted(times)
    assert stream.note == ""


def test_a_camera_that_hangs_up_ends_the_stream_and_says_so(portrait: bytes) -> None:
    with MjpegCamera([portrait], fps=30.0) as camera:
        stream = LiveStream(f"http://{camera.address}", looks_per_s=60.0)
        frames = stream.frames(threading.Event())
        next(frames)
        camera.stop()
        for _ in frames:
            pass
    assert "ended by itself" in stream.note


def test_a_stream_ends_after_the_seconds_that_were_asked_for(portrait: bytes) -> None:
    ticks = iter(range(1000))
    with MjpegCamera([portrait], fps=30.0) as camera:
        stream = LiveStream(
            f"http://{camera.address}",
            looks_per_s=60.0,
            seconds=4.0,
            clock=lambda: float(next(ticks)),
        )
        frames = list(stream.frames(threading.Event()))
    assert [frame.time_s for frame in frames] == [0.0, 1.0, 2.0, 3.0]


def test_an_address_where_nobody_is_is_told_without_its_password() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    stream = LiveStream(f"http://ada:secret@127.0.0.1:{port}/live", looks_per_s=5.0)
    with pytest.raises(StreamLost, match="does not open") as caught:
        list(stream.frames(threading.Event()))
    assert "secret" not in str(caught.value).replace("user:password", "")
