"""Of the larger stream packets are kept, and decoded only while somebody wants them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

import av
import numpy as np
import pytest
from av.packet import Packet
from av.video.stream import VideoStream

from lookout.server.cameras import main_stream
from lookout.server.cameras.capture import StreamCapture
from lookout.server.cameras.main_stream import MOST_PACKETS, MainStream, PacketGroup
from lookout.server.storage.camera_records import CameraKind


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Thirty frames, a key frame every ten; frame n is as bright as 100 + 5 n."""
    path = tmp_path_factory.mktemp("clips") / "steps.mp4"
    options = {"g": "10", "bf": "0", "sc_threshold": "0"}
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=10, options=options)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number in range(30):
            grey = np.full((240, 320, 3), 100 + 5 * number, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(grey, "bgr24")))
        out.mux(stream.encode())
    return str(path)


def packets(clip: str, count: int) -> tuple[StreamCapture, list[Packet[VideoStream]]]:
    capture = StreamCapture(CameraKind.FILE, clip)
    return capture, list(itertools.islice(capture.packets(), count))


def test_the_packets_since_the_last_key_frame_are_kept(clip: str) -> None:
    capture, some = packets(clip, 25)
    group = PacketGroup()
    for number, packet in enumerate(some):
        group.add(packet, float(number))
    assert [at_s for at_s, _ in group.packets] == [20.0, 21.0, 22.0, 23.0, 24.0]
    assert group.packets[0][1].is_keyframe
    capture.close()


def test_packets_before_the_first_key_frame_and_too_many_are_not_kept(
    clip: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture, some = packets(clip, 20)
    group = PacketGroup()
    for packet in some[1:5]:
        group.add(packet, 0.0)
    assert not group.packets
    monkeypatch.setattr(main_stream, "MOST_PACKETS", 4)
    for packet in some[:10]:
        group.add(packet, 0.0)
    assert not group.packets
    monkeypatch.setattr(main_stream, "MOST_PACKETS", MOST_PACKETS)
    group.add(some[10], 0.0)
    assert len(group.packets) == 1
    capture.close()


class Calling:
    """A capture of a clip, which calls for frames when the packet `wanted_at` is there."""

    def __init__(self, clip: str, stream: MainStream, wanted_at: int) -> None:
        self._capture, self._packets = packets(clip, 30)
        self._stream = stream
        self._wanted_at = wanted_at
        self.flush, self.decode, self.close = (
            self._capture.flush,
            self._capture.decode,
            self._capture.close,
        )
        self.decoded_before = -1

    def packets(self) -> Iterator[Packet[VideoStream]]:
        for number, packet in enumerate(self._packets):
            if number == self._wanted_at:
                self.decoded_before = self._stream.decoded
                self._stream.want()
            yield packet
        picture = self._stream.nearest(time.monotonic())
        assert picture is not None
        self.brightness = int(picture.mean())


def test_nothing_is_decoded_before_it_is_wanted_and_then_from_the_key_frame_on(clip: str) -> None:
    stream = MainStream(CameraKind.FILE, clip)
    calling = Calling(clip, stream, wanted_at=25)
    stream._read(calling)
    assert calling.decoded_before == 0
    assert stream.decoded == 10  # the last group, of which five had been kept
    assert abs(calling.brightness - (100 + 5 * 29)) <= 3  # and the moment is the last frame
    assert stream.nearest(time.monotonic()) is None
