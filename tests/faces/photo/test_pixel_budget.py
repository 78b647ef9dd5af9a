"""Pictures wait for each other by their pixels, in order, and not for ever."""

from __future__ import annotations

import resource
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from PIL import Image as Pillow

from lookout.faces.errors import PicturesBusy
from lookout.faces.photo.limits import LARGE_PIXELS, MAX_PIXELS
from lookout.faces.photo.picture import LARGE, SMALL, read_picture
from lookout.faces.photo.pixel_budget import PixelBudget
from tests.support.hostile_pictures import flat_webp, saved


def test_small_pictures_share_the_budget_and_a_large_one_waits() -> None:
    budget = PixelBudget(100, wait_s=0.0)
    with (
        budget.reserve(60),
        budget.reserve(40),
        pytest.raises(PicturesBusy, match="try again"),
        budget.reserve(1),
    ):
        pass
    with budget.reserve(100):
        pass


def test_what_an_error_ends_gives_its_pixels_back() -> None:
    budget = PixelBudget(100, wait_s=0.0)
    with pytest.raises(ZeroDivisionError), budget.reserve(100):
        _ = 1 / 0
    with budget.reserve(100):
        pass


def test_a_waiting_picture_is_next_when_there_is_room() -> None:
    budget = PixelBudget(100, wait_s=60.0)
    entered = threading.Event()

    def decode() -> None:
        with budget.reserve(100):
            entered.set()

    with ThreadPoolExecutor(1) as threads:
        with ExitStack() as large:
            large.enter_context(budget.reserve(1))
            waiting = threads.submit(decode)
            assert not entered.is_set()
        waiting.result(60.0)
    assert entered.is_set()


def test_the_largest_picture_fits_and_small_ones_do_not_wait_for_it() -> None:
    photograph = Pillow.new("RGB", (4000, 3000))
    with LARGE.reserve(MAX_PIXELS), SMALL.reserve(LARGE_PIXELS - 1):
        assert read_picture(saved(photograph, "JPEG")).size_wh == (4000, 3000)
        assert read_picture(saved(photograph.resize((2000, 1500)), "PNG")).scale == 1.25


def test_a_large_picture_of_few_bytes_gives_its_memory_back() -> None:
    content = flat_webp(4000, 4000)
    read_picture(content)
    before = resident_mib()
    read_picture(content)
    assert resident_mib() - before < 32, "it has 64 MiB decoded, and as much again on the way"


def resident_mib() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * resource.getpagesize() >> 20
