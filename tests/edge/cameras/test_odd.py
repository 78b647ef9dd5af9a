"""Network cameras as they are: no boundary, no multipart, one picture an answer, their own
certificate, a letter in the password. Browsers and players show them all."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from skimage.data import astronaut

from lookout.edge.cameras import CameraLost, CameraUnusable
from lookout.edge.cameras import url as url_camera
from lookout.edge.cameras.camera_tls import camera_tls
from lookout.edge.cameras.jpeg import to_jpeg
from lookout.edge.cameras.url import UrlCamera
from tests.support.odd_camera import (
    OddCamera,
    Script,
    basic_of,
    digest_of,
    dripping,
    silent,
    snapshot,
    stream,
)
from tests.support.wire import Certificates

pytestmark = pytest.mark.long

READ_S = 5.0
MIXED = "multipart/x-mixed-replace; boundary=frame"


def headers(jpeg: bytes, more: int = 0) -> bytes:
    return b"Content-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % (len(jpeg) + more)


def usual(jpeg: bytes) -> bytes:
    return b"--frame\r\n" + headers(jpeg) + jpeg + b"\r\n"


def with_thumbnail(jpeg: bytes) -> bytes:
    """The picture with a whole JPEG inside its first segment, as EXIF holds one."""
    inner = b"\xff\xd8\xff\xd9 thumbnail \xff\xd9"
    return jpeg[:2] + b"\xff\xe1" + (len(inner) + 2).to_bytes(2, "big") + inner + jpeg[2:]


ODD: dict[str, Script] = {
    "first boundary missing": stream(MIXED, lambda j: headers(j) + j + b"\r\n--frame\r\n"),
    "first boundary missing, no length": stream(
        MIXED, lambda j: b"Content-Type: image/jpeg\r\n\r\n" + j + b"\r\n--frame\r\n"
    ),
    "another boundary": stream(
        "multipart/x-mixed-replace; boundary=ipcamera",
        lambda j: b"--ipcam\r\n" + headers(j) + j + b"\r\n",
    ),
    "boundary not named": stream("multipart/x-mixed-replace", usual),
    "dashes in its name": stream("multipart/x-mixed-replace;boundary=--frame", usual),
    "no dashes in the stream": stream(MIXED, lambda j: usual(j).removeprefix(b"--")),
    "capitals": stream("Multipart/X-Mixed-Replace; Boundary=frame", usual),
    "no length": stream(
        MIXED, lambda j: b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + j + b"\r\n"
    ),
    "no length, no line before the boundary": stream(MIXED, lambda j: b"--frame\r\n\r\n" + j),
    "no headers": stream(MIXED, lambda j: b"--frame\r\n\r\n" + j + b"\r\n"),
    "no line before the boundary": stream(MIXED, lambda j: b"--frame\r\n" + headers(j) + j),
    "length too short": stream(MIXED, lambda j: b"--frame\r\n" + headers(j, -7) + j + b"\r\n"),
    "length too long": stream(MIXED, lambda j: b"--frame\r\n" + headers(j, 7) + j + b"\r\n"),
    "only line feeds": stream(
        MIXED, lambda j: usual(j).replace(headers(j), headers(j).replace(b"\r", b"")), ending="\n"
    ),
    "sound between": stream(
        MIXED,
        lambda j: (
            b"--frame\r\nContent-Type: audio/g711\r\nContent-Length: 10\r\n\r\n0123456789\r\n"
            + usual(j)
        ),
    ),
    "empty parts between": stream(
        MIXED, lambda j: b"--frame\r\nContent-Length: 0\r\n\r\n\r\n" + usual(j)
    ),
    "half a picture between": stream(
        MIXED, lambda j: b"--frame\r\n\r\n" + j[: len(j) // 2] + b"\r\n" + usual(j)
    ),
    "JPEGs alone": stream("video/x-motion-jpeg", bytes),
    "JPEGs alone, as bytes": stream("application/octet-stream", bytes),
    "JPEGs alone, without a type": stream("", bytes),
    "JPEGs alone, as one picture": stream("image/jpeg", bytes),
    "JPEGs alone, with gaps": stream("video/x-motion-jpeg", lambda j: j + b"\0" * 5000),
    "parts as bytes": stream("application/octet-stream", usual),
}


@pytest.fixture(scope="module")
def jpegs() -> list[bytes]:
    image_bgr = astronaut()[:, :, ::-1]
    return [to_jpeg(image_bgr[top : top + 240, :320]) for top in (0, 40, 80)]


def pictures(camera: UrlCamera, count: int = 4) -> list[bytes]:
    with camera:
        return [camera.read(READ_S).jpeg for _ in range(count)]


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_stream_shows_its_pictures_unchanged(kind: str, jpegs: list[bytes]) -> None:
    with OddCamera(ODD[kind], jpegs) as server:
        seen = pictures(UrlCamera(f"http://{server.address}", fps=30))
    whole = [jpeg for jpeg in seen if jpeg in jpegs]
    if kind in ("length too short", "length too long"):
        whole = [jpeg for jpeg in seen if any(jpeg[:-10] in each for each in jpegs)]
    assert len(whole) >= len(seen) - 1 >= 3
    assert server.requests == 1


def test_a_thumbnail_inside_a_picture_does_not_end_it(jpegs: list[bytes]) -> None:
    with_inner = [with_thumbnail(jpeg) for jpeg in jpegs]
    with OddCamera(ODD["JPEGs alone"], with_inner) as server:
        assert set(pictures(UrlCamera(f"http://{server.address}", fps=30))) <= set(with_inner)


def test_a_snapshot_address_is_asked_again_at_a_pace(
    jpegs: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(url_camera, "SNAPSHOTS_PER_S", 20.0)
    with OddCamera(snapshot, jpegs) as server:
        began = time.monotonic()
        assert pictures(UrlCamera(f"http://{server.address}", fps=30), 7) == [jpegs[0]] * 7
        assert time.monotonic() - began > 6 / 20.0 - 0.01
        assert 7 <= server.requests <= 9


def test_a_snapshot_camera_that_wants_a_login_is_not_refused_each_time(jpegs: list[bytes]) -> None:
    digest = 'WWW-Authenticate: Digest realm="cam", nonce="n1", qop="auth"\r\n'
    with OddCamera(
        snapshot,
        jpegs,
        challenge=digest,
        opens=lambda header: digest_of(header, b"admin", b"secret", "MD5", "auth", b"cam"),
    ) as server:
        pictures(UrlCamera(f"http://admin:secret@{server.address}", fps=30), 4)
    assert server.refused == 1


def test_a_camera_that_says_nothing_is_lost_with_a_message_and_can_be_left(
    jpegs: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(url_camera, "READ_TIMEOUT_S", 0.3)
    with (
        OddCamera(silent, jpegs) as server,
        pytest.raises(CameraLost, match=r"sent nothing for|cannot be reached: timed out"),
    ):
        UrlCamera(f"http://{server.address}", fps=30).open()


@pytest.mark.parametrize("script", [silent, dripping])
def test_a_camera_without_pictures_is_let_go_at_once(script: Script, jpegs: list[bytes]) -> None:
    with OddCamera(script, jpegs) as server:
        camera = UrlCamera(f"http://{server.address}", fps=30)
        camera.open_timeout_s = 0.3
        began = time.monotonic()
        with pytest.raises(CameraLost, match=r"no picture within"):
            camera.open()
        assert time.monotonic() - began < 1.5
        with pytest.raises(CameraLost, match=r"no picture within"):
            camera.open()  # not "hangs in its driver"


def test_a_login_page_is_said_to_be_one(jpegs: list[bytes]) -> None:
    page = stream("text/html", lambda _jpeg: b"<html>login</html>")
    with OddCamera(page, jpegs) as server, pytest.raises(CameraLost, match="web page"):
        UrlCamera(f"http://{server.address}", fps=30).open()


def test_a_stream_without_one_jpeg_is_given_up(
    jpegs: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lookout.edge.cameras.byte_source.MAX_BETWEEN_BYTES", 100_000)
    noise = stream("video/mjpeg", lambda _jpeg: b"\0" * 60_000)
    with OddCamera(noise, jpegs) as server, pytest.raises(CameraLost, match="no JPEG pictures"):
        UrlCamera(f"http://{server.address}", fps=30).open()


PASSWORD = "Grün 1!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~é李"


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
@pytest.mark.parametrize("quality", ["", "auth", "auth-int"])
@pytest.mark.parametrize("algorithm", ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256"])
def test_every_form_of_digest_opens_with_every_character(
    algorithm: str, quality: str, encoding: str, jpegs: list[bytes]
) -> None:
    from urllib.parse import quote

    password = PASSWORD if encoding == "utf-8" else PASSWORD.removesuffix("李")
    user, realm = 'jö"rg', "Kamera für Tür, 2"
    qop = f', qop="{quality}"' if quality else ""
    challenge = (
        f'WWW-Authenticate: Digest realm="{realm}", nonce="a=b,c", opaque="x\\"y"{qop}, '
        f"algorithm={algorithm}\r\n"
    )
    with OddCamera(
        ODD["JPEGs alone"],
        jpegs,
        challenge=challenge,
        opens=lambda header: digest_of(
            header,
            user.encode(encoding),
            password.encode(encoding),
            algorithm,
            quality,
            realm.encode(encoding),
        ),
    ) as server:
        address = f"http://{quote(user, '')}:{quote(password, '')}@{server.address}"
        assert pictures(UrlCamera(address, fps=30), 1)
    assert server.refused == (1 if encoding == "utf-8" else 2)


@pytest.mark.parametrize(
    "challenge",
    [
        'WWW-Authenticate: Basic realm="c"\r\n',
        "WWW-Authenticate: basic\r\nWWW-Authenticate: Negotiate\r\n",
        'WWW-Authenticate: Digest realm="c", nonce="n", algorithm=TIGER, Basic realm="c"\r\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_basic_opens_with_a_letter_in_either_encoding(
    challenge: str, encoding: str, jpegs: list[bytes]
) -> None:
    with OddCamera(
        ODD["JPEGs alone"],
        jpegs,
        challenge=challenge,
        opens=lambda header: basic_of(header, "admin:Grün1".encode(encoding)),
    ) as server:
        assert pictures(UrlCamera(f"http://admin:Gr%C3%BCn1@{server.address}", fps=30), 1)


def test_the_strongest_form_that_is_offered_is_used(jpegs: list[bytes]) -> None:
    offers = "".join(
        f"WWW-Authenticate: {offer}\r\n"
        for offer in (
            'Basic realm="c"',
            'Digest realm="c", nonce="n", qop="auth", algorithm=MD5',
            'Digest realm="c", nonce="n", qop="auth", algorithm=SHA-256',
        )
    )
    with OddCamera(
        ODD["JPEGs alone"],
        jpegs,
        challenge=offers,
        opens=lambda header: digest_of(header, b"u", b"pass", "SHA-256", "auth", b"c"),
    ) as server:
        assert pictures(UrlCamera(f"http://u:pass@{server.address}", fps=30), 1)


@pytest.mark.parametrize(
    "challenge",
    [
        'WWW-Authenticate: Basic realm="c"\r\n',
        'WWW-Authenticate: Digest realm="c", nonce="n", stale=true\r\n',
        "WWW-Authenticate: Negotiate\r\n",
        "",
    ],
)
def test_a_wrong_password_is_tried_a_few_times_and_never_shown(
    challenge: str, jpegs: list[bytes]
) -> None:
    with OddCamera(
        ODD["JPEGs alone"], jpegs, challenge=challenge, opens=lambda _header: False
    ) as server:
        with pytest.raises(CameraLost, match=r"401.*%23") as refused:
            UrlCamera(f"http://admin:wr%C3%B6ng@{server.address}", fps=30).open()
        assert server.requests <= 4
    assert "wr" not in str(refused.value).replace("write", "").replace("written", "")


class Tls:
    """A camera with a certificate for another name than its address, as they have."""

    def __init__(self, folder: Path) -> None:
        made = Certificates(folder, "camera.local")
        self.ca, self.own = made.ca, made.cert
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(made.cert, made.key)


def test_a_camera_with_its_own_certificate_says_which_options_help(
    jpegs: list[bytes], tmp_path: Path
) -> None:
    tls = Tls(tmp_path)
    with (
        OddCamera(ODD["JPEGs alone"], jpegs, tls=tls.context) as server,
        pytest.raises(CameraLost, match=r"--camera-ca FILE.*--camera-insecure"),
    ):
        UrlCamera(f"https://{server.address}", fps=30).open()


@pytest.mark.parametrize("trust", ["its CA", "its own certificate", "insecure"])
def test_a_camera_with_its_own_certificate_opens(
    trust: str, jpegs: list[bytes], tmp_path: Path
) -> None:
    tls = Tls(tmp_path)
    contexts: dict[str, Callable[[], ssl.SSLContext]] = {
        "its CA": lambda: camera_tls(tls.ca),
        "its own certificate": lambda: camera_tls(tls.own),
        "insecure": lambda: camera_tls(insecure=True),
    }
    with OddCamera(ODD["JPEGs alone"], jpegs, tls=tls.context) as server:
        assert pictures(UrlCamera(f"https://{server.address}", fps=30, tls=contexts[trust]()), 1)


def test_another_certificate_than_the_given_one_is_refused(
    jpegs: list[bytes], tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    tls, other = Tls(tmp_path), Certificates(tmp_path / "other", "camera.local")
    with (
        OddCamera(ODD["JPEGs alone"], jpegs, tls=tls.context) as server,
        pytest.raises(CameraLost, match="not accepted"),
    ):
        UrlCamera(f"https://{server.address}", fps=30, tls=camera_tls(other.ca)).open()


def test_a_ca_file_that_is_none_is_refused_with_a_message(tmp_path: Path) -> None:
    (tmp_path / "not.pem").write_text("hello", encoding="utf-8")
    for name in ("not.pem", "missing.pem"):
        with pytest.raises(CameraUnusable, match=r"--camera-ca .*\.pem cannot be used: "):
            camera_tls(tmp_path / name)
