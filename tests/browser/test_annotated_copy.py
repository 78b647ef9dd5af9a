"""The annotated copy of a video plays in a browser, with its sound."""

from __future__ import annotations

import functools
import http.server
import threading
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from playwright.sync_api import Browser

from lookout.server.recognize.annotated_video import AnnotatedCopy
from lookout.server.recognize.footage import VideoFrame
from lookout.server.recognize.video_writer import CODECS
from tests.support.clips import FRAMES, RATE, frames_of, with_sound, write_clip

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PLAY = """async () => {
  const video = document.querySelector("video");
  const ended = new Promise((yes, no) => {
    video.onended = () => yes("ended");
    video.onerror = () => no(new Error(video.error.message));
  });
  video.playbackRate = 4;
  await video.play();
  const how = await ended;
  const bytes = await (await fetch(video.src)).arrayBuffer();
  const sound = await new OfflineAudioContext(1, 1, 48000).decodeAudioData(bytes);
  return {how, width: video.videoWidth, seconds: video.duration, sound: sound.duration,
          frames: video.getVideoPlaybackQuality().totalVideoFrames,
          peak: Math.max(...sound.getChannelData(0).slice(48000, 96000))};
}"""


@pytest.mark.parametrize("codec", ["libx264", "libvpx-vp9"])
def test_chromium_plays_the_copy_with_its_sound(
    codec: str,
    browser: Browser,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """VP9 is what a PyAV without H.264 would write."""
    monkeypatch.setattr("lookout.server.recognize.video_writer.CODECS", {codec: CODECS[codec]})
    portrait_bgr = np.ascontiguousarray(skimage.data.astronaut()[:320, :, ::-1])
    clip = write_clip(tmp_path / "clip.mp4", portrait_bgr)
    video = with_sound(tmp_path / "door.mov", clip, "pcm_s16le")
    with AnnotatedCopy(tmp_path / "copy.mp4", RATE, sound_of=video) as copy:
        for number, image_bgr in enumerate(frames_of(video)):
            copy.recognized(VideoFrame(image_bgr, number / RATE, chosen=True), [])
        assert copy.finish()
    (tmp_path / "page.html").write_text('<video src="copy.mp4" muted></video>')
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/page.html")
        played = page.evaluate(PLAY)
        page.close()
        server.shutdown()
    assert (played["how"], played["width"]) == ("ended", 320)
    assert played["seconds"] == pytest.approx(FRAMES / RATE, abs=0.2)
    assert played["sound"] == pytest.approx(FRAMES / RATE, abs=0.2)
    assert played["frames"] > 10
    assert played["peak"] == pytest.approx(0.3, abs=0.1)
