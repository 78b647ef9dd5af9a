"""Photographs by the camera of the device: it says what to do, and takes what is good."""

from __future__ import annotations

import contextlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from playwright.sync_api import Browser, expect

from tests.browser.conftest import another
from tests.support.dashboard import Site, open_page, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.data, pytest.mark.slow]

FAR, NEAR = 0.15, 0.5
"""How much of the picture's height the face fills, at first and then."""
SECONDS, FPS, SIZE_WH = 4, 10, (640, 360)


FACE_XYXY = (175, 76, 266, 167)
"""Of Eileen Collins, in the portrait that comes with scikit-image."""


def film(target: Path) -> None:
    """A film (YUV4MPEG2) of a portrait, in which she comes closer."""
    image = np.ascontiguousarray(skimage.data.astronaut()[:, :, ::-1])
    x0, y0, x1, y1 = FACE_XYXY
    middle = ((x0 + x1) / 2, (y0 + y1) / 2)
    frames = []
    for share in [FAR] * SECONDS * FPS + [NEAR] * SECONDS * FPS:
        scale = SIZE_WH[1] * share / (y1 - y0)
        shift = (SIZE_WH[0] / 2 - middle[0] * scale, SIZE_WH[1] / 2 - middle[1] * scale)
        matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float64)
        frames.append(cv2.warpAffine(image, matrix, SIZE_WH, borderMode=cv2.BORDER_REPLICATE))
    head = f"YUV4MPEG2 W{SIZE_WH[0]} H{SIZE_WH[1]} F{FPS}:1 Ip C420jpeg\n".encode()
    planes = (cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420).tobytes() for frame in frames)
    target.write_bytes(head + b"".join(b"FRAME\n" + plane for plane in planes))


def test_who_comes_closer_as_told_is_photographed(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    film(tmp_path / "webcam.y4m")
    switches = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={tmp_path / 'webcam.y4m'}",
    )
    with contextlib.closing(another(browser, *switches)) as filmed:
        page = signed_in(filmed, site, locale="en-GB")
        open_page(page, "people")
        page.get_by_role("button", name="Add a person").first.click()
        page.get_by_label("Name").fill("Eileen Collins")
        page.get_by_role("button", name="Use this device").click()
        expect(page.get_by_role("status").get_by_text("Come closer")).to_be_visible()
        taken = page.get_by_role("button", name="Use 1 photograph")
        expect(taken).to_be_enabled()
        taken.click()
        expect(page.get_by_text("1 photograph chosen")).to_be_visible()
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_role("heading", level=1, name="Eileen Collins")).to_be_visible()
        expect(page.get_by_role("button", name="Photograph,")).to_have_count(1)
    person = site.call("GET", "people?text=Eileen")["items"][0]
    assert person["samples"] == 1
    site.call("DELETE", f"people/{person['id']}")
