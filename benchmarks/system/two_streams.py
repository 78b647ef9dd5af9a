"""The same walk by the small stream alone, by both streams, and by the large one alone.

    python -m benchmarks.two_streams              needs GStreamer's RTSP server on the system

Three people of the clip of signers come towards a camera, one after the other: their frames, scaled
from far to near, in a picture of 1920×1080, which is encoded as the camera's large stream, and
scaled to 640×360 as its small one. Both are served by RTSP, and the real detector, encoder and
tracker take what comes. Signers A, B and C are enrolled from other frames of the clip. An encoding
counts by the size of the face that it was made from. The first part shows nobody.

GStreamer starts each file with its first viewer, so the two streams may run apart here, as those
of a camera do not; how far has not been measured. Close-ups are looked for where the face was, and
names are counted by the time since the first frame. So the row of both streams, and the names, are
not yet what they would be at a camera.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import av
import cv2
import numpy as np
import psutil

from benchmarks.support.command import command_parser
from benchmarks.support.data import test_data
from benchmarks.support.report import table, write_json
from benchmarks.support.rtsp_peers import RtspPeer, has_gstreamer
from benchmarks.support.signers import FIRST_TEST_FRAME, frames, segments, write_enrolment
from benchmarks.support.waiting import wait_until
from lookout.faces.decision.decide import Rule
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Chip, Encoder
from lookout.server.cameras.directory import CameraDirectory
from lookout.server.cameras.puller import Puller
from lookout.server.cameras.views import LiveViews
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.live.frame_job import Answer, Deliver, FrameJob, Outcome, Source
from lookout.server.live.pipeline import Pipeline
from lookout.server.live.scheduler import Scheduler
from lookout.server.storage.camera_records import CameraKind, CameraRecord, new_camera_id
from lookout.server.storage.sqlite.store import open_store
from lookout.wire.records import FaceState

FPS = 15
EMPTY_S, WALK_S, GAP_S = 10.0, 8.0, 3.0
MAIN_WH, SUB_WH = (1920, 1080), (640, 360)
FAR, NEAR = 0.3, 1.5
LARGE_PX = 60.0
PEOPLE = ("signer_A", "signer_B", "signer_C")


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
    """One way to look at the walk. processor: seconds of it for each second of the stream."""

    streams: str
    encodings: int
    large: int
    median_px: float
    named_right: int
    named_wrong: int
    first_name_s: tuple[float | None, ...]
    processor_empty: float
    processor_walk: float


def write_walk(data: Path, folder: Path) -> tuple[Path, Path]:
    """The large stream and the small one, as files."""
    paths = folder / "main.mp4", folder / "sub.mp4"
    with av.open(str(paths[0]), "w") as main, av.open(str(paths[1]), "w") as sub:
        streams = [_video(main, MAIN_WH, 4e6), _video(sub, SUB_WH, 5e5)]
        for picture in _pictures(data):
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


def _pictures(data: Path) -> Iterator[Image]:
    scene = cv2.imread(str(sorted((data / "boxes").glob("2*.jpg"))[0]))
    if scene is None:
        raise FileNotFoundError("the photographs in boxes/ are not there")
    background = cv2.GaussianBlur(cv2.resize(scene, MAIN_WH), (0, 0), 9)
    for _ in range(int(EMPTY_S * FPS)):
        yield np.asarray(background, np.uint8)
    for person in PEOPLE:
        shots = _shots(data, person)
        count = int(WALK_S * FPS)
        for number in range(count):
            scale = FAR * (NEAR / FAR) ** (number / count)
            yield _placed(background, shots[number * 2 % len(shots)], scale, number / count)
        for _ in range(int(GAP_S * FPS)):
            yield np.asarray(background, np.uint8)


def _shots(data: Path, person: str) -> list[Image]:
    stretch = next(s for s in segments(data) if s.person == person and s.first >= FIRST_TEST_FRAME)
    return [image for index, image in frames(data) if stretch.first <= index <= stretch.last]


def _placed(background: np.ndarray, shot: Image, scale: float, way: float) -> Image:
    """The shot on the background, farther to the right the nearer it is; cut at the edge."""
    picture = background.copy()
    part = cv2.resize(shot, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = part.shape[:2]
    left, top = int((MAIN_WH[0] - width) * (0.2 + 0.4 * way)), max(0, 300 - height // 4)
    part = part[: MAIN_WH[1] - top, : MAIN_WH[0] - left]
    picture[top : top + part.shape[0], left : left + part.shape[1]] = part
    return np.asarray(picture, np.uint8)


class Names:
    """Recognition behind the views; notes who was named when."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._lock = threading.Lock()
        self.began_s: float | None = None
        self.named: list[tuple[float, str]] = []

    def offer(self, job: FrameJob, deliver: Deliver) -> None:
        self.began_s = self.began_s or job.arrived_s

        def note(outcome: Outcome) -> None:
            if isinstance(outcome, Answer):
                with self._lock:
                    self.named += [
                        (job.arrived_s, face.name)
                        for face in outcome.result.faces
                        if face.state is FaceState.KNOWN and face.name
                    ]
            deliver(outcome)

        self._scheduler.offer(job, note)

    def forget(self, source: Source) -> None:
        self._scheduler.forget(source)


def watch(folder: Path, paths: tuple[Path, Path], gallery: Gallery, streams: str) -> Walk:
    """Plays the walk once and looks at it in one way."""
    detector, sized = open_detector(), SizedEncoder(open_encoder(gallery.encoder))
    encoder: Encoder = sized  # type: ignore[assignment]
    context = RecognitionContext(
        detector, encoder, Rule.for_tolerance(encoder.tolerance), lambda: gallery
    )
    scheduler = Scheduler(Pipeline(context), on_failure=lambda: None)
    names = Names(scheduler)
    with ExitStack() as opened:
        store = opened.enter_context(open_store(folder / streams, {}))
        peer = opened.enter_context(RtspPeer(files=paths))
        main, sub = (f"rtsp://127.0.0.1:{peer.port}/{name}" for name in ("main", "sub"))
        camera = CameraRecord(new_camera_id(), "gate", CameraKind.RTSP, 1.0, address=main)
        if streams == "small":
            camera = replace(camera, address=sub)
        elif streams == "both":
            camera = replace(camera, sub_address=sub)
        directory = CameraDirectory(store.cameras)
        directory.add(camera)
        puller = Puller(directory, LiveViews(names))
        scheduler.start()
        opened.callback(scheduler.close, 10.0)
        puller.start()
        opened.callback(puller.close, 10.0)
        wait_until(lambda: names.began_s is not None, 60.0, "the first frame of the camera")
        processor = []
        for seconds in (EMPTY_S - 1.5, len(PEOPLE) * (WALK_S + GAP_S)):
            before = _processor_s()
            time.sleep(seconds)
            processor.append((_processor_s() - before) / seconds)
    return _walk(streams, sized.sizes_px, names, processor)


def _walk(streams: str, sizes_px: list[float], names: Names, processor: list[float]) -> Walk:
    began_s = names.began_s or 0.0
    right = wrong = 0
    first: dict[str, float] = {}
    for at_s, name in names.named:
        number = int((at_s - began_s - EMPTY_S + 0.5) // (WALK_S + GAP_S))
        if 0 <= number < len(PEOPLE) and PEOPLE[number] == name:
            right += 1
            walk_s = at_s - began_s - EMPTY_S - number * (WALK_S + GAP_S)
            first.setdefault(name, round(walk_s, 1))
        else:
            wrong += 1
    return Walk(
        streams,
        len(sizes_px),
        sum(size >= LARGE_PX for size in sizes_px),
        round(float(np.median(sizes_px)) if sizes_px else 0.0, 0),
        right,
        wrong,
        tuple(first.get(person) for person in PEOPLE),
        round(processor[0], 3),
        round(processor[1], 3),
    )


def _processor_s() -> float:
    """Of this process and of those that read cameras; not of the server that plays the walk."""
    own = psutil.Process()
    readers = [one for one in own.children() if "spawn_main" in " ".join(one.cmdline())]
    return float(sum(sum(one.cpu_times()[:2]) for one in (own, *readers)))


def _enrolled(data: Path, folder: Path) -> Gallery:
    """Every tenth of the frames that are for enrolment."""
    write_enrolment(data, folder)
    detector, encoder = open_detector(), open_encoder()
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
    if not has_gstreamer():
        raise SystemExit("this needs GStreamer: apt install gir1.2-gst-rtsp-server-1.0")
    data = test_data()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = write_walk(data, folder)
        gallery = _enrolled(data, folder / "images")
        walks = [watch(folder, paths, gallery, streams) for streams in options.streams]
    head = (
        *("streams", "encodings", f"of faces ≥ {LARGE_PX:.0f} px", "median, px", "named right"),
        *("wrong", "first name after, s", "processor, nobody", "processor, walk"),
    )
    print(table(head, [_cells(walk) for walk in walks]))
    write_json(options.json, "two_streams", {"walks": [asdict(walk) for walk in walks]})


def _cells(walk: Walk) -> tuple[object, ...]:
    names = ", ".join("never" if one is None else f"{one:.1f}" for one in walk.first_name_s)
    return (
        *(walk.streams, walk.encodings, walk.large, f"{walk.median_px:.0f}"),
        *(walk.named_right, walk.named_wrong, names),
        *(f"{walk.processor_empty:.2f}", f"{walk.processor_walk:.2f}"),
    )


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("two_streams", __doc__)
    choices = ("small", "both", "large")
    parser.add_argument("--streams", nargs="+", choices=choices, default=choices)
    parser.add_argument("--json", type=Path, help="write the figures into this file")
    return parser


if __name__ == "__main__":
    main()
