"""Messages keep what is in them, and what is no message is an error and nothing else."""

from __future__ import annotations

import contextlib
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookout.server.remote.errors import RemoteFailed
from lookout.server.remote.messages import Array, pack, read_encodings, read_found, unpack
from lookout.server.remote.options import EngineKind, RemoteOptions
from lookout.server.remote.worker import BAD, DetectorWorker, EncoderWorker
from lookout.server.settings import read_settings
from tests.server.remote.conftest import ToyDetector, ToyEncoder


def test_arrays_and_the_name_come_back() -> None:
    arrays: list[Array] = [
        np.arange(6, dtype=np.uint8).reshape(1, 2, 3),
        np.ones((0, 4), np.float32),
    ]
    name, back = unpack(pack("sface+reid", arrays))
    assert name == "sface+reid"
    for before, after in zip(arrays, back, strict=True):
        np.testing.assert_array_equal(after, before)
        assert after.dtype == before.dtype


def noted(note: bytes, rest: bytes = b"") -> bytes:
    return struct.pack("<I", len(note)) + note + rest


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\xff\xff\xff\xff",
        noted(b"{}"),
        noted(b"[]"),
        noted(b'{"name": "toy", "arrays": [["float64", 1]]}', bytes(8)),
        noted(b'{"name": "toy", "arrays": [["uint8", -1]]}'),
        noted(b'{"name": "toy", "arrays": [["uint8", 9]]}', bytes(8)),
        noted(b'{"name": "toy", "arrays": [["uint8", 9000000, 9000000]]}', bytes(8)),
        noted(b'{"name": "toy", "arrays": [["uint8", 2]]}', bytes(3)),
    ],
)
def test_what_is_no_message_is_refused(message: bytes) -> None:
    with pytest.raises(RemoteFailed, match="cannot be read"):
        unpack(message)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_read(message: bytes) -> None:
    with contextlib.suppress(RemoteFailed):
        unpack(message)


def test_an_answer_of_another_shape_is_refused() -> None:
    with pytest.raises(RemoteFailed):
        read_found(pack("toy", [np.ones((2, 4), np.float32), np.ones(3, np.float32)]), "toy")
    with pytest.raises(RemoteFailed):
        read_encodings(pack("toy", [np.ones((2, 3), np.float32)]), "toy", 2, 4)


def test_a_bad_message_in_a_batch_spoils_only_its_own_answer() -> None:
    image = np.full((4, 5, 3), 7, np.uint8)
    good = pack("toy", [image])
    first, bad, flat, last = DetectorWorker(ToyDetector()).answers(
        [good, b"nonsense", pack("toy", [image[0]]), good]
    )
    assert bad == flat == BAD
    assert read_found(first, "toy").score == read_found(last, "toy").score == 7
    pair = pack("toy+toy", [image, image])
    answers = EncoderWorker(ToyEncoder()).answers([pair, good, pair])
    assert answers[1] == BAD
    assert read_encodings(answers[2], "toy+toy", 1, 2).tolist() == [[7, 7]]
    assert DetectorWorker(ToyDetector()).answers([b""]) == [BAD]


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("ray://a", RemoteOptions(EngineKind.RAY, "a", 8000)),
        ("rays://a:1", RemoteOptions(EngineKind.RAY, "a", 1, True)),
        ("triton://a", RemoteOptions(EngineKind.TRITON, "a", 8001)),
    ],
)
def test_an_engine_is_an_option(url: str, options: RemoteOptions) -> None:
    assert read_settings(["--engine", url], {}).engine == options


@pytest.mark.parametrize("url", ["ray://", "http://a", "ray://me@a", "ray://a/b", "ray://a:b"])
def test_what_is_no_engine_is_refused(url: str) -> None:
    with pytest.raises(SystemExit):
        read_settings(["--engine", url], {})
