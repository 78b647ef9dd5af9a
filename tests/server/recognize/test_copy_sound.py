"""Annotated copies as browsers play them: H.264 with the sound of the original, in time."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from lookout.faces.detections import Image
from lookout.server.inference.recognition import Recognition
from lookout.server.recognize.annotated_video import AnnotatedCopy
from lookout.server.recognize.footage import VideoFrame
from lookout.server.recognize.sound import add_sound
from lookout.server.recognize.video_writer import NOT_FOR_BROWSERS
from tests.server.commands.test_recognize import run
from tests.support.clips import FRAMES, RATE, frames_of, heard_s, with_sound


def codecs_of(path: Path) -> list[str]:
    with av.open(str(path)) as container:
        return [stream.codec_context.name for stream in container.streams]


@pytest.mark.parametrize(
    ("suffix", "codec", "late_s"),
    [
        ("mp4", "aac", 0.0),
        ("mkv", "libopus", 1.0),
        ("mov", "pcm_s16le", 2.0),
        ("mp4", "libmp3lame", 0.0),
        ("mkv", "flac", 0.5),
    ],
)
def test_a_copy_has_the_sound_of_its_original_when_it_was_there(
    suffix: str, codec: str, late_s: float, clip: Path, knows_eileen: Recognition, tmp_path: Path
) -> None:
    video = with_sound(tmp_path / f"door.{suffix}", clip, codec, late_s)
    assert run(knows_eileen, video, "--output", tmp_path / "found", "--fps", 2) == 0
    (result,) = json.loads((tmp_path / "found" / "results.json").read_text())["files"]
    copy = tmp_path / "found" / result["annotated"]
    assert result["note"] == ""
    assert codecs_of(copy)[0] == "h264"
    assert len(frames_of(copy)) == FRAMES
    heard = heard_s(copy)
    assert (heard[0], heard[-1]) == pytest.approx((late_s, FRAMES / RATE), abs=0.15)
    assert len(heard) == pytest.approx(10 * (FRAMES / RATE - late_s), abs=2), "no gap"
    assert not list(copy.parent.glob(".*"))
    assert copy.stat().st_mode & 0o777 == 0o600


def test_a_silent_original_gives_a_silent_copy_and_a_broken_one_harms_nothing(
    clip: Path, tmp_path: Path
) -> None:
    assert add_sound(clip, clip, tmp_path / "a.mp4") == "it has no sound"
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(clip.read_bytes()[:400])
    assert "cannot be read" in add_sound(clip, broken, tmp_path / "b.mp4")


def test_odd_sizes_lose_a_row_and_the_sound_ends_with_the_copy(
    clip: Path, portrait_bgr: Image, tmp_path: Path
) -> None:
    video = with_sound(tmp_path / "door.mp4", clip)
    path = tmp_path / "copy.mp4"
    odd_bgr = np.ascontiguousarray(portrait_bgr[:319, :511])
    with AnnotatedCopy(path, RATE, sound_of=video) as copy:
        for number in range(20):
            copy.recognized(VideoFrame(odd_bgr.copy(), number / RATE, chosen=True), [])
        assert copy.finish()
    assert frames_of(path)[0].shape == (318, 510, 3)
    assert heard_s(path)[-1] == pytest.approx(2.0, abs=0.15)


def test_without_the_extra_the_copy_is_for_players_and_says_so(
    clip: Path, knows_eileen: Recognition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = with_sound(tmp_path / "door.mp4", clip)
    monkeypatch.setattr("lookout.server.recognize.video_writer.find_spec", lambda _: None)
    monkeypatch.setitem(sys.modules, "av", None)
    assert run(knows_eileen, video, "--output", tmp_path / "found", "--fps", 2) == 0
    monkeypatch.undo()
    (result,) = json.loads((tmp_path / "found" / "results.json").read_text())["files"]
    assert result["note"] == NOT_FOR_BROWSERS
    assert codecs_of(tmp_path / "found" / result["annotated"]) == ["mpeg4"]
