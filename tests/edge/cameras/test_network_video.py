"""An edge reads RTSP by PyAV and by OpenCV alike; silence is told, and never the password."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import closing

import pytest

from benchmarks.support.fault_proxy import FaultProxy, Mode
from benchmarks.support.rtsp_peers import RtspPeer
from lookout.edge.cameras.errors import CameraLost
from lookout.edge.cameras.network_video import (
    READ_TIMEOUT_S,
    Frames,
    newest_frames,
    opencv_frames,
    pyav_frames,
)
from lookout.edge.cameras.url import UrlCamera

pytest.importorskip("rtsp", reason="the RTSP server of PyPI is optional")


@pytest.mark.parametrize("read", [pyav_frames, opencv_frames])
def test_frames_come_no_faster_than_wanted(read: Callable[..., Frames]) -> None:
    with RtspPeer(size_wh=(320, 240)) as peer:
        with closing(read(peer.url, 5.0, threading.Event())) as frames:
            assert next(frames).shape == (240, 320, 3)
            began_s = time.monotonic()
            for _ in range(3):
                next(frames)
        assert time.monotonic() - began_s > 0.4


def test_a_camera_that_falls_silent_is_told_and_its_password_is_not() -> None:
    with RtspPeer(size_wh=(320, 240)) as peer, FaultProxy(peer.port, "s3cret") as proxy:
        proxy.set(Mode.AUTH)
        url = f"rtsp://lookout:s3cret@127.0.0.1:{proxy.port}/live"
        with closing(newest_frames(url, 10.0, threading.Event())) as frames:
            next(frames)
            proxy.set(Mode.HOLE)
            began_s = time.monotonic()
            with pytest.raises(CameraLost) as lost:
                for _ in frames:
                    pass
        # by OpenCV it is three times the limit; a busy machine may take a little longer
        assert time.monotonic() - began_s < 2 * READ_TIMEOUT_S
        assert "s3cret" not in str(lost.value)
        with pytest.raises(CameraLost, match="does not open") as refused:
            UrlCamera(url.replace("s3cret", "other"), fps=10).open()
        assert "other" not in str(refused.value)
