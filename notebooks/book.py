"""What the chapters share: pictures to look at, people to count, and figures.

Each chapter is a plain Python script in cells (`# %%`). It runs with `python notebooks/NAME.py`, in
Jupyter (with jupytext: open the file as a notebook), and `python tools/book.py` makes a page of the
documentation of it. As a script it writes its figures into results/book/.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import matplotlib as mpl
import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))  # benchmarks/ lies beside the chapters and is in no wheel

from benchmarks.support import encodings as kept_encodings  # noqa: E402
from benchmarks.support.arguments import evenly  # noqa: E402
from benchmarks.support.pairs import Portrait, read_portraits  # noqa: E402
from benchmarks.support.portraits import faces_of  # noqa: E402
from lookout.edge.cameras.demo import portrait  # noqa: E402
from lookout.faces.detections import Detections, Floats, Image  # noqa: E402
from lookout.faces.engine import open_detector, open_encoder  # noqa: E402
from lookout.faces.errors import BadImage  # noqa: E402
from lookout.faces.gallery.gallery import Gallery  # noqa: E402
from lookout.faces.photo.picture import read_file, read_picture  # noqa: E402
from lookout.faces.protocols import Detector, Encoder  # noqa: E402

FAST = bool(os.environ.get("LOOKOUT_NOTEBOOK_FAST"))
"""Small lists, as the tests have them: everything runs, and the figures mean little."""
FAST_PEOPLE = 32
PICTURES = Path(os.environ.get("LOOKOUT_BOOK_PICTURES", HERE / "pictures"))
FIGURES = ROOT / "results" / "book"
kept_encodings.RESULTS = ROOT / "results"  # type: ignore[attr-defined]  # it is imported there
GREEN, ORANGE, GREY, BLUE = "#0b6e4f", "#d1662b", "#8a8f98", "#2f6db5"
INK = "#30343a"

mpl.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402

plt.rcParams.update(
    {
        "figure.dpi": 40 if FAST else 150,
        "font.size": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": INK,
        "axes.labelcolor": INK,
        "axes.titlesize": 10,
        "axes.titlecolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "text.color": INK,
        "legend.frameon": False,
        "axes.prop_cycle": mpl.rcsetup.cycler(color=[GREEN, ORANGE, BLUE, GREY]),
    }
)

# ------------------------------------------------------------------------------------ pictures


def astronaut() -> Image:
    """NASA's portrait of Eileen Collins, (512, 512, 3) BGR: the picture that everybody has."""
    return portrait()


def your_pictures() -> dict[str, list[Image]]:
    """What you have put into notebooks/pictures/: a folder for each person, as for `lookout train`.

    Git ignores that folder, and no page of the documentation is made with it.
    """
    found: dict[str, list[Image]] = {}
    for folder in sorted(PICTURES.iterdir()) if PICTURES.is_dir() else []:
        if not folder.is_dir():
            continue
        for file in sorted(folder.iterdir()):
            try:
                found.setdefault(folder.name, []).append(read_picture(read_file(file)).image_bgr)
            except BadImage as error:
                print(f"left out {file.name}: {error}")
    return found


# -------------------------------------------------------------------------------- the networks


@cache
def detector() -> Detector:
    """The best that is here: YuNet, or the smaller one that comes in the wheel of `models`."""
    return open_detector("auto", "cpu")


@cache
def encoder(name: str = "sface") -> Encoder:
    return open_encoder(name, "cpu")


def find(image_bgr: Image) -> Detections:
    """The faces in one picture."""
    return detector().detect([image_bgr])[0]


def encode(image_bgr: Image, name: str = "sface") -> Floats | None:
    """(D,) the encoding of the best face; None if there is no face."""
    faces = find(image_bgr)
    if not len(faces):
        return None
    one = faces.take(np.array([0], np.intp))
    return np.asarray(encoder(name).encode(encoder(name).align(image_bgr, one))[0], np.float32)


# --------------------------------------------------------------------------------- many people


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Some who are enrolled with one photograph each, others of them, and strangers.

    probes, strangers: (N, D) and (S, D) encodings of the faces that were found. whose: N names.
    photograph: N numbers; the same photograph has the same number however it was spoilt.
    missed, missed_strangers: how many pictures of each kind showed no face.
    """

    gallery: Gallery
    probes: Floats
    whose: tuple[str, ...]
    photograph: tuple[int, ...]
    strangers: Floats
    missed: int
    missed_strangers: int
    real: bool

    @property
    def own(self) -> npt.NDArray[np.intp]:
        """(N,) the row of the gallery that is the probe's own person."""
        row = {name: index for index, name in enumerate(self.gallery.names)}
        return np.array([row[name] for name in self.whose], np.intp)

    def trials(self) -> tuple[Numbers, npt.NDArray[np.intp], Numbers]:
        """(N, P) the distances of all probes to everybody, the column of each one's own person, and
        (S, P) of all strangers. A face that was not found is infinitely far from everybody."""
        mated, others = self.gallery.distances(self.probes), self.gallery.distances(self.strangers)
        return (
            _with_lost(mated, self.missed),
            np.append(self.own, np.zeros(self.missed, np.intp)),
            _with_lost(others, self.missed_strangers),
        )


def _with_lost(distances: Floats, lost: int) -> Numbers:
    nowhere = np.full((lost, distances.shape[1]), np.inf)
    return np.concatenate([distances.astype(np.float64), nowhere])


def people(count: int, shown: int, encoder_name: str = "sface", recipe: str = "none") -> People:
    """`count` enrolled people, `shown` probes of them and as many of strangers, spoilt by `recipe`.

    Photographs of LFW where they are, in the folder that LOOKOUT_TEST_DATA names. Elsewhere made-up
    encodings: they behave about as those of a good network do, and prove nothing.
    """
    if FAST:
        count, shown = min(count, FAST_PEOPLE), min(shown, FAST_PEOPLE)
    lfw = Path(os.environ.get("LOOKOUT_TEST_DATA", ROOT.parent / "shared" / "data")) / "lfw"
    if not (lfw / "identify_dev.csv").is_file():
        print(
            "LFW is not here, so these people are made up, and the figures below prove nothing. "
            "LOOKOUT_TEST_DATA names the folder in which lfw/ lies."
        )
        return _made_up(count, shown, encoder_name, recipe)
    portraits = read_portraits(lfw / "identify_dev.csv", lfw)
    enrolled = evenly([p for p in portraits if p.role == "gallery"], count)
    names = {p.identity for p in enrolled}
    own = evenly([p for p in portraits if p.role == "probe" and p.identity in names], shown)
    strangers = evenly([p for p in portraits if p.role == "stranger"], shown)
    known, known_names, _ = _encoded(enrolled, encoder_name, "none")
    gallery = Gallery(known, known_names, encoder_name)
    own = [p for p in own if p.identity.replace("_", " ") in known_names]
    probes, whose, which = _encoded(own, encoder_name, recipe)
    others, _, found = _encoded(strangers, encoder_name, recipe)
    lost, lost_too = len(own) - len(which), len(strangers) - len(found)
    return People(gallery, probes, whose, which, others, lost, lost_too, True)


def _encoded(
    portraits: Sequence[Portrait], encoder_name: str, recipe: str
) -> tuple[Floats, tuple[str, ...], tuple[int, ...]]:
    """The faces that were found, whose they are, and in which of the pictures.

    They are kept in results/, so only the first chapter that wants them has to wait.
    """
    faces = faces_of(portraits, detector(), encoder(encoder_name), recipe, "cpu")
    which = tuple(index for index, one in enumerate(faces.encodings) if one is not None)
    found = [faces.encodings[index] for index in which]
    rows = np.array(found, np.float32).reshape(-1, encoder(encoder_name).dimension)
    return rows, tuple(faces.names[index].replace("_", " ") for index in which), which


def _made_up(count: int, shown: int, encoder_name: str, recipe: str) -> People:
    """Unit vectors: a direction for each person, and every photograph a step away from it. The
    steps are longer in bad light."""
    random = np.random.default_rng(1)
    dimension, used = encoder(encoder_name).dimension, 60
    step = 0.45 if recipe == "none" else 0.75

    def photographs(of: Floats) -> Floats:
        noise = random.normal(size=of.shape).astype(np.float32)
        noise *= step / np.linalg.norm(noise, axis=1, keepdims=True)
        vectors = np.zeros((len(of), dimension), np.float32)
        vectors[:, :used] = of + noise
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    def directions(number: int) -> Floats:
        found = random.normal(size=(number, used)).astype(np.float32)
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)

    centres = directions(count)
    names = tuple(f"person {index + 1}" for index in range(count))
    of = np.arange(shown) % count
    return People(
        Gallery(photographs(centres), names, encoder_name),
        photographs(centres[of]),
        tuple(names[index] for index in of),
        tuple(range(shown)),
        photographs(directions(shown)),
        0,
        0,
        False,
    )


# ------------------------------------------------------------------------------------- figures


def canvas(rows: int = 1, columns: int = 1, height: float = 3.2) -> tuple[Any, Any]:
    """A figure as wide as a page, and its plots: one, a row, or rows of them."""
    layout = None if FAST else "constrained"
    return plt.subplots(rows, columns, figsize=(6.6, height), layout=layout)


def picture(plot: Any, image_bgr: Image, title: str = "") -> None:
    """Shows a picture, whose channels are blue, green, red, without axes."""
    plot.imshow(cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGB))
    plot.set_title(title)
    plot.axis("off")


def show(figure: Any, caption: str) -> None:
    """Shows a figure in Jupyter and on the page; a script writes it into results/book/."""
    content = io.BytesIO()
    figure.savefig(content, format="png")
    plt.close(figure)
    if "ipykernel" in sys.modules:
        from IPython.display import Image as Shown
        from IPython.display import Markdown, display

        display(Shown(content.getvalue(), width=660, alt=caption))
        display(Markdown(f"*{caption}*"))
        return
    FIGURES.mkdir(parents=True, exist_ok=True)
    stem = Path(sys.argv[0]).stem
    number = _numbers[stem] = _numbers.get(stem, 0) + 1
    file = FIGURES / f"{stem}-{number}.png"
    file.write_bytes(content.getvalue())
    print(f"[figure] {file.relative_to(ROOT)}: {caption}")


_numbers: dict[str, int] = {}
