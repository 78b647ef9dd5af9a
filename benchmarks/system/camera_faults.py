"""What goes wrong with cameras, and what becomes of it: one faulty camera beside two good ones.

    python -m benchmarks.camera_faults                    every fault, 12 s each
    python -m benchmarks.camera_faults --only cut garbage --reopenings 10

The good cameras are read by the same child process as the faulty one: the PyPI package `rtsp`, and
GStreamer's RTSP server where the system's Python has it (`gir1.2-gst-rtsp-server-1.0`,
`gstreamer1.0-plugins-good -ugly -bad`). The faulty one is behind a proxy of our own. Each row says
how many frames a second of the good ones were delivered meanwhile, what the server said of the
faulty one, and how long after the fault was over its pictures came again. The end opens the camera
anew a hundred times and looks at memory, threads and processes.
"""

from __future__ import annotations

import argparse
import contextlib
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import psutil

from benchmarks.support.clock_shift import begin_again, can_shift, is_shifted, shift_clock
from benchmarks.support.command import command_parser
from benchmarks.support.fault_proxy import MOST_CLIENTS, USER, FaultProxy, Mode
from benchmarks.support.report import table, write_json
from benchmarks.support.rtsp_peers import RtspPeer, has_gstreamer
from benchmarks.support.waiting import wait_until
from lookout.server.cameras.directory import CameraDirectory
from lookout.server.cameras.puller import Puller
from lookout.server.cameras.views import LiveViews
from lookout.server.live.frame_job import Answer, Deliver, FrameJob, Source
from lookout.server.storage.camera_records import CameraKind, CameraRecord, new_camera_id
from lookout.server.storage.sqlite.store import open_store
from lookout.wire.records import Face, FaceState, Result

PASSWORD = "p@ss:w/rd #1?%"  # noqa: S105 - every character that breaks addresses
FAULT_S = 12.0
BACK_S = 60.0
SETTLE_S = 12.0
"""A connection that has lasted ten seconds has worked, and the next pause is a short one."""
FACE = Face((0.0, 0.0, 80.0, 80.0), FaceState.UNKNOWN)


class Counting:
    """Recognition that sees a face in every frame, so that every camera is looked at, and counts
    the frames of each."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.counts: dict[str, int] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}

    def offer(self, job: FrameJob, deliver: Deliver) -> None:
        name = job.source.camera
        with self._lock:
            self.counts[name] = self.counts.get(name, 0) + 1
            if job.image_bgr is not None:
                self.shapes[name] = job.image_bgr.shape
        deliver(Answer(Result(name, job.info.number, 0.0, (FACE,))))

    def forget(self, source: Source) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Row:
    """One fault. others_fps: of each good camera, before and during. back_s: None: it did not come
    back within BACK_S."""

    fault: str
    others_before: tuple[float, ...]
    others_during: tuple[float, ...]
    said: str
    back_s: float | None


@dataclass(frozen=True, slots=True)
class Reopenings:
    """Before and after the camera was opened so many times."""

    times: int
    child_mb: tuple[float, float]
    threads: tuple[int, int]
    child_threads: tuple[int, int]
    descriptors: tuple[int, int]


class Site:
    """The faulty camera, the good ones, and the puller."""

    def __init__(self, folder: Path, opened: ExitStack, *, gstreamer: bool) -> None:
        store = opened.enter_context(open_store(folder / "data", {}))
        self.directory = CameraDirectory(store.cameras)
        self.counting = Counting()
        views = LiveViews(self.counting)
        self.puller = Puller(self.directory, views)
        self.peer = opened.enter_context(RtspPeer(gstreamer=gstreamer))
        self.opened = opened
        self.proxy = opened.enter_context(FaultProxy(self.peer.port, PASSWORD))
        self.proxy.set(Mode.AUTH)
        url = f"rtsp://127.0.0.1:{self.proxy.port}/live"
        self.camera = self._add("faulty", url)
        good = [opened.enter_context(RtspPeer())]
        if gstreamer:
            good.append(opened.enter_context(RtspPeer(gstreamer=True)))
        for number, one in enumerate(good, start=1):
            self._add(f"good {number}", one.url)
        self.good = [f"good {number}" for number in range(1, len(good) + 1)]
        self.puller.start()
        opened.callback(self.puller.close, 10.0)

    def _add(self, name: str, url: str) -> CameraRecord:
        camera = CameraRecord(new_camera_id(), name, CameraKind.RTSP, 1.0, address=url)
        return self.directory.add(replace(camera, user=USER, password=PASSWORD))

    def count(self, name: str) -> int:
        return self.counting.counts.get(name, 0)

    def rates(self, seconds: float) -> tuple[float, ...]:
        """Frames a second of the good cameras over this time from now."""
        before = [self.count(name) for name in self.good]
        time.sleep(seconds)
        return tuple(
            round((self.count(name) - was) / seconds, 1)
            for name, was in zip(self.good, before, strict=True)
        )

    def said(self) -> str:
        status = self.puller.status(self.directory.get(self.camera.id))
        return "" if status is None else status.why

    def change(self, **changes: object) -> None:
        self.camera = self.directory.update(replace(self.camera, **changes))  # type: ignore[arg-type]

    def wait_back(self) -> float | None:
        """Seconds until frames of the faulty camera come again."""
        was = self.count("faulty")
        with contextlib.suppress(TimeoutError):
            return round(wait_until(lambda: self.count("faulty") >= was + 2, BACK_S), 1)
        return None


@contextmanager
def _mode(site: Site, mode: Mode) -> Iterator[None]:
    site.proxy.set(mode)
    yield
    site.proxy.set(Mode.AUTH)
    if mode in (Mode.HOLE, Mode.SILENT, Mode.MUTE_AFTER_PLAY):
        return  # what hangs must be noticed by the reader itself


@contextmanager
def _cut_into(site: Site, mode: Mode) -> Iterator[None]:
    """As when the camera is restarted into this: what is open is reset first."""
    site.proxy.set(Mode.CUT)
    site.proxy.set(mode)
    yield
    site.proxy.set(Mode.AUTH)


@contextmanager
def _frozen(site: Site) -> Iterator[None]:
    site.peer.freeze()
    yield
    site.peer.thaw()


@contextmanager
def _wrong_password(site: Site) -> Iterator[None]:
    site.change(password="wrong")  # noqa: S106 - as it says
    yield
    site.change(password=PASSWORD)


@contextmanager
def _wrong_path(site: Site) -> Iterator[None]:
    right = site.camera.address
    site.change(address=right.replace("/live", "/nowhere"))
    yield
    site.change(address=right)


@contextmanager
def _resized(site: Site) -> Iterator[None]:
    site.peer.resize(320, 240)
    yield


@contextmanager
def _other_codec(site: Site) -> Iterator[None]:
    """The camera restarts with H.265 in another size, on the same port."""
    port = site.peer.port
    site.peer.close()
    other = RtspPeer(gstreamer=True, codec="h265", size_wh=(640, 480), port=port)
    site.peer = site.opened.enter_context(other)
    site.proxy.set(Mode.CUT)
    site.proxy.set(Mode.AUTH)
    yield


@contextmanager
def _crowded(site: Site) -> Iterator[None]:
    """The camera serves three viewers and restarts; three others are quicker, and go later."""
    site.proxy.set(Mode.CUT)
    site.proxy.set(Mode.LIMIT)
    with ExitStack() as others:
        for _ in range(MOST_CLIENTS):
            viewer = socket.create_connection(("127.0.0.1", site.proxy.port), 5.0)
            others.enter_context(viewer)
        yield
    site.proxy.set(Mode.AUTH)


@contextmanager
def _clock_jumps(_site: Site) -> Iterator[None]:
    """The machine's clock is set an hour forward, and then two hours back."""
    shift_clock(3600)
    yield
    shift_clock(-3600)


FAULTS: dict[str, tuple[str, Callable[[Site], object]]] = {
    "silent": ("accepts, says nothing", lambda site: _cut_into(site, Mode.SILENT)),
    "hole": ("black hole", lambda site: _mode(site, Mode.HOLE)),
    "cut": ("cut, refused", lambda site: _mode(site, Mode.CUT)),
    "stopped": ("server stopped (SIGSTOP)", _frozen),
    "garbage": ("garbage", lambda site: _mode(site, Mode.GARBAGE)),
    "mute": ("silent after PLAY", lambda site: _cut_into(site, Mode.MUTE_AFTER_PLAY)),
    "password": ("wrong password", _wrong_password),
    "path": ("wrong path", _wrong_path),
    "full": ("no further client", lambda site: _cut_into(site, Mode.FULL)),
    "limit": ("three viewers are all it serves", _crowded),
    "clock": ("the machine's clock jumps", _clock_jumps),
    "resize": ("resolution changes", _resized),
    "codec": ("codec and size change", _other_codec),
}
MODULE = "benchmarks.camera_faults"
NEEDS_GSTREAMER = {"path", "resize", "codec"}
"""The server of PyPI serves every path, one size and one codec."""


def measure(site: Site, name: str, fault_s: float) -> Row:
    """Makes one fault, lets it pass, and tells what came of it."""
    words, make = FAULTS[name]
    before = site.rates(SETTLE_S)
    context = make(site)
    with context:  # type: ignore[attr-defined]
        during = site.rates(fault_s)
        said = site.said()
    return Row(words, before, during, said, site.wait_back())


def reopen(site: Site, times: int) -> Reopenings:
    """Opens the camera anew, so many times."""
    process = psutil.Process()
    child = max(process.children(), key=lambda one: _streams(one))

    def look() -> tuple[float, int, int, int]:
        return (
            round(child.memory_info().rss / 1e6, 1),
            process.num_threads(),
            child.num_threads(),
            child.num_fds(),
        )

    for number in range(5):
        _once(site, number)
    before = look()
    for number in range(times):
        _once(site, number)
    after = look()
    pairs = list(zip(before, after, strict=True))
    return Reopenings(times, pairs[0], pairs[1], pairs[2], pairs[3])  # type: ignore[arg-type]


def _streams(process: psutil.Process) -> float:
    """The child that reads cameras has the most threads of those that Python has started."""
    return process.num_threads() if "spawn_main" in " ".join(process.cmdline()) else 0


def _once(site: Site, number: int) -> None:
    site.change(flip=number % 2 == 0)
    if site.wait_back() is None:
        raise TimeoutError("the camera did not come back")


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    clock = options.only is None or "clock" in options.only
    if clock and can_shift() and not is_shifted():
        given = list(sys.argv[1:] if arguments is None else arguments)
        begin_again(MODULE, given, Path(tempfile.mkdtemp(prefix="clock")))
    gstreamer = has_gstreamer()
    if not gstreamer:
        print("without GStreamer's RTSP server: one peer, and no change of size or codec")
    names = [name for name in options.only or FAULTS if gstreamer or name not in NEEDS_GSTREAMER]
    if not is_shifted():
        names = [name for name in names if name != "clock"]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        site = Site(Path(folder), opened, gstreamer=gstreamer)
        if site.wait_back() is None:
            raise TimeoutError(f"the camera does not come: {site.said()}")
        rows = [_told(measure(site, name, options.seconds)) for name in names]
        reopenings = reopen(site, options.reopenings) if options.reopenings else None
        began_s = time.monotonic()
        site.puller.close(10.0)
        closed_s = time.monotonic() - began_s
    head = ("fault", "others before, fps", "others during, fps", "what was said", "back after, s")
    print(table(head, [_cells(row) for row in rows]))
    if reopenings is not None:
        print(reopenings)
    print(f"closed in {closed_s:.1f} s")
    results = {
        "rows": [asdict(row) for row in rows],
        "reopenings": None if reopenings is None else asdict(reopenings),
        "closed_s": round(closed_s, 2),
    }
    write_json(options.json, "camera_faults", results)


def _told(row: Row) -> Row:
    print(" | ".join(_cells(row)), flush=True)
    return row


def _cells(row: Row) -> tuple[str, ...]:
    def figures(rates: tuple[float, ...]) -> str:
        return ", ".join(f"{rate:.1f}" for rate in rates)

    said = row.said.partition(":")[0]
    back = "not within 60" if row.back_s is None else f"{row.back_s:.1f}"
    return row.fault, figures(row.others_before), figures(row.others_during), said, back


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("camera_faults", __doc__)
    parser.add_argument("--only", nargs="+", choices=FAULTS, help="these faults alone")
    parser.add_argument("--seconds", type=float, default=FAULT_S, help="each (%(default)g)")
    parser.add_argument("--reopenings", type=int, default=100, help="(%(default)s)")
    parser.add_argument("--json", type=Path, help="write the figures into this file")
    return parser


if __name__ == "__main__":
    main()
