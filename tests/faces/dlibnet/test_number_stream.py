"""Integers of dlib's files, read from many places at once."""

from __future__ import annotations

import random

import numpy as np
import pytest

from lookout.faces.dlibnet import number_stream
from lookout.faces.dlibnet.number_stream import integers, reals
from lookout.faces.errors import ModelDamaged


def written(value: int) -> bytes:
    """As dlib writes an integer: a length byte with the sign, and the bytes."""
    size = max(1, (abs(value).bit_length() + 7) // 8)
    return bytes([size | (0x80 if value < 0 else 0)]) + abs(value).to_bytes(size, "little")


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(number_stream, "PIECE", 1000)
    monkeypatch.setattr(number_stream, "SPAN", 100)


@pytest.mark.usefixtures("small_pieces")
def test_every_integer_is_read_whatever_their_sizes() -> None:
    chance = random.Random(7)
    values = [chance.randrange(-(1 << bits), 1 << bits) for bits in (1, 7, 8, 15, 24, 31) * 500]
    read = integers(b"".join(map(written, values)))
    np.testing.assert_array_equal(read, values)


@pytest.mark.usefixtures("small_pieces")
def test_zeros_in_which_no_walk_can_be_in_step_are_read_too() -> None:
    values = [0] * 3000 + [1, -1] * 1000
    np.testing.assert_array_equal(integers(b"".join(map(written, values))), values)


def test_a_real_number_is_mantissa_and_exponent() -> None:
    mantissa, exponent = integers(written(3) + written(-2)), integers(written(1) + written(-4))
    np.testing.assert_array_equal(reals(mantissa, exponent), [6.0, -0.125])


def test_a_file_that_is_cut_off_is_damaged() -> None:
    with pytest.raises(ModelDamaged, match="2 bytes are missing"):
        integers(written(5) + written(1 << 20)[:-2])


def test_an_integer_of_too_many_bytes_is_damaged() -> None:
    with pytest.raises(ModelDamaged, match="more than 4 bytes"):
        integers(written(1 << 40))
