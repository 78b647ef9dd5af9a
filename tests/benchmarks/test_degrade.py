"""The degradations: deterministic, and as strong as their recipes say."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.support.degrade import RECIPES, degrade
from lookout.faces.detections import Image
from tests.support.portraits import read_image


@pytest.fixture(scope="module")
def portrait(data: Path) -> Image:
    image = read_image(data / "face_recognition" / "obama-240p.jpg")
    return np.asarray(image, np.uint8)


def sharpness(image: Image) -> float:
    return float(cv2.Laplacian(image, cv2.CV_64F).var())


@pytest.mark.data
@pytest.mark.parametrize("recipe", list(RECIPES))
def test_a_recipe_does_the_same_every_time_at_its_size(recipe: str, portrait: Image) -> None:
    once, again = degrade(portrait, recipe), degrade(portrait.copy(), recipe)
    factor = 0.42 if recipe == "night" else 1.0
    assert once.shape[:2] == tuple(round(side * factor) for side in portrait.shape[:2])
    assert once.dtype == np.uint8
    assert np.array_equal(once, again)
    assert np.array_equal(once, portrait) == (recipe == "none")


@pytest.mark.data
def test_night_is_darker_than_its_light_and_full_of_noise(portrait: Image) -> None:
    white = degrade(np.full((240, 240, 3), 255, np.uint8), "night")
    assert white.mean() == pytest.approx(255 * 0.45, abs=0.5)
    assert degrade(portrait, "night").mean() < portrait.mean() / 2
    flat = degrade(np.full((240, 240, 3), 200, np.uint8), "night").astype(float)
    assert flat.mean() == pytest.approx(67.2, abs=0.5)  # 255 · 0.45 · (200 / 255)^2.2
    assert 2 < flat[..., 1].std() < 6  # JPEG takes some of the 6 levels away


@pytest.mark.data
def test_each_recipe_takes_away_what_it_names(portrait: Image) -> None:
    # a 25th of the light is 0.04 ** (1 / 2.2) = 0.23 of the brightness
    lit = portrait > 100  # in black, noise is all there is
    assert lit.sum() > 10_000
    dark = degrade(portrait, "dark")
    assert dark[lit].mean() == pytest.approx(0.23 * portrait[lit].mean(), rel=0.05)
    assert sharpness(degrade(portrait, "blur")) < sharpness(portrait) / 20
    assert sharpness(degrade(portrait, "small")) < sharpness(portrait) / 5
    assert degrade(portrait, "dark+blur").mean() < 0.3 * portrait.mean()


def test_an_unknown_recipe_says_which_there_are() -> None:
    with pytest.raises(ValueError, match="there is: none, dark, blur"):
        degrade(np.zeros((4, 4, 3), np.uint8), "fog")
