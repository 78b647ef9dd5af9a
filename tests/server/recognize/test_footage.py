"""Video files as frames: the right ones, at the right times, within limits, whatever is sent."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from lookout.faces.detections import Image
from lookout.server.recognize.annotated_video import AnnotatedCopy, between
from lookout.server.recognize.container import container_of
from lookout.server.recognize.errors import BadVideo
from lookout.server.recognize.footage import Chooser, VideoFile, VideoFrame, VideoLimits
from lookout.wire.records import Face, FaceState
from tests.support.clips import FRAMES, RATE, frames_of


def read(path: Path, **options: object) -> tuple[VideoFile, list[VideoFrame]]:
    footage = VideoFile(path, path.name, **options)  # type: ignore[arg-type]
    return footage, list(footage.frames(threading.Event()))


def test_every_frame_comes_with_its_time_and_a_few_are_chosen(clip: Path) -> None:
    footage, frames = read(clip, looks_per_s=5.0)
    assert (footage.rate, footage.duration_s, footage.note) == (RATE, FRAMES / RATE, "")
    assert [frame.time_s for frame in frames] == pytest.approx(np.arange(FRAMES) / RATE)
    assert [frame.chosen for frame in frames] == [True, False] * (FRAMES // 2)


def test_where_nobody_wants_a_copy_only_the_chosen_frames_come(clip: Path) -> None:
    footage, frames = read(clip, looks_per_s=2.0, every=False)
    assert [frame.time_s for frame in frames] == pytest.approx(np.arange(10) * 0.5)
    assert footage.rate == 2.0


def test_a_video_has_no_more_looks_than_frames(clip: Path) -> None:
    footage, frames = read(clip, looks_per_s=60.0)
    assert footage.looks_per_s == RATE
    assert all(frame.chosen for frame in frames)


def test_looks_are_evenly_spread_where_rates_do_not_divide() -> None:
    chooser = Chooser(10.0)
    chosen = [n for n in range(240) if chooser.chooses(n / 24.0)]
    assert len(chosen) == 100
    assert set(np.diff(chosen)) == {2, 3}


def test_after_a_gap_looks_do_not_make_up_for_what_was_missed() -> None:
    chooser = Chooser(5.0)
    times = [0.0, 10.0, 10.05, 10.1, 10.15, 10.2]
    assert [chooser.chooses(time_s) for time_s in times] == [True, True, False, True, False, False]


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (VideoLimits(duration_s=3.0), "longer than 0.05 minutes"),
        (VideoLimits(frames=20), "more than 20 frames"),
        (VideoLimits(pixels=1000), "320×240 pixels"),
    ],
)
def test_what_is_over_a_limit_is_refused_before_it_is_decoded(
    clip: Path, limits: VideoLimits, words: str
) -> None:
    with pytest.raises(BadVideo, match=words):
        VideoFile(clip, "clip", limits=limits)


def test_a_stop_ends_the_frames(clip: Path) -> None:
    stop = threading.Event()
    frames = VideoFile(clip, "clip").frames(stop)
    next(frames)
    stop.set()
    assert list(frames) == []


def test_a_video_that_breaks_off_is_read_as_far_as_it_goes_and_says_so(
    clip: Path, tmp_path: Path
) -> None:
    whole = tmp_path / "whole.avi"
    writer = cv2.VideoWriter(
        str(whole), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"MJPG"), RATE, (320, 240)
    )
    for image_bgr in frames_of(clip):
        writer.write(image_bgr)
    writer.release()
    half = tmp_path / "half.avi"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    footage, frames = read(half)
    assert 10 < len(frames) < 40
    assert "damaged" in footage.note


def test_only_containers_that_hold_their_own_pictures_are_videos() -> None:
    assert container_of(b"\0\0\0\x20ftypisom") == "MP4"
    assert container_of(b"RIFF\0\0\0\0AVI LIST") == "AVI"
    assert container_of(b"\x1a\x45\xdf\xa3" + bytes(40)) == "Matroska"
    assert container_of((b"\x47" + bytes(187)) * 2) == "MPEG transport stream"
    for other in (
        b"#EXTM3U\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"v=0\r\no=- 0 0 IN IP4 10.0.0.1\r\n",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"\0\0\0\x20ftypheic",
        b"\xff\xd8\xff\xe0",
        b"hello",
        b"",
    ):
        assert container_of(other) is None, other


def face(track: int, left: float, name: str | None = None) -> Face:
    state = FaceState.KNOWN if name else FaceState.UNKNOWN
    return Face((left, 0.0, left + 10.0, 10.0), state, name, track=track)


def test_between_two_looks_a_box_goes_evenly_and_has_the_later_name() -> None:
    (moved,) = between([face(1, 0.0)], [face(1, 40.0, "Ada")], 0.25)
    assert moved.box_xyxy == (10.0, 0.0, 20.0, 10.0)
    assert moved.name == "Ada"


def test_between_two_looks_who_went_goes_and_who_came_comes_in_the_middle() -> None:
    before, after = [face(1, 0.0)], [face(2, 40.0)]
    assert [one.track for one in between(before, after, 0.4)] == [1]
    assert [one.track for one in between(before, after, 0.6)] == [2]


def test_a_copy_keeps_the_time_of_a_stream_that_pauses(tmp_path: Path, portrait_bgr: Image) -> None:
    path = tmp_path / "copy.mp4"
    with AnnotatedCopy(path, 5.0) as copy:
        for time_s in (0.0, 0.1, 0.2, 2.0):
            copy.recognized(VideoFrame(portrait_bgr.copy(), time_s, chosen=True), [])
        assert not path.exists()
        assert copy.finish()
    assert len(frames_of(path)) == 11
    assert [one.name for one in tmp_path.iterdir()] == ["copy.mp4"]


def test_a_copy_ends_where_it_has_as_many_bytes_as_it_may_and_plays(
    tmp_path: Path, portrait_bgr: Image
) -> None:
    path = tmp_path / "copy.mp4"
    with AnnotatedCopy(path, 5.0, max_bytes=30_000) as copy:
        for number in range(100):
            moved = np.roll(portrait_bgr, 3 * number, axis=1)
            copy.recognized(VideoFrame(moved, number / 5, chosen=True), [])
        assert "ends after" in copy.note
        assert copy.finish()
    assert 2 <= len(frames_of(path)) < 100
    assert path.stat().st_size < 60_000


def test_a_copy_that_is_not_finished_leaves_nothing(tmp_path: Path, portrait_bgr: Image) -> None:
    with AnnotatedCopy(tmp_path / "copy.mp4", 5.0) as copy:
        copy.recognized(VideoFrame(portrait_bgr.copy(), 0.0, chosen=True), [])
    assert list(tmp_path.iterdir()) == []
    with AnnotatedCopy(tmp_path / "copy.mp4", 5.0) as copy:
        assert not copy.finish()


SDP = (
    b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    b"m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
)
DISGUISED = {
    "MP4": b"v=0\nfree=1\n" + SDP[4:],
    "Ogg": b"OggS=0\n" + SDP,
    "MPEG transport stream": b"G=0\n" + SDP.ljust(184, b"\n") + b"G=0\n" + bytes(400),
    "Flash video": b"FLV\x01\n" + SDP,
}


@pytest.mark.parametrize("container", DISGUISED)
def test_a_list_of_addresses_in_the_clothes_of_a_video_opens_none_of_them(
    tmp_path: Path, container: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where FFmpeg guesses and may use the network, one of these waits 30 s for a camera."""
    began_s = time.monotonic()
    options = "protocol_whitelist;file,rtp,udp"
    monkeypatch.setenv("OPENCV_FFMPEG_CAPTURE_OPTIONS", options)
    path = tmp_path / "film.mp4"
    path.write_bytes(DISGUISED[container])
    assert container_of(DISGUISED[container]) == container
    with pytest.raises(BadVideo, match=r"cannot be opened|no frames"):
        VideoFile(path, "film")
    assert time.monotonic() - began_s < 20.0
    assert os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] == options
