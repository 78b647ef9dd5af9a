"""The sound of a video, put under its annotated copy.

AAC, MP3 and Opus are copied as they are, everything else becomes AAC. A child process does it,
because a stranger may have made the video (`server.recognize.isolated_video`).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from fractions import Fraction
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lookout.server.errors import ChildGone
from lookout.server.recognize.isolated_video import confine
from lookout.server.threads.child_process import ChildProcess

if TYPE_CHECKING:
    import av
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer

COPIED = frozenset({"aac", "mp3", "opus"})
"""What browsers play from an MP4 file."""
SILENCE_TIMEOUT_S = 60.0
REPORT_EVERY = 500
"""Packets between two signs of life."""

_Reply = int | str
_Timed = tuple[float, int, "av.Packet[Any]"]


def add_sound(copy: Path, source: Path, target: Path) -> str:
    """Writes `target`: the pictures of the MP4 file `copy` and the sound of `source`, whose first
    picture is that of the copy. Returns why there is none, or nothing where it is done."""
    child: ChildProcess[None, _Reply] = ChildProcess("sound", _send_done, copy, source, target)
    try:
        while isinstance(reply := child.receive(SILENCE_TIMEOUT_S), int):
            pass
    except ChildGone as error:
        return str(error)
    finally:
        child.close()
    return reply


def _send_done(pipe: Connection[_Reply, None], copy: Path, source: Path, target: Path) -> None:
    """The child."""
    import av

    confine()
    av.logging.set_level(None)
    try:
        with (
            av.open(str(copy.resolve())) as pictures,
            # no address in a file makes it open another one
            av.open(str(source.resolve()), options={"protocol_whitelist": "file"}) as sounding,
        ):
            if not sounding.streams.audio:
                pipe.send("it has no sound")
                return
            options = {"movflags": "faststart"}
            with av.open(str(target.resolve()), "w", format="mp4", options=options) as out:
                for number, packet in enumerate(_merged(pictures, sounding, out)):
                    out.mux(packet)
                    if number % REPORT_EVERY == 0:
                        pipe.send(number)
    except (av.error.FFmpegError, ValueError) as error:
        pipe.send(f"its sound cannot be read: {error}")
    else:
        pipe.send("")


def _merged(
    pictures: InputContainer, sounding: InputContainer, out: OutputContainer
) -> Iterator[av.Packet[Any]]:
    """The packets of both in the order of time, so that none has to wait in memory."""
    video, sound = pictures.streams.video[0], sounding.streams.audio[0]
    shown = out.add_stream_from_template(video)
    copied = sound.codec_context.name in COPIED
    heard = (
        out.add_stream_from_template(sound)
        if copied
        else out.add_stream("aac", rate=sound.codec_context.sample_rate)
    )

    def of_pictures() -> Iterator[_Timed]:
        for packet in pictures.demux(video):
            if packet.dts is not None:
                at_s = float(packet.dts * _seconds(packet.time_base))
                packet.stream = shown
                yield at_s, 0, packet

    def of_sound() -> Iterator[_Timed]:
        start = _start_of(sounding)
        end_s = float((video.duration or 0) * _seconds(video.time_base))
        packets = _copied(sounding, sound, start) if copied else _encoded(sounding, heard, start)
        for packet in packets:
            at_s = float((packet.pts or 0) * _seconds(packet.time_base))
            if end_s and at_s > end_s:
                return
            packet.stream = heard
            yield at_s, 1, packet

    for _, _, packet in heapq.merge(of_pictures(), of_sound(), key=lambda timed: timed[:2]):
        yield packet


def _start_of(container: InputContainer) -> Fraction:
    """When the first picture is shown, in seconds of the container."""
    video = container.streams.video[0]
    return (video.start_time or 0) * _seconds(video.time_base)


def _seconds(time_base: Fraction | None) -> Fraction:
    """A unit of time in seconds. Fraction or None up to PyAV 18, a rational number of its own, 0
    for none, since 19."""
    if not time_base:
        return Fraction(0)
    return Fraction(time_base.numerator, time_base.denominator)


def _copied(
    container: InputContainer, sound: AudioStream, start: Fraction
) -> Iterator[av.Packet[Any]]:
    for packet in container.demux(sound):
        if packet.pts is None or packet.dts is None or not packet.time_base:
            continue
        shift = round(start / _seconds(packet.time_base))
        packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
        if packet.pts >= 0:
            yield packet


def _encoded(
    container: InputContainer, heard: AudioStream, start: Fraction
) -> Iterator[av.Packet[Any]]:
    for frame in container.decode(audio=0):
        if frame.pts is None or not frame.time_base:
            continue
        frame.pts -= round(start / _seconds(frame.time_base))
        if frame.pts >= 0:
            yield from heard.encode(frame)
    yield from heard.encode(None)
