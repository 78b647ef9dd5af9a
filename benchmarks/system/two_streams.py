"""The same walk by the small stream alone, by both streams, and by the large one alone.

    python -m benchmarks.two_streams

Three people of the clip of signers come towards a camera, one after the other: their frames, scaled
so that a face has 25 pixels in the small stream of 640×360 at first and 60 at last, and four times
as many in the large one of 2560×1440. Both are encoded as H.264, as cameras do, and read by the
server's own capture, gate for motion, group of packets, detector, tracker and encoder, picture by
picture: the two streams show the same moments, and the clock is that of the streams, so that
nothing depends on the speed of the machine. Signers A, B and C are enrolled from other frames of
the clip. An encoding counts by the size of the face that it was made from. The first part shows
nobody.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import av
import cv2
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from benchmarks.support.command import command_parser
from benchmarks.support.data import test_data
from benchmarks.support.report import table, write_json
from benchmarks.support.signers import FIRST_TEST_FRAME, frames, segments, write_enrolment
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Chip, Detector, Encoder
from lookout.faces.tracking.motion import MotionGate, small_luma
from lookout.server.cameras.capture import Converter, StreamCapture
from lookout.server.cameras.faults import CameraFault, Fault
from lookout.server.cameras.main_stream import LONGER_SIDE_PX, WANTED_S, PacketGroup
from lookout.server.cameras.pulled_camera import CLOSE_UP_PX
from lookout.server.cameras.stream import CLOSE_UP_S
from lookout.server.cameras.stream_settings import SEARCHED_PX
from lookout.server.inference.open_rule import open_rule
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.live.frame_job import Answer, FrameJob, Source
from lookout.server.live.pipeline import Pipeline
from lookout.server.settings import ServerSettings
from lookout.server.storage.camera_records import CameraKind
from lookout.wire.records import Face, FaceState, FrameInfo, Overlay

FPS = 10
EMPTY_S, WALK_S, GAP_S = 10.0, 6.0, 2.0
MAIN_WH, SUB_WH = (2560, 1440), (640, 360)
FAR_PX, NEAR_PX = 25.0, 60.0
PEOPLE = ("signer_A", "signer_B", "signer_C")
BLUR_PX = 80
"""Of the background, which is a photograph with people: their faces must not be found in it."""
STEP = 3
"""Of 30 frames a second every third is shown."""


@dataclass(slots=True)
class SizedEncoder:
    """An encoder that notes the size of each face that it encodes."""

    encoder: Encoder
    sizes_px: list[float] = field(default_factory=list)

    def __getattr__(self, name: str) -> object:
        return getattr(self.encoder, name)

    def align(self, image_bgr: Image, detections: Detections) -> Sequence[Chip]:
        boxes = detections.box_xyxy
        self.sizes_px += [float(min(b[2] - b[0], b[3] - b[1])) for b in boxes]
        return self.encoder.align(image_bgr, detections)


@dataclass(frozen=True, slots=True)
class Walk:
    """One way to look at the walk. right, wrong: frames with a name. first_name_s: seconds after
    each person came, None for never. empty, busy: seconds of the processor for each second of the
    stream, while nobody is there and during the walk; of it `empty_main` and `busy_main` for the
    large stream beside the small one."""

    streams: str
    encodings: int
    large: int
    median_px: float
    right: int
    wrong: int
    first_name_s: tuple[float | None, ...]
    empty: float
    busy: float
    empty_main: float
    busy_main: float


class MainPackets:
    """The large stream as `server.cameras.main_stream.MainStream` keeps it, without a thread."""

    def __init__(self, capture: StreamCapture) -> None:
        self._capture = capture
        self._converter = Converter(LONGER_SIDE_PX)
        self._group = PacketGroup()
        self._frame: VideoFrame | None = None
        self._wanted_s = -np.inf
        self._decoding = False
        self.spent_s = 0.0

    def take(self, packet: Packet[VideoStream], now_s: float) -> None:
        """One packet of the stream, as it comes."""
        began_s = time.process_time()
        self._group.add(packet, now_s)
        if now_s - self._wanted_s > WANTED_S:
            self._decoding, self._frame = False, None
        elif self._decoding:
            self._decode(packet)
        elif self._group.whole:
            self._decoding = True
            self._capture.flush()
            for _, kept in list(self._group.packets):
                self._decode(kept)
        self.spent_s += time.process_time() - began_s

    def picture(self, now_s: float) -> Image | None:
        """The newest picture, None before the first one is decoded."""
        self._wanted_s = now_s
        began_s = time.process_time()
        found = None if self._frame is None else self._converter.bgr(self._frame)
        self.spent_s += time.process_time() - began_s
        return found

    def _decode(self, packet: Packet[VideoStream]) -> None:
        for frame in self._capture.decode(packet):
            self._frame = frame


class Looker:
    """One camera before the server's own recognition, picture by picture."""

    def __init__(self, context: RecognitionContext) -> None:
        self._pipeline = Pipeline(context)
        self._gate = MotionGate()
        self._converter = Converter(SEARCHED_PX)
        self._numbers = 0
        self._closer_s = -np.inf
        self._small_faces = False

    def see(self, frame: VideoFrame, now_s: float, main: MainPackets | None) -> Sequence[Face]:
        """The faces of a picture; none where it shows nothing new."""
        if not self._gate.passes(small_luma(self._converter.luma(frame)), now_s):
            return ()
        close_up = None
        if main is not None and self._small_faces:
            close_up = main.picture(now_s) if now_s - self._closer_s >= CLOSE_UP_S else None
            self._closer_s = self._closer_s if close_up is None else now_s
        self._numbers += 1
        info = FrameInfo("gate", self._numbers, now_s, Overlay.EDGE)
        image_bgr = self._converter.bgr(frame)
        job = FrameJob(Source(1, "gate"), info, b"", now_s, image_bgr, close_up)
        (outcome,) = self._pipeline.run([job])
        faces = outcome.result.faces if isinstance(outcome, Answer) else ()
        self._gate.attended = bool(faces)
        boxes = [face.box_xyxy for face in faces]
        self._small_faces = any(min(x1 - x0, y1 - y0) < CLOSE_UP_PX for x0, y0, x1, y1 in boxes)
        return faces


def watch(
    paths: tuple[Path, Path],
    people: Sequence[str],
    gallery: Gallery,
    detector: Detector,
    streams: str,
) -> Walk:
    """Plays the walk once and looks at it in one way."""
    sized = SizedEncoder(open_encoder(gallery.encoder))
    encoder: Encoder = sized  # type: ignore[assignment]
    rule = open_rule(ServerSettings(), encoder)
    looker = Looker(RecognitionContext(detector, encoder, rule, lambda: gallery))
    searched = paths[0] if streams == "large" else paths[1]
    capture = StreamCapture(CameraKind.FILE, str(searched))
    main_capture = StreamCapture(CameraKind.FILE, str(paths[0]))
    main = MainPackets(main_capture) if streams == "both" else None
    named: list[tuple[float, str]] = []
    marks = []
    began_s = time.process_time()
    for number, (packet, larger) in enumerate(
        zip(_until_end(capture), _until_end(main_capture), strict=True)
    ):
        now_s = number / FPS
        if number == round(EMPTY_S * FPS):
            marks.append((time.process_time() - began_s, 0.0 if main is None else main.spent_s))
        if main is not None:
            main.take(larger, now_s)
        for frame in capture.decode(packet):
            named += [
                (now_s, face.name)
                for face in looker.see(frame, now_s, main)
                if face.state is FaceState.KNOWN and face.name
            ]
    marks.append((time.process_time() - began_s, 0.0 if main is None else main.spent_s))
    for one in (capture, main_capture):
        one.close()
    return _walk(streams, people, sized.sizes_px, named, marks)


def _until_end(capture: StreamCapture) -> Iterator[Packet[VideoStream]]:
    """The packets of a file, without the fault that is its end."""
    try:
        yield from capture.packets()
    except CameraFault as fault:
        if fault.fault is not Fault.ENDED:
            raise


def _walk(
    streams: str,
    people: Sequence[str],
    sizes_px: list[float],
    named: Sequence[tuple[float, str]],
    marks: Sequence[tuple[float, float]],
) -> Walk:
    right = 0
    first: dict[str, float] = {}
    for at_s, name in named:
        number = int((at_s - EMPTY_S) // (WALK_S + GAP_S))
        if 0 <= number < len(people) and people[number] == name:
            right += 1
            first.setdefault(name, round(at_s - EMPTY_S - number * (WALK_S + GAP_S), 1))
    (empty_s, empty_main_s), (all_s, all_main_s) = marks
    walk_s = len(people) * (WALK_S + GAP_S)
    return Walk(
        streams,
        len(sizes_px),
        sum(size >= CLOSE_UP_PX for size in sizes_px),
        round(float(np.median(sizes_px)) if sizes_px else 0.0, 0),
        right,
        len(named) - right,
        tuple(first.get(person) for person in people),
        round(empty_s / EMPTY_S, 3),
        round((all_s - empty_s) / walk_s, 3),
        round(empty_main_s / EMPTY_S, 4),
        round((all_main_s - empty_main_s) / walk_s, 3),
    )


def write_walk(
    data: Path, folder: Path, people: Sequence[str], detector: Detector
) -> tuple[Path, Path]:
    """The large stream and the small one, as files."""
    paths = folder / "main.mp4", folder / "sub.mp4"
    with av.open(str(paths[0]), "w") as main, av.open(str(paths[1]), "w") as sub:
        streams = [_video(main, MAIN_WH, 4e6), _video(sub, SUB_WH, 5e5)]
        for picture in _pictures(data, people, detector):
            scaled = cv2.resize(picture, SUB_WH, interpolation=cv2.INTER_AREA)
            small: Image = np.asarray(scaled, np.uint8)
            for out, stream, image in ((main, streams[0], picture), (sub, streams[1], small)):
                out.mux(stream.encode(av.VideoFrame.from_ndarray(image, "bgr24")))
        for out, stream in ((main, streams[0]), (sub, streams[1])):
            out.mux(stream.encode())
    return paths


def _video(
    out: av.container.OutputContainer, size_wh: tuple[int, int], bit_rate: float
) -> av.VideoStream:
    options = {"g": str(2 * FPS), "bf": "0", "preset": "veryfast"}
    stream = out.add_stream("libx264", rate=FPS, options=options)
    stream.width, stream.height = size_wh
    stream.pix_fmt, stream.bit_rate = "yuv420p", int(bit_rate)
    return stream


def _pictures(data: Path, people: Sequence[str], detector: Detector) -> Iterator[Image]:
    scene = cv2.imread(str(sorted((data / "boxes").glob("2*.jpg"))[0]))
    if scene is None:
        raise FileNotFoundError("the photographs in boxes/ are not there")
    background = np.asarray(cv2.GaussianBlur(cv2.resize(scene, MAIN_WH), (0, 0), BLUR_PX), np.uint8)
    for _ in range(round(EMPTY_S * FPS)):
        yield background
    for person in people:
        shots = _shots(data, person)
        face_px = _face_px(shots[0], detector)
        count = round(WALK_S * FPS)
        for number in range(count):
            way = number / (count - 1)
            wanted_px = FAR_PX * (NEAR_PX / FAR_PX) ** way * MAIN_WH[0] / SUB_WH[0]
            shot = shots[number * STEP % len(shots)]
            yield _placed(background, shot, wanted_px / face_px, way)
        for _ in range(round(GAP_S * FPS)):
            yield background


def _shots(data: Path, person: str) -> list[Image]:
    stretch = next(s for s in segments(data) if s.person == person and s.first >= FIRST_TEST_FRAME)
    return [image for index, image in frames(data) if stretch.first <= index <= stretch.last]


def _face_px(shot: Image, detector: Detector) -> float:
    (found,) = detector.detect([shot])
    box = found.largest(1).box_xyxy[0]
    return float(min(box[2] - box[0], box[3] - box[1]))


def _placed(background: Image, shot: Image, scale: float, way: float) -> Image:
    """The shot on the background, farther to the right the nearer it is; cut at the edge."""
    picture = background.copy()
    shrunk = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    part = cv2.resize(shot, None, fx=scale, fy=scale, interpolation=shrunk)
    height, width = part.shape[:2]
    left = max(0, int((MAIN_WH[0] - width) * (0.2 + 0.4 * way)))
    top = max(0, 400 - height // 4)
    part = part[: MAIN_WH[1] - top, : MAIN_WH[0] - left]
    picture[top : top + part.shape[0], left : left + part.shape[1]] = part
    return picture


def _enrolled(data: Path, folder: Path, detector: Detector) -> Gallery:
    """Every tenth of the frames that are for enrolment."""
    write_enrolment(data, folder)
    encoder = open_encoder()
    names: list[str] = []
    encodings: list[Floats] = []
    for path in sorted(folder.rglob("*.jpg"))[::10]:
        image_bgr = np.asarray(cv2.imread(str(path)), np.uint8)
        found = detector.detect([image_bgr])[0].largest(1)
        if len(found):
            encodings += list(encoder.encode(encoder.align(image_bgr, found)))
            names.append(path.parent.name)
    return Gallery(np.stack(encodings), tuple(names), encoder.name)


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    data, detector = test_data(), open_detector()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        people = PEOPLE[: options.people]
        paths = write_walk(data, folder, people, detector)
        gallery = _enrolled(data, folder / "images", detector)
        walks = [watch(paths, people, gallery, detector, streams) for streams in options.streams]
    head = (
        *("streams", "encodings", f"of faces ≥ {CLOSE_UP_PX:.0f} px", "median, px", "named right"),
        *("wrong", "first name after, s", "processor, nobody", "of it large"),
        *("processor, walk", "of it large"),
    )
    print(table(head, [_cells(walk) for walk in walks]))
    write_json(options.json, "two_streams", {"walks": [asdict(walk) for walk in walks]})


def _cells(walk: Walk) -> tuple[object, ...]:
    names = ", ".join("never" if one is None else f"{one:.1f}" for one in walk.first_name_s)
    return (
        *(walk.streams, walk.encodings, walk.large, f"{walk.median_px:.0f}"),
        *(walk.right, walk.wrong, names, f"{walk.empty:.3f}", f"{walk.empty_main:.4f}"),
        *(f"{walk.busy:.3f}", f"{walk.busy_main:.3f}"),
    )


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("two_streams", __doc__)
    choices = ("small", "both", "large")
    parser.add_argument("--streams", nargs="+", choices=choices, default=choices)
    parser.add_argument("--people", type=int, choices=(1, 2, 3), default=3, help="(%(default)s)")
    parser.add_argument("--json", type=Path, help="write the figures into this file")
    return parser


if __name__ == "__main__":
    main()
