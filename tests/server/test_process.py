"""The real server process: started, used, renewed while it runs, and ended."""

from __future__ import annotations

import contextlib
import os
import pickle
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
import trustme

from lookout.faces.detections import Image
from lookout.faces.gallery.encodings_file import save_gallery
from lookout.faces.gallery.gallery import Gallery
from lookout.server.imaging.jpeg import encode_jpeg
from lookout.wire.connection import Connection
from lookout.wire.errors import NotAuthorized, WireError
from lookout.wire.framing import Kind, Message
from lookout.wire.records import Face, FaceState, PhotoInfo, Refusal, Verdict
from lookout.wire.tls import client_context
from tests.support.fair_clock import FairClock
from tests.support.paths import ROOT
from tests.support.server_process import ServerProcess
from tests.support.service import receive, receive_result, send_frame

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def edge(server: ServerProcess) -> Iterator[Connection]:
    server.encodings.unlink(missing_ok=True)
    with contextlib.closing(server.connect()) as edge:
        yield edge


def face_in(edge: Connection, jpeg: bytes) -> Face:
    send_frame(edge, "door", 1, jpeg)
    result, _ = receive_result(edge)
    (face,) = result.faces
    return face


def seconds_until_named(edge: Connection, jpeg: bytes, name: str | None) -> float:
    """Frame after frame, each answered, until the face has this name."""
    hangs_s = time.monotonic() + 60.0
    with FairClock() as clock:
        while face_in(edge, jpeg).name != name:
            if time.monotonic() > hangs_s:
                raise TimeoutError(f"the face was never named {name}")
        return clock()


def test_a_new_gallery_is_in_use_within_two_seconds_and_no_frame_is_lost(
    server: ServerProcess, edge: Connection, portrait: bytes, eileen: Gallery
) -> None:
    seconds_until_named(edge, portrait, None)
    save_gallery(server.encodings, eileen)
    assert seconds_until_named(edge, portrait, "Eileen") < 2.0
    renamed = Gallery(eileen.encodings, ("Pilot",), eileen.encoder)
    save_gallery(server.encodings, renamed)
    assert seconds_until_named(edge, portrait, "Pilot") < 2.0


class Malicious:
    def __init__(self, witness: Path) -> None:
        self._witness = witness

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self._witness}",)


def test_a_malicious_or_broken_gallery_is_refused_once_and_the_old_one_stays(
    server: ServerProcess, edge: Connection, portrait: bytes, eileen: Gallery, tmp_path: Path
) -> None:
    save_gallery(server.encodings, eileen)
    seconds_until_named(edge, portrait, "Eileen")
    witness = tmp_path / "code ran"
    server.encodings.write_bytes(pickle.dumps({"encodings": [], "names": Malicious(witness)}))
    server.wait_for_log("none of it was executed")
    server.encodings.write_bytes(b"\x80\x04\x95 truncated")
    server.wait_for_log("cannot be used")
    for _ in range(3):
        assert face_in(edge, portrait).name == "Eileen"
    assert not witness.exists()
    assert server.log_text.count("none of it was executed") == 1


def ask(edge: Connection, photo: PhotoInfo, jpeg: bytes) -> Message:
    edge.send(Message(Kind.PHOTO, photo.to_meta(), jpeg))
    return edge.receive(20.0)


def test_one_good_photograph_enrols_a_person_live(
    server: ServerProcess, edge: Connection, portrait: bytes
) -> None:
    seconds_until_named(edge, portrait, None)
    photo = PhotoInfo(1, "Eileen Collins", "20261122T103000.123Z.jpg")
    for request in (1, 2):  # the second time it is there already
        answer = ask(edge, PhotoInfo(request, photo.name, photo.filename), portrait)
        assert Verdict.from_meta(answer.meta) == Verdict(request, (), kept=True)
    assert seconds_until_named(edge, portrait, "Eileen Collins") < 2.0
    kept = server.images / photo.name / photo.filename
    assert kept.read_bytes() == portrait
    assert "1 people, 1 encodings" in server.log_text


def far_away(image_bgr: Image) -> Image:
    return np.asarray(
        cv2.resize(image_bgr, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA), np.uint8
    )


def doubled(image_bgr: Image) -> Image:
    return np.concatenate([image_bgr, image_bgr], axis=1)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        pytest.param(lambda image: image[:, 300:], "no_face", id="nobody"),
        pytest.param(doubled, "several_faces", id="two people"),
        pytest.param(far_away, "face_too_small", id="far away"),
    ],
)
def test_a_poor_photograph_is_explained_and_not_kept(
    server: ServerProcess, edge: Connection, portrait_bgr: Image, spoil: object, code: str
) -> None:
    assert callable(spoil)
    spoilt = np.ascontiguousarray(spoil(portrait_bgr))
    answer = ask(edge, PhotoInfo(5, "Poor", "a.jpg"), encode_jpeg(spoilt))
    verdict = Verdict.from_meta(answer.meta)
    assert code in [reason.code for reason in verdict.reasons]
    assert all(len(reason.message) > 10 for reason in verdict.reasons)
    assert not verdict.kept
    assert not (server.images / "Poor").exists()


def test_a_poor_photograph_is_kept_with_a_mark_if_it_is_the_only_one(
    server: ServerProcess, edge: Connection, portrait_bgr: Image
) -> None:
    jpeg = encode_jpeg(np.asarray(cv2.GaussianBlur(portrait_bgr, (0, 0), 2.5), np.uint8))
    verdict = Verdict.from_meta(ask(edge, PhotoInfo(6, "Only", "a.jpg"), jpeg).meta)
    assert [reason.code for reason in verdict.reasons] == ["blurred"]
    assert verdict.kept
    assert "no better one" in verdict.advice
    assert (server.images / "Only" / "a.jpg").read_bytes() == jpeg


def test_a_poor_photograph_is_kept_if_it_is_wanted_anyway(
    server: ServerProcess, edge: Connection, portrait_bgr: Image
) -> None:
    jpeg = encode_jpeg(far_away(portrait_bgr))
    photo = PhotoInfo(6, "Wanted", "a.jpg", keep_anyway=True)
    verdict = Verdict.from_meta(ask(edge, photo, jpeg).meta)
    assert verdict.kept
    assert verdict.reasons
    assert (server.images / "Wanted" / "a.jpg").read_bytes() == jpeg


@pytest.mark.parametrize(
    ("name", "filename"),
    [
        pytest.param("../evil", "a.jpg", id="up"),
        pytest.param("/etc", "a.jpg", id="absolute"),
        pytest.param("..", "a.jpg", id="dots"),
        pytest.param("", "a.jpg", id="empty"),
        pytest.param("a\x00b", "a.jpg", id="nul"),
        pytest.param("n" * 300, "a.jpg", id="over-long"),
        pytest.param("Eileen", "../a.jpg", id="file up"),
        pytest.param("Eileen", ".hidden.jpg", id="hidden file"),
        pytest.param("Eileen", "a.py", id="no JPEG"),
    ],
)
def test_path_tricks_are_refused_in_words(
    server: ServerProcess, edge: Connection, portrait: bytes, name: str, filename: str
) -> None:
    before = sorted(server.images.rglob("*"))
    answer = ask(edge, PhotoInfo(7, name, filename), portrait)
    refusal = Refusal.from_meta(answer.meta)
    assert (refusal.request, refusal.fatal) == (7, False)
    assert refusal.message
    assert sorted(server.images.rglob("*")) == before


def test_pings_are_answered_while_hog_computes(
    server: ServerProcess, edge: Connection, portrait: bytes
) -> None:
    """dlib holds Python's lock; edges take 0.6 s of silence for the server's death."""
    large = np.full((1080, 1920, 3), 127, np.uint8)
    send_frame(edge, "door", 1, encode_jpeg(large))
    began_s = sent_s = time.monotonic()
    longest_s, pings = 0.0, 0
    while True:
        edge.send(Message(Kind.PING))
        message = edge.receive(10.0)
        if message.kind is Kind.RESULT:
            break
        longest_s = max(longest_s, time.monotonic() - sent_s)
        sent_s, pings = time.monotonic(), pings + 1
    assert pings > 10
    # a share and not a time, for machines that are busy besides; with the lock held it is near 1
    assert longest_s < 0.5 * (time.monotonic() - began_s)


def processor_s(pid: int) -> float:
    """The time that this process has computed so far."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def children_s() -> float:
    """The time that all children of this process have computed that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def test_the_server_ends_soon_after_sigterm_even_while_it_computes(
    tmp_path: Path,
) -> None:
    ended_s = children_s()
    with (
        ServerProcess(tmp_path, "--no-enrol") as server,
        contextlib.closing(server.connect()) as edge,
    ):
        send_frame(edge, "door", 1, encode_jpeg(np.full((2160, 3840, 3), 127, np.uint8)))
        edge.send(Message(Kind.PING))
        receive(edge, Kind.PONG)
        # 1.5 s for its threads, each of two cores, and the picture takes many times that; in the
        # processor's time, because the machine may be busy besides
        spent_s = processor_s(server.pid)
        assert server.stop() == 0
        assert children_s() - ended_s - spent_s < 4.0
        assert "Traceback" not in server.log_text


def test_a_token_and_tls_are_wanted_where_they_are_set(tmp_path: Path, portrait: bytes) -> None:
    cert, key, ca = tmp_path / "cert.pem", tmp_path / "key.pem", tmp_path / "ca.pem"
    authority = trustme.CA()
    made = authority.issue_cert("127.0.0.1")
    made.cert_chain_pems[0].write_to_path(cert)
    made.private_key_pem.write_to_path(key)
    authority.cert_pem.write_to_path(ca)
    with ServerProcess(
        tmp_path,
        "--no-enrol",
        "--tls-cert",
        str(cert),
        "--tls-key",
        str(key),
        environment={"LOOKOUT_TOKEN": "the secret"},
    ) as server:
        tls = client_context(ca)
        with contextlib.closing(server.connect(token="the secret", tls=tls)) as edge:
            assert face_in(edge, portrait).state is FaceState.UNKNOWN
        with pytest.raises(NotAuthorized):
            server.connect(token="wrong", tls=tls)
        with pytest.raises(WireError):
            server.connect(token="the secret")
        assert "with a token, encrypted" in server.log_text
        assert "the secret" not in server.log_text


def test_a_taken_port_is_one_line_and_status_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run_server("--port", str(port))
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert f"port {port} on 127.0.0.1 is taken" in ended.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param(["--tls-cert", "c.pem"], "go together", id="certificate without key"),
        pytest.param(["--token-file", "missing"], "--token-file missing", id="no token file"),
        pytest.param(["--token", ""], "token is empty", id="empty token"),
        pytest.param(["--detector", "psychic"], "psychic", id="unknown detector"),
        pytest.param(["--host", "203.0.113.7"], "cannot listen", id="foreign address"),
    ],
)
def test_settings_that_cannot_be_are_one_line_and_status_2(options: list[str], words: str) -> None:
    ended = run_server("--port", "0", *options)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert words in ended.stderr


def run_server(*options: str) -> subprocess.CompletedProcess[str]:
    """The owner's entry, from another folder, to its end."""
    entry = ROOT / "server" / "image_proc_socket.py"
    return subprocess.run(
        [sys.executable, str(entry), *options],
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


MIRRORED = ("--encoder", "dlib-128-mirrored")


def test_another_encoder_learns_from_the_photographs_before_it_recognizes(
    tmp_path: Path, portrait: bytes, eileen: Gallery
) -> None:
    photo = tmp_path / "images" / "Eileen" / "portrait.jpg"
    photo.parent.mkdir(parents=True)
    photo.write_bytes(portrait)
    save_gallery(tmp_path / "encodings.pkl", eileen)
    with ServerProcess(tmp_path, *MIRRORED) as server, contextlib.closing(server.connect()) as edge:
        seconds_until_named(edge, portrait, "Eileen")
        assert "encoder: dlib-128-mirrored" in server.log_text
        assert "encoded 1 of 1 photographs by dlib-128-mirrored" in server.log_text
    assert (tmp_path / "encodings.dlib-128-mirrored.pkl").exists()


def test_who_has_no_photograph_stays_known_to_the_encoder_that_has_learnt_them(
    tmp_path: Path, portrait: bytes, eileen: Gallery
) -> None:
    save_gallery(tmp_path / "encodings.pkl", eileen)
    with ServerProcess(tmp_path, *MIRRORED) as server, contextlib.closing(server.connect()) as edge:
        seconds_until_named(edge, portrait, "Eileen")
        server.wait_for_log("dlib-128-mirrored does not know Eileen: there is no photograph")
        assert "encoder: dlib-128, because dlib-128-mirrored" in server.log_text
