"""Pictures wait for each other by their pixels, in order, and not for ever."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from lookout.faces.errors import PicturesBusy
from lookout.faces.photo.limits import MAX_PIXELS
from lookout.faces.photo.picture import BUDGET
from lookout.faces.photo.pixel_budget import PixelBudget


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


def test_the_largest_picture_fits_into_the_budget_of_the_process() -> None:
    with BUDGET.reserve(MAX_PIXELS):
        pass
