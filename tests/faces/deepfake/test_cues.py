"""What each cue says of pictures and tracks that a test makes: signs where they are, none where
there are none, and nothing where nothing can be seen."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from benchmarks.support.spliced_faces import splice
from lookout.faces.deepfake import claims
from lookout.faces.deepfake.claims import claims_cue
from lookout.faces.deepfake.face_parts import FaceParts, parts_of
from lookout.faces.deepfake.heat_map import heat_map
from lookout.faces.deepfake.metadata import metadata_cue
from lookout.faces.deepfake.over_track import drift_cue, tremble_cue
from lookout.faces.deepfake.seam import seam_cue
from lookout.faces.deepfake.signs import Cue, NotLookedAt, Signs, graded, verdict_on
from lookout.faces.detections import Floats, Image

RANDOM = np.random.default_rng(1)


def oval(width: float = 200.0, centre: tuple[float, float] = (320.0, 240.0)) -> Floats:
    """68 points that lie as those of an upright face: jaw, brows, nose, eyes, mouth."""
    jaw = [(np.cos(a), np.sin(a) * 1.2) for a in np.linspace(np.pi, 0, 17)]
    brows = [(x, -0.45) for x in np.linspace(-0.7, 0.7, 10)]
    nose = [(0, y) for y in np.linspace(-0.25, 0.2, 4)] + [
        (x, 0.3) for x in np.linspace(-0.2, 0.2, 5)
    ]
    eyes = [
        (x + 0.12 * np.cos(a), -0.25 + 0.06 * np.sin(a))
        for x in (-0.4, 0.4)
        for a in np.linspace(np.pi, -np.pi, 6, endpoint=False)
    ]
    mouth = [(0.35 * np.cos(a), 0.65 + 0.1 * np.sin(a)) for a in np.linspace(np.pi, -np.pi, 20)]
    points = np.array([*jaw, *brows, *nose, *eyes, *mouth], np.float32)
    return np.asarray(points * (width / 2) + np.array(centre), np.float32)


def grainy(deviation: float, size_wh: tuple[int, int] = (640, 480)) -> Image:
    noise = RANDOM.normal(128, deviation, (size_wh[1], size_wh[0], 1))
    return np.asarray(np.clip(np.repeat(noise, 3, axis=2), 0, 255), np.uint8)


def with_face(inside: Image, around: Image, points: Floats) -> FaceParts:
    """A picture whose face, to its outline, is of one picture and whose rest is of another."""
    mask = np.zeros(around.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, np.round(cv2.convexHull(points)).astype(np.int32), 1)
    return parts_of(np.where(mask[..., None] > 0, inside, around), points)


def test_a_face_with_the_grain_of_its_surroundings_gives_no_sign() -> None:
    points = oval()
    cue = seam_cue(with_face(grainy(6), grainy(6), points))
    assert (cue.name, cue.signs) == ("seam", Signs.NONE)


@pytest.mark.parametrize(
    ("inside", "around", "signs"),
    [(2, 6, Signs.WEAK), (1, 8, Signs.FOUND), (8, 1, Signs.NONE)],
    ids=["a third", "an eighth", "more, as before a background out of focus"],
)
def test_a_face_with_less_grain_gives_signs(inside: float, around: float, signs: Signs) -> None:
    cue = seam_cue(with_face(grainy(inside), grainy(around), oval()))
    assert cue.signs is signs, cue


def test_without_grain_or_without_skin_nothing_is_said() -> None:
    flat = np.full((480, 640, 3), 128, np.uint8)
    assert seam_cue(parts_of(flat, oval())).signs is Signs.INCONCLUSIVE
    assert seam_cue(parts_of(grainy(6), oval(width=14))).signs is Signs.INCONCLUSIVE


def test_the_map_is_red_where_there_is_more_grain_and_blue_where_there_is_less() -> None:
    points = oval()
    for inside, around, more in ((9.0, 3.0, 2), (3.0, 9.0, 0)):
        parts = with_face(grainy(inside), grainy(around), points)
        image = np.full((480, 640, 3), 128, np.uint8)
        drawn = heat_map(image, [parts])
        assert drawn.shape == image.shape
        x, y = points[30].astype(int)
        middle = drawn[y - 20 : y + 20, x - 20 : x + 20].reshape(-1, 3).mean(axis=0)
        assert middle.argmax() == more, middle
        assert (drawn[:20, :20] == 128).all()


@pytest.mark.parametrize("way", ["pasted", "poisson", "painted"])
def test_a_face_of_another_photograph_takes_its_place(way: str) -> None:
    target, source = grainy(3), np.full((480, 640, 3), 60, np.uint8)
    source[:, :, 2] += RANDOM.integers(0, 40, (480, 640), np.uint8)
    done = splice(target, oval(), source, oval(300), way)
    assert done.shape == target.shape
    assert (done[:40] == target[:40]).all()
    x, y = oval()[30].astype(int)
    assert (done[y - 5 : y + 5, x - 5 : x + 5] != target[y - 5 : y + 5, x - 5 : x + 5]).any()


def test_an_identity_that_jumps_from_look_to_look_is_found_and_one_that_stays_is_not() -> None:
    steady = RANDOM.normal(0, 0.01, (20, 128)).astype(np.float32)
    assert drift_cue(steady, tolerance=0.6).signs is Signs.NONE
    jumping = steady.copy()
    jumping[::2, 0] += 0.7
    assert drift_cue(jumping, tolerance=0.6).signs is Signs.FOUND
    assert drift_cue(steady[:7], tolerance=0.6).signs is Signs.INCONCLUSIVE


def test_landmarks_that_shake_within_a_still_head_are_a_sign_and_a_moving_head_is_none() -> None:
    still = np.repeat(oval()[None], 20, axis=0)
    assert tremble_cue(still).signs is Signs.NONE
    shaking = still + RANDOM.normal(0, 5, still.shape).astype(np.float32)
    assert tremble_cue(shaking).signs is Signs.FOUND
    nodding = still + np.array([0, 30], np.float32) * np.sin(np.arange(20))[:, None, None]
    assert tremble_cue(nodding.astype(np.float32)).signs is Signs.NONE
    assert tremble_cue(still[:5]).signs is Signs.INCONCLUSIVE


def saved(image_bgr: Image, **how: Pillow.Exif) -> bytes:
    sink = io.BytesIO()
    Pillow.fromarray(image_bgr[:, :, ::-1]).save(sink, "JPEG", **how)
    return sink.getvalue()


def exif(**tags: str) -> Pillow.Exif:
    made = Pillow.Exif()
    for name, value in tags.items():
        made[{"make": 0x010F, "software": 0x0131}[name]] = value
    return made


def test_the_file_may_name_its_camera_an_editor_or_a_generator() -> None:
    image = grainy(6, (64, 48))
    cases = {
        saved(image): Signs.INCONCLUSIVE,
        saved(image, exif=exif(make="Canon")): Signs.NONE,
        saved(image, exif=exif(make="Canon", software="GIMP 2.10")): Signs.INCONCLUSIVE,
        saved(image, exif=exif(software="Stable Diffusion XL")): Signs.FOUND,
        b"GIF89a, or what is left of it": Signs.WEAK,
    }
    for content, signs in cases.items():
        assert metadata_cue(content, image).signs is signs


def test_a_small_picture_inside_the_file_that_shows_something_else_is_found() -> None:
    photograph = np.zeros((96, 128, 3), np.uint8)
    photograph[:48, 64:], photograph[48:, :64], photograph[48:, 64:] = 200, 100, 50
    other = np.asarray(255 - photograph, np.uint8)
    content = saved(photograph)
    for thumbnail, signs in ((photograph, Signs.INCONCLUSIVE), (other, Signs.FOUND)):
        small = saved(np.asarray(cv2.resize(thumbnail, (32, 24)), np.uint8))
        head = b"\xff\xe1" + (len(small) + 8).to_bytes(2, "big") + b"Exif\0\0"
        assert metadata_cue(content[:2] + head + small + content[2:], photograph).signs is signs


def test_a_picture_without_claims_says_that_and_one_with_broken_claims_is_a_sign(
    data: Path,
) -> None:
    pytest.importorskip("c2pa")
    content = (data / "families" / "Family1-Dad1.jpg").read_bytes()
    cue = claims_cue(content)
    assert isinstance(cue, Cue)
    assert cue.signs is Signs.INCONCLUSIVE
    assert isinstance(claims_cue(b"BM no claims in a bitmap"), NotLookedAt)


@pytest.mark.parametrize(
    ("store", "signs"),
    [
        ({"validation_state": "Invalid", "manifests": {}}, Signs.FOUND),
        ({"validation_state": "Valid", "manifests": {"a": {"assertions": [
            {"data": {"actions": [{"digitalSourceType": "http://cv.iptc.org/newscodes/"
             "digitalsourcetype/trainedAlgorithmicMedia"}]}}]}}}, Signs.FOUND),
        ({"validation_state": "Trusted", "manifests": {"a": {"title": "x.jpg"}}}, Signs.NONE),
    ],
)  # fmt: skip
def test_the_report_of_the_reference_library_is_judged(
    store: dict[str, object], signs: Signs
) -> None:
    assert claims.judged(store).signs is signs


def test_the_verdict_is_that_of_the_strongest_cue_and_there_is_no_word_for_genuine() -> None:
    def cue(signs: Signs) -> Cue:
        return Cue("seam", signs, None, "")

    for signs, together in (
        ([Signs.NONE, Signs.WEAK, Signs.FOUND], Signs.FOUND),
        ([Signs.INCONCLUSIVE, Signs.WEAK, Signs.NONE], Signs.WEAK),
        ([Signs.INCONCLUSIVE, Signs.NONE], Signs.NONE),
        ([Signs.INCONCLUSIVE], Signs.INCONCLUSIVE),
        ([], Signs.INCONCLUSIVE),
    ):
        assert verdict_on([cue(one) for one in signs]).signs is together
    assert "real" not in {signs.value for signs in Signs}
    assert [graded(x, 1.0, 2.0) for x in (0.9, 1.0, 2.0)] == [Signs.NONE, Signs.WEAK, Signs.FOUND]
