"""Passwords of every printable character, and other secrets, in every message and log line."""

from __future__ import annotations

import io
import json
import logging
import string
import time
import urllib.parse
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookout.wire.redaction import SecretsFilter, redact, secrets_of, without_secrets

PRINTABLE = [chr(code) for code in range(0x20, 0x7F)] + ["ü", "é", "ß", "£", "李", "😀"]
TEMPLATES = [
    "rtsp://admin:{}@192.168.1.7:554/live",
    "http://admin:{}@cam.local/snap.jpg?user=admin&pwd={}",
    "https://admin%40home:{}@[fe80::1]:8443/live",
]
WORD = "s3cret"


def passwords(character: str) -> list[str]:
    return [f"{WORD}{character}Tail9", f"{character}{WORD}", f"{WORD}{character}"]


@pytest.mark.parametrize("character", PRINTABLE)
@pytest.mark.parametrize("template", TEMPLATES)
def test_an_address_for_people_holds_no_part_of_any_password(template: str, character: str) -> None:
    for password in passwords(character):
        for spelling in (password, urllib.parse.quote(password, "")):
            address = template.format(spelling, spelling)
            message = redact(f"{address} is lost", secrets_of(address))
            for printed in (without_secrets(address), message):
                assert WORD not in printed
                assert "Tail9" not in printed
                assert "admin" not in printed


@pytest.mark.parametrize("character", PRINTABLE)
def test_a_known_password_is_hidden_in_every_spelling(character: str) -> None:
    for password in passwords(character):
        address = f"rtsp://admin:{password}@cam/live"
        secrets = secrets_of(address)
        for spelling in (
            password,
            urllib.parse.quote(password, ""),
            urllib.parse.quote_plus(password),
            repr(password),
            json.dumps(password),
        ):
            assert WORD not in redact(f"login {spelling} failed", secrets)


@given(st.text(string.printable.strip() + " äß李", min_size=1, max_size=20))
def test_no_password_survives_whatever_its_characters(password: str) -> None:
    marked = f"{WORD}{password}{WORD}"
    address = f"http://u:{marked}@cam:80/live"
    assert WORD not in without_secrets(address)
    assert WORD not in redact(f"cannot open {address}: refused", secrets_of(address))


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://cam:554/live", "rtsp://cam:554/live"),
        ("rtsp://u:p@ss@cam:554/live?pw=x#y", "rtsp://cam:554/live"),
        ("http://u@cam/a/b.mjpg?k=tok", "http://cam/a/b.mjpg"),
        ("http://[fe80::1]:8080/x", "http://[fe80::1]:8080/x"),
        ("rtsp://admin:s3cret[x@192.168.1.7:554/live", "rtsp://192.168.1.7:554/live"),
        ("rtsp://admin:a://b@cam/live", "rtsp://cam/live"),
        (
            "rtsp://10.0.0.5:554/user=admin&password=tlJwpbo6&channel=1&stream=0.sdp?",
            "rtsp://10.0.0.5:554/user=***&password=***&channel=1&stream=0.sdp",
        ),
        ("http://cam/snap.jpg?mail=ada@home", "http://***"),
        ("demo", "demo"),
        ("admin:s3cret@192.168.1.7", "***@192.168.1.7"),
    ],
)
def test_an_address_for_people_still_says_which_camera_it_is(address: str, shown: str) -> None:
    assert without_secrets(address) == shown


@pytest.mark.parametrize(
    "text",
    [
        f"GET /snap.jpg?user=admin&password={WORD}&x=1",
        f"token={WORD}",
        f"--token={WORD}",
        f"LOOKOUT_TOKEN={WORD}",
        f"access_token={WORD}&b=c",
        f'{{"username": "ada", "password": "{WORD}\\" {WORD}"}}',
        f"{{'api_key': '{WORD}'}}",
        f"Authorization: Digest username={WORD}, response={WORD}",
        f"authorization: Basic {WORD}1234==",
        f"Bearer {WORD}-{WORD}",
        f"x-api-key: {WORD}",
        f"Cookie: session={WORD}; other={WORD}",
        f"lk_{WORD}{WORD}",
        f"eyJhbGciOiJIUzI1NiJ9.{WORD}.{WORD}",
        f"login as admin:{WORD}@10.0.0.5 failed",
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str) -> None:
    assert WORD not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "rtsp://cam:554/live is live",
        "the page is at http://localhost:8001/video_feed_page",
        "start both sides with the same --token, or leave out --token here",
        "Basic authentication is refused",
        "frame 12:30:01 of camera door@home",
        "the certificate of 10.0.0.5:8002 is not accepted",
        "[rtsp @ 0x55] method DESCRIBE failed: 401",
        "--token-file secrets.txt cannot be read",
        "3 people, 12 encodings; key 7",
    ],
)
def test_ordinary_messages_stay_as_they_are(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("piece", ["a", "-a:", "://a", "user_", "http://a?", "'token': "])
def test_a_long_line_takes_no_longer_than_its_length(piece: str) -> None:
    began = time.process_time()
    redact(piece * (200_000 // len(piece)))
    assert time.process_time() - began < 5.0


@pytest.fixture
def lines() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    handler.addFilter(SecretsFilter([f"{WORD}/{WORD}"]))
    logger = logging.getLogger("test of redaction")
    logger.addHandler(handler)
    logger.propagate = False
    yield logger, stream
    logger.removeHandler(handler)


def test_log_lines_arguments_and_tracebacks_are_redacted(
    lines: tuple[logging.Logger, io.StringIO],
) -> None:
    logger, stream = lines
    logger.warning("camera %s: %r", f"http://u:{WORD}@cam/", ValueError(f"{WORD}/{WORD}"))
    error = OSError(f"cannot open rtsp://u:{WORD}@cam/live")
    logger.error("failed", exc_info=error)
    written = stream.getvalue()
    assert WORD not in written
    assert "camera http://***@cam/: ValueError('***')" in written
    assert "OSError: cannot open rtsp://***@cam/live" in written
