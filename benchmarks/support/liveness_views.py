"""Views of presentations as liveness sees them, and the rules that judge them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from tqdm import tqdm

from benchmarks.support.presentations import Presentation, Shown
from lookout.faces.detections import Floats
from lookout.faces.liveness.floor import reasons_against
from lookout.faces.liveness.minifasnet import LIVE, live_logit
from lookout.faces.liveness.open import NETWORKS
from lookout.faces.liveness.passive import RIM_COST, THRESHOLD, PassiveLiveness, mean_logit
from lookout.faces.liveness.sheet import FRAMED, framed
from lookout.faces.liveness.track import MAX_LOOKS, TrackLiveness
from lookout.faces.liveness.verdict import MARGIN
from lookout.faces.photo.quality import view_of
from lookout.faces.protocols import Detector

WEIGHTS = tuple(weight for _, _, weight in NETWORKS)
SPOOF = -10.0
"""The score of a face that moves as a picture does."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What a frame shows. weight: as a look has it; logits: (networks, 3), empty where the view
    shows nothing; framed: a rim surrounds the face; still: it has not moved at all so far;
    carried: what surrounds it has moved with it."""

    presentation: Presentation
    weight: float = 0.0
    logits: Floats = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    framed: bool = False
    still: bool = False
    carried: bool = False


Score = Callable[[View], float]
"""From a view to a score, which is higher for a live face."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A way to judge: the score of a view, what is called live and spoof, and which ways to move
    (`still`, `carried`) make a spoof of a track."""

    name: str
    score: Score
    live_from: float = THRESHOLD + MARGIN
    spoof_to: float = THRESHOLD - MARGIN
    moves: tuple[str, ...] = ()


USUAL = Rule("mean share after softmax, 0.5", lambda view: _share_of_live(view.logits), 0.5, 0.5)
PRODUCT = Rule(
    "the product: all of these", lambda view: _with_rim(view), moves=("still", "carried")
)
RULES = (
    USUAL,
    Rule("MiniFASNetV2", lambda view: live_logit(view.logits[0])),
    Rule("MiniFASNetV1SE", lambda view: live_logit(view.logits[1])),
    Rule("both networks alike", lambda view: mean_logit(list(view.logits), (1.0, 1.0))),
    Rule("both networks", lambda view: mean_logit(list(view.logits), WEIGHTS)),
    Rule("both and rim", lambda view: _with_rim(view)),
    Rule(
        "both and stillness", lambda view: mean_logit(list(view.logits), WEIGHTS), moves=("still",)
    ),
    Rule(
        "both and carried", lambda view: mean_logit(list(view.logits), WEIGHTS), moves=("carried",)
    ),
    PRODUCT,
)


def look_at(
    shown: Iterable[Shown], detector: Detector, model: PassiveLiveness
) -> tuple[list[View], float]:
    """A view of each picture's largest face, and the median of a core's milliseconds for both
    networks."""
    views: list[View] = []
    costs: list[float] = []
    looks, sequence, count = TrackLiveness(model.name), "", 0
    for picture in tqdm(shown, unit="picture", mininterval=1):
        if sequence != picture.presentation.sequence or count % MAX_LOOKS == 0:
            looks, sequence, count = TrackLiveness(model.name), picture.presentation.sequence, 0
        count += 1
        (found,) = detector.detect([picture.image_bgr])
        if not len(found):
            views.append(View(picture.presentation))
            continue
        box = np.asarray(found.largest(1).box_xyxy[0], np.float32)
        looks = looks.moved(picture.image_bgr, box, picture.time_s)
        view, cost_s = _view(picture, box, looks, model)
        views.append(view)
        costs += [] if cost_s is None else [cost_s]
    return views, float(np.median(costs) * 1e3) if costs else 0.0


def _view(
    picture: Shown, box: Floats, looks: TrackLiveness, model: PassiveLiveness
) -> tuple[View, float | None]:
    image_bgr = picture.image_bgr
    quality = view_of(image_bgr, box)
    if reasons_against(image_bgr, box, quality):
        return View(picture.presentation, quality.weight), None
    began_s = time.process_time()
    logits = np.stack([network.logits(image_bgr, box) for network in model.networks])
    cost_s = time.process_time() - began_s
    rim = framed(image_bgr, box) >= FRAMED
    return View(
        picture.presentation, quality.weight, logits, rim, looks.is_still, looks.is_carried
    ), cost_s


def score_of(group: Sequence[View], rule: Rule) -> float:
    """The mean of the group's scores by weight; NaN where nothing was seen."""
    seen = [(view.weight, rule.score(view)) for view in group if len(view.logits)]
    if seen and any(getattr(view, move) for view in group for move in rule.moves):
        return SPOOF
    weight = sum(weight for weight, _ in seen)
    return sum(weight * score for weight, score in seen) / weight if weight else float("nan")


def _with_rim(view: View) -> float:
    return mean_logit(list(view.logits), WEIGHTS) - (RIM_COST if view.framed else 0.0)


def _share_of_live(logits: Floats) -> float:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return float((powers / powers.sum(axis=1, keepdims=True))[:, LIVE].mean())
