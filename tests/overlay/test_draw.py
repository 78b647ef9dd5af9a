"""Drawing on a real portrait: forms, names in many scripts, labels that stay readable."""

from __future__ import annotations

import logging
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont
from skimage.data import astronaut

from lookout.overlay import draw_faces, draw_notice
from lookout.overlay.draw import MOST_FRAMES, letter_size
from lookout.overlay.fonts import BUILT_IN, PLACEHOLDER, FontBook, system_fonts
from lookout.overlay.frames import COLOURS
from lookout.overlay.place import place_labels
from lookout.overlay.plates import LONGEST, clean, figure_plate, name_plate
from lookout.wire.records import Face, FaceState

EILEEN = (170.0, 60.0, 280.0, 190.0)


def portrait() -> np.ndarray:
    return np.ascontiguousarray(astronaut()[:, :, ::-1])


def drawn(*faces: Face) -> np.ndarray:
    """The pixels that changed, (512, 512) bool."""
    image_bgr = portrait()
    draw_faces(image_bgr, faces)
    return np.asarray((image_bgr != portrait()).any(axis=2))


def painted_share(state: FaceState) -> float:
    """The share of the box's outline that the frame covers, the label left out of it."""
    image_bgr = portrait()
    draw_faces(image_bgr, [Face(EILEEN, state, "Eileen")])
    colour = np.array(COLOURS[state])
    near = (np.abs(image_bgr.astype(int) - colour).max(axis=2) < 40)[60:191, 170:281]
    return float((near[:, 0].mean() + near[:, -1].mean() + near[-1].mean()) / 3)


def test_the_three_states_differ_in_form_and_not_only_in_colour() -> None:
    known, unknown, unsure = (
        painted_share(state) for state in (FaceState.KNOWN, FaceState.UNKNOWN, FaceState.UNSURE)
    )
    assert known > 0.9, "a whole line"
    assert 0.35 < unknown < 0.75, "dashes"
    assert 0.2 < unsure < 0.55, "corners alone"
    assert len({COLOURS[state] for state in FaceState}) == 3


def test_the_face_itself_is_left_free() -> None:
    changed = drawn(Face(EILEEN, FaceState.KNOWN, "Eileen", 0.31))
    assert changed[30:60, 170:230].mean() > 0.8, "the label above the box"
    assert not changed[66:184, 176:274].any()


@pytest.mark.parametrize(
    "name", ["José", "Zoë Ångström", "Нина", "Ελένη", "عمر", "Nguyễn Thị Minh", "Łukasz"]
)
def test_a_name_is_drawn_in_its_own_letters(name: str) -> None:
    assert PLACEHOLDER not in "".join(run.text for run in system_fonts().runs(name))
    plate = name_plate(name, 15, 300, COLOURS[FaceState.KNOWN], True)
    other = name_plate(name[:-1], 15, 300, COLOURS[FaceState.KNOWN], True)
    assert plate.width > other.width


def a_font_without_cyrillic(tmp_path: Path) -> FontBook:
    """Only Pillow's own font, which has Latin letters alone."""
    return FontBook([tmp_path])


def test_letters_that_no_font_has_become_one_placeholder_and_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    book = a_font_without_cyrillic(tmp_path)
    runs = book.runs("Нина A")
    assert [run.path for run in runs] == [BUILT_IN]
    assert runs[0].text == f"{PLACEHOLDER} A"
    warned = [r for r in caplog.records if r.levelno == logging.WARNING]
    assert len(warned) == 1
    assert "CYRILLIC" in caplog.text
    assert "sudo apt install" in caplog.text


def test_an_emoji_that_no_font_has_is_left_out_beside_a_name(tmp_path: Path) -> None:
    book = a_font_without_cyrillic(tmp_path)
    assert "".join(run.text for run in book.runs("Zoe🫠")) == "Zoe"


def test_a_file_that_is_no_font_is_passed_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "DejaVuSans.ttf").write_bytes(b"no font")
    assert FontBook([tmp_path]).runs("Ada")[0].path == BUILT_IN
    assert "cannot be read" in caplog.text


def test_each_letter_gets_a_font_that_has_it(tmp_path: Path) -> None:
    dejavu = next(
        (run.path for run in system_fonts().runs("Нина") if run.path.name.startswith("DejaVu")),
        None,
    )
    if dejavu is None:
        pytest.skip("this machine has no DejaVu font; apt install fonts-dejavu-core")
    shutil.copy(dejavu, tmp_path / "DejaVuSans.ttf")
    runs = FontBook([tmp_path]).runs("Нина")
    assert [run.path.name for run in runs] == ["DejaVuSans.ttf"]
    assert isinstance(FontBook([tmp_path]).open(runs[0].path, 14), ImageFont.FreeTypeFont)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Jose\u0301", "José"),
        ("two\nlines\ttabs", "two lines tabs"),
        ("\u202egnp.exe", "gnp.exe"),
        ("  padded  ", "padded"),
        ("x" * 5000, "x" * LONGEST),
    ],
)
def test_a_name_from_the_wire_is_cleaned_before_it_is_drawn(name: str, shown: str) -> None:
    assert clean(name) == shown


def test_a_long_name_is_shortened_to_the_width_it_may_have() -> None:
    name = "Anne-Marie Élodie de la Fontaine-Bourgogne"
    whole = name_plate(name, 15, 2000, (0, 0, 0), True)
    short = name_plate(name, 15, 150, (0, 0, 0), True)
    assert short.width <= 150 < whole.width
    assert short.width > 120, "as much of the name as fits"


@pytest.mark.parametrize("size_wh", [(320, 240), (640, 480), (1920, 1080)])
def test_labels_stay_inside_the_picture_and_off_each_other(size_wh: tuple[int, int]) -> None:
    width, height = size_wh
    size_px = letter_size(width, height)
    names = ["Ada", "Grace", "Катя", "Eve", "Mei"]
    labels = [
        (
            name_plate(name, size_px, width, (0, 0, 0), False).width
            + figure_plate("0.42", size_px).width,
            round(size_px * 1.65),
        )
        for name in names
    ]
    side = height // 6
    corners = [(0, 0), (width - side, 0), (0, height - side), (width - side, height - side)]
    boxes = [(x, y, x + side, y + side) for x, y in [*corners, (side, 0)]]
    places = place_labels(boxes, labels, size_wh, gap=3)
    taken = np.zeros((height, width), int)
    for (x, y), (w, h) in zip(places, labels, strict=True):
        assert x >= 0
        assert y >= 0
        assert x + w <= width
        assert y + h <= height
        taken[y : y + h, x : x + w] += 1
    assert taken.max() == 1


@pytest.mark.parametrize(
    "box",
    [
        (-50.0, -50.0, 60.0, 60.0),
        (450.0, 450.0, 900.0, 900.0),
        (-1e30, -1e30, 1e30, 1e30),
        (100.0, 100.0, 102.0, 102.0),
    ],
    ids=["top left", "bottom right", "enormous", "tiny"],
)
@pytest.mark.parametrize("state", list(FaceState))
def test_a_box_that_reaches_outside_is_drawn_where_it_shows(
    box: tuple[float, float, float, float], state: FaceState
) -> None:
    assert drawn(Face(box, state, "Eileen", 99.0)).any()


@pytest.mark.parametrize(
    "box", [(600.0, 0.0, 700.0, 90.0), (10.0, -90.0, 90.0, -1.0), (50.0, 50.0, 40.0, 90.0)]
)
def test_a_box_outside_the_picture_or_inside_out_is_left_out(
    box: tuple[float, float, float, float],
) -> None:
    assert not drawn(Face(box, FaceState.KNOWN, "Eileen")).any()


def test_no_faces_leave_the_picture_as_it_is() -> None:
    assert not drawn().any()


def test_a_notice_is_a_plate_at_the_bottom_of_the_picture() -> None:
    image_bgr = portrait()
    draw_notice(image_bgr, "recognition offline")
    changed = (image_bgr != portrait()).any(axis=2)
    assert changed[470:490].any()
    assert not changed[:460].any()


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((10, 10), np.uint8),
        np.zeros((10, 10, 4), np.uint8),
        np.zeros((10, 10, 3), np.float32),
        np.zeros((10, 10, 3), np.uint8)[:, ::2],
    ],
    ids=["grey", "four channels", "floats", "a view with steps"],
)
def test_a_picture_of_another_kind_is_refused_with_its_shape(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="image_bgr is a writeable"):
        draw_faces(image, [])


def crowd(count: int, letter: str) -> list[Face]:
    """Faces all over the picture, each with a name of its own of 60 letters."""
    return [
        Face(
            (x := float(n * 37 % 480), y := float(n * 53 % 480), x + 30, y + 30),
            FaceState.KNOWN,
            f"{n} " + "".join(chr(ord(letter) + (n * 60 + i) % 2000) for i in range(60)),
            0.3,
            n,
        )
        for n in range(count)
    ]


def test_a_crowd_is_drawn_within_bounds_whatever_a_server_sends() -> None:
    image_bgr = portrait()
    began = time.process_time()
    draw_faces(image_bgr, crowd(1800, "a"), labels_s=0.0)
    assert time.process_time() - began < 1.0
    assert (image_bgr != portrait()).any()


def test_new_labels_stop_at_their_time_and_come_with_later_pictures() -> None:
    faces = [
        Face((40.0 + 90 * n, 60.0, 100.0 + 90 * n, 140.0), FaceState.KNOWN, f"Guest {n}", None, n)
        for n in range(5)
    ]
    reads: list[float] = []

    def clock() -> float:
        reads.append(0.0)
        return float(len(reads))  # one second passes with each reading of the clock

    def picture(labels_s: float) -> int:
        reads.clear()
        image_bgr = portrait()
        draw_faces(image_bgr, faces, labels_s, clock)
        return int((image_bgr != portrait()).any(axis=2).sum())

    changed = [picture(seconds) for seconds in (0.0, 2.0, 100.0)]
    assert changed[0] < changed[1] < changed[2]


def test_of_too_many_faces_the_largest_are_drawn() -> None:
    small = [Face((5.0, 5.0, 15.0, 15.0), FaceState.UNKNOWN, track=n) for n in range(MOST_FRAMES)]
    changed = drawn(*small, Face((200.0, 200.0, 400.0, 400.0), FaceState.KNOWN, "Ada", track=999))
    assert changed[200:400, 195:205].any()
