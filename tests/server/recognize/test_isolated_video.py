"""A sent video is decoded by a child: the same frames, and a death that harms nobody."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import pytest

from lookout.server.recognize.errors import BadVideo
from lookout.server.recognize.footage import VideoFile, VideoLimits
from lookout.server.recognize.isolated_video import IsolatedVideo

pytestmark = pytest.mark.long

NO_LIMITS = VideoLimits()


@pytest.fixture
def before() -> set[BaseProcess]:
    """The children that other tests have left running."""
    return set(multiprocessing.active_children())


def new_children(before: set[BaseProcess]) -> set[BaseProcess]:
    return set(multiprocessing.active_children()) - before


def test_a_child_gives_the_frames_that_the_file_has(clip: Path, before: set[BaseProcess]) -> None:
    here = VideoFile(clip, "clip", looks_per_s=5.0)
    apart = IsolatedVideo(clip, "clip", looks_per_s=5.0, every=True, limits=NO_LIMITS)
    facts = (apart.rate, apart.looks_per_s, apart.duration_s)
    assert facts == (here.rate, here.looks_per_s, here.duration_s)
    count = 0
    stop = threading.Event()
    for ours, theirs in zip(here.frames(stop), apart.frames(stop), strict=True):
        assert (ours.time_s, ours.chosen) == (theirs.time_s, theirs.chosen)
        assert np.array_equal(ours.image_bgr, theirs.image_bgr)
        assert theirs.image_bgr.flags.writeable
        count += 1
    assert count == 50
    assert apart.note == ""
    assert not new_children(before)


def test_what_the_child_refuses_is_refused_here(
    clip: Path, tmp_path: Path, before: set[BaseProcess]
) -> None:
    def opened(path: Path, limits: VideoLimits = NO_LIMITS) -> IsolatedVideo:
        return IsolatedVideo(path, "clip", looks_per_s=5.0, every=True, limits=limits)

    with pytest.raises(BadVideo, match="longer than"):
        opened(clip, VideoLimits(duration_s=1.0))
    text = tmp_path / "text.mp4"
    text.write_text("hello")
    with pytest.raises(BadVideo, match="not a video in a supported format"):
        opened(text)
    assert not new_children(before)


def test_a_decoder_that_dies_is_an_error_of_this_one_video(
    clip: Path, before: set[BaseProcess]
) -> None:
    video = IsolatedVideo(clip, "clip", looks_per_s=5.0, every=True, limits=NO_LIMITS)
    frames = video.frames(threading.Event())
    next(frames)
    (child,) = new_children(before)
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(BadVideo, match="the decoder crashed"):
        for _ in frames:
            pass
    assert not new_children(before)
