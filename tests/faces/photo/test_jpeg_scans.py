"""The scans of a JPEG are counted as libjpeg would read them."""

from __future__ import annotations

import struct

import pytest
from PIL import Image as Pillow

from lookout.faces.errors import BadImage, ImageFault
from lookout.faces.photo.jpeg_scans import check_scans
from lookout.faces.photo.limits import MAX_SCANS
from lookout.faces.photo.picture import read_picture
from tests.support.hostile_pictures import saved, scan_bomb

SIZE_WH = (64, 48)
START, SCAN, END = b"\xff\xd8", b"\xff\xda", b"\xff\xd9"


def refused(jpeg: bytes) -> bool:
    try:
        check_scans(jpeg)
    except BadImage as error:
        return error.fault is ImageFault.TOO_MANY_SCANS
    return False


def comment(text: bytes) -> bytes:
    return b"\xff\xfe" + struct.pack(">H", len(text) + 2) + text


@pytest.mark.parametrize("progressive", [True, False])
def test_the_limit_is_exact(progressive: bool) -> None:
    assert not refused(scan_bomb(SIZE_WH, MAX_SCANS, progressive=progressive))
    assert refused(scan_bomb(SIZE_WH, MAX_SCANS + 1, progressive=progressive))


def test_bytes_in_a_comment_or_behind_the_end_are_no_scans() -> None:
    jpeg = scan_bomb(SIZE_WH, 10)
    assert not refused(START + comment(SCAN * 1000) + jpeg[2:])
    assert not refused(jpeg + SCAN * 1000), "the film of a motion photo lies there"


@pytest.mark.parametrize(
    "between",
    [comment(END), b"\xff\xff\xff", b"\0\0", b"\xff\xd0"],
    ids=["an end in a comment", "fill bytes", "zeros", "a restart marker"],
)
def test_scans_do_not_hide_behind_what_libjpeg_skips(between: bytes) -> None:
    jpeg = scan_bomb(SIZE_WH, 1000)
    last = jpeg.index(SCAN)
    assert refused(jpeg[:last] + between + jpeg[last:])


def test_a_whole_photograph_of_many_scans_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(BadImage, match="more than 32 scans"):
        read_picture(scan_bomb(SIZE_WH, 294))
    assert read_picture(scan_bomb(SIZE_WH, 10)).size_wh == SIZE_WH
    assert (
        read_picture(saved(Pillow.new("L", SIZE_WH), "JPEG", progressive=True)).size_wh == SIZE_WH
    )
