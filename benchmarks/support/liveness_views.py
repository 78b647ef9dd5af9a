"""Views of presentations as the networks of liveness see them, and the rules that judge them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from tqdm import tqdm

from benchmarks.support.presentations import Presentation, frames
from lookout.faces.detections import Floats, Image
from lookout.faces.liveness.floor import reasons_against
from lookout.faces.liveness.minifasnet import LIVE, live_logit
from lookout.faces.liveness.passive import THRESHOLD, PassiveLiveness
from lookout.faces.liveness.verdict import MARGIN
from lookout.faces.photo.quality import view_of
from lookout.faces.protocols import Detector


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What the networks say of a frame. logits: (networks, 3), or None where the view shows
    nothing; weight: as a look has it."""

    presentation: Presentation
    weight: float
    logits: Floats | None


Score = Callable[[Floats], float]
"""From the logits of a view to a score, which is higher for a live face."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A way to judge: a score, and what it calls live and spoof."""

    name: str
    score: Score
    live_from: float
    spoof_to: float


def rules() -> tuple[Rule, ...]:
    """The usual rule first, ours last."""
    ours = (THRESHOLD + MARGIN, THRESHOLD - MARGIN)
    return (
        Rule("mean share after softmax, 0.5", _share_of_live, 0.5, 0.5),
        Rule("MiniFASNetV2", lambda logits: live_logit(logits[0]), *ours),
        Rule("MiniFASNetV1SE", lambda logits: live_logit(logits[1]), *ours),
        Rule("both (the product)", _mean_logit, *ours),
    )


def look_at(
    presentations: Iterable[Presentation], detector: Detector, model: PassiveLiveness
) -> tuple[list[View], float]:
    """A view of the largest face of each frame, and the median of a core's milliseconds for one."""
    views, costs = [], []
    for presentation in tqdm(list(presentations), unit="picture", mininterval=1):
        for number, image_bgr in frames(presentation):
            began_s = time.process_time()
            view, looked = _view(replace(presentation, number=number), image_bgr, detector, model)
            views.append(view)
            if looked is not None:
                costs.append(time.process_time() - began_s - looked)
    return views, float(np.median(costs) * 1e3) if costs else 0.0


def _view(
    presentation: Presentation, image_bgr: Image, detector: Detector, model: PassiveLiveness
) -> tuple[View, float | None]:
    """The view, and the seconds of processor time that finding the face took, if one was judged."""
    began_s = time.process_time()
    (found,) = detector.detect([image_bgr])
    detecting_s = time.process_time() - began_s
    if not len(found):
        return View(presentation, 0.0, None), None
    box = found.largest(1).box_xyxy[0]
    view = view_of(image_bgr, box)
    if reasons_against(image_bgr, box, view):
        return View(presentation, view.weight, None), None
    logits = np.stack([network.logits(image_bgr, box) for network in model.networks])
    return View(presentation, view.weight, logits), detecting_s


def score_of(group: Sequence[View], rule: Rule) -> float:
    """The mean of the group's scores by weight; NaN where nothing was seen."""
    seen = [(view.weight, rule.score(view.logits)) for view in group if view.logits is not None]
    weight = sum(weight for weight, _ in seen)
    return sum(weight * score for weight, score in seen) / weight if weight else float("nan")


def _mean_logit(logits: Floats) -> float:
    return float(np.mean([live_logit(of_network) for of_network in logits]))


def _share_of_live(logits: Floats) -> float:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return float((powers / powers.sum(axis=1, keepdims=True))[:, LIVE].mean())
