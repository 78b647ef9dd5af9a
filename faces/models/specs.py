"""How the networks of the registry are fed, and what their numbers mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from lookout.faces.errors import ModelError
from lookout.faces.models.fields import Fields

Metric = Literal["cosine", "euclidean"]
Order = Literal["bgr", "rgb"]
Layout = Literal["nchw", "nhwc"]
Scale = float | tuple[float, float, float]

LEAST_MARGIN, MOST_MARGIN = 1.0, 3.0
"""How many times its own size the box of a face may be cut out."""


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """How an encoder's network is fed and how its output is compared.

    template_xy: five points (viewer's left eye, right eye, nose tip, left and right mouth corner)
                 as fractions of the input's side: what `faces.align` fits a face to. Empty for a
                 network that takes the box of a face.
    margin:      for such a network: how many times its size the box, made square, is cut out.
    standardize: each chip's own mean and deviation are taken out of it, after `mean` and `scale`.
    threshold:   in the metric's own unit: two encodings are usually of one person at a cosine of
                 at least this, or at a Euclidean distance of at most this.
    """

    dimension: int
    input_px: int
    order: Order
    layout: Layout
    mean: tuple[float, float, float]
    scale: Scale
    template_xy: tuple[tuple[float, float], ...]
    metric: Metric
    threshold: float
    margin: float = 0.0
    standardize: bool = False

    @property
    def tolerance(self) -> float:
        """The threshold as a Euclidean distance; d² = 2 − 2·cos for unit vectors."""
        if self.metric == "euclidean":
            return self.threshold
        return float((2.0 - 2.0 * self.threshold) ** 0.5)


@dataclass(frozen=True, slots=True)
class DeepfakeSpec:
    """How a classifier of made faces is fed and what its outputs mean.

    classes:    the names of its outputs in their order, of which one softmax is taken; empty for a
                network with one output, the logit of a made face.
    made:       those of `classes` that mean a made face.
    threshold:  the share from which there are weak signs.
    evaluation: what its maker or others published of its error, on unseen forgeries above all.
    """

    input_px: int
    order: Order
    layout: Layout
    mean: tuple[float, float, float]
    scale: Scale
    margin: float
    classes: tuple[str, ...]
    made: tuple[str, ...]
    threshold: float
    evaluation: str
    standardize: bool = False


@dataclass(frozen=True, slots=True)
class AttributesSpec:
    """How a network that estimates age or gender is fed and what its outputs mean.

    outputs:   the names of its numbers in their order: `age`, and `female` and `male`, of which one
               softmax is taken; others are passed over.
    age_scale: years for each unit of `age`.
    """

    input_px: int
    order: Order
    layout: Layout
    mean: tuple[float, float, float]
    scale: Scale
    margin: float
    outputs: tuple[str, ...]
    age_scale: float
    standardize: bool = False


def parse_attributes(owner: str, table: object) -> AttributesSpec:
    """Raises ModelError that names the wrong field."""
    fields = Fields(f"{owner}.attributes", table)
    outputs = fields.texts("outputs")
    if ("female" in outputs) != ("male" in outputs) or not {"age", "female"} & set(outputs):
        raise ModelError(f"model {owner}: outputs must name age, or female and male, or all three")
    margin = fields.take("margin", float, 1.5)
    _check_margin(owner, margin)
    return AttributesSpec(
        input_px=_input_px(owner, fields),
        order=_order(fields),
        layout=_layout(fields),
        mean=_mean(owner, fields),
        scale=_scale(owner, fields),
        margin=margin,
        outputs=outputs,
        age_scale=fields.take("age_scale", float, 1.0),
    )


def parse_encoder(owner: str, table: object) -> EncoderSpec:
    """Raises ModelError that names the wrong field."""
    fields = Fields(f"{owner}.encoder", table)
    margin = fields.take("margin", float, 0.0)
    template = _template(owner, fields, optional=margin > 0)
    if template and margin:
        raise ModelError(f"model {owner}: give template_xy or margin, not both")
    if margin:
        _check_margin(owner, margin)
    dimension = fields.take("dimension", int)
    if not 1 <= dimension <= 65536:
        raise ModelError(f"model {owner}: dimension {dimension} is absurd")
    return EncoderSpec(
        dimension=dimension,
        input_px=_input_px(owner, fields),
        order=_order(fields),
        layout=_layout(fields),
        mean=_mean(owner, fields),
        scale=_scale(owner, fields),
        template_xy=template,
        metric=cast(Metric, fields.choose("metric", ("cosine", "euclidean"))),
        threshold=fields.take("threshold", float),
        margin=margin,
        standardize=fields.take("standardize", bool, False),
    )


def parse_deepfake(owner: str, table: object) -> DeepfakeSpec:
    """Raises ModelError that names the wrong field."""
    fields = Fields(f"{owner}.deepfake", table)
    classes, made = fields.texts("classes", []), fields.texts("made", [])
    if (classes and not set(made) < set(classes)) or bool(classes) != bool(made):
        raise ModelError(f"model {owner}: made must be some of classes, and not all")
    threshold = fields.take("threshold", float, 0.5)
    if not 0.0 < threshold < 1.0:
        raise ModelError(f"model {owner}: threshold must lie between 0 and 1, got {threshold}")
    evaluation = fields.take("evaluation", str)
    if len(evaluation.strip()) < 20:
        raise ModelError(
            f"model {owner}: evaluation must say what is published of its error on unseen "
            "forgeries, or that nothing is"
        )
    margin = fields.take("margin", float, 1.3)
    _check_margin(owner, margin)
    return DeepfakeSpec(
        input_px=_input_px(owner, fields),
        order=_order(fields),
        layout=_layout(fields),
        mean=_mean(owner, fields),
        scale=_scale(owner, fields),
        margin=margin,
        classes=classes,
        made=made,
        threshold=threshold,
        evaluation=evaluation.strip(),
    )


def _template(owner: str, fields: Fields, *, optional: bool) -> tuple[tuple[float, float], ...]:
    points = fields.take("template_xy", list, [] if optional else None)
    if not points and optional:
        return ()
    if len(points) != 5 or not all(isinstance(p, list) and len(p) == 2 for p in points):
        raise ModelError(f"model {owner}: template_xy must be five pairs of numbers")
    template = tuple((float(x), float(y)) for x, y in points)
    if not all(0.0 <= v <= 1.0 for point in template for v in point):
        raise ModelError(f"model {owner}: template_xy must be fractions of the side, 0 to 1")
    return template


def _check_margin(owner: str, margin: float) -> None:
    if not LEAST_MARGIN <= margin <= MOST_MARGIN:
        raise ModelError(
            f"model {owner}: margin must lie between {LEAST_MARGIN:g} and {MOST_MARGIN:g}"
        )


def _input_px(owner: str, fields: Fields) -> int:
    input_px: int = fields.take("input_px", int)
    if not 8 <= input_px <= 2048:
        raise ModelError(f"model {owner}: input_px {input_px} is absurd")
    return input_px


def _order(fields: Fields) -> Order:
    return cast(Order, fields.choose("order", ("bgr", "rgb")))


def _layout(fields: Fields) -> Layout:
    return cast(Layout, fields.choose("layout", ("nchw", "nhwc"), "nchw"))


def _mean(owner: str, fields: Fields) -> tuple[float, float, float]:
    mean = fields.numbers("mean", [0.0, 0.0, 0.0])
    if len(mean) != 3:
        raise ModelError(f"model {owner}: mean must have 3 numbers, got {len(mean)}")
    return mean[0], mean[1], mean[2]


def _scale(owner: str, fields: Fields) -> Scale:
    try:
        return float(fields.take("scale", float, 1.0))
    except ModelError:
        scale = fields.numbers("scale")
    if len(scale) != 3:
        raise ModelError(f"model {owner}: scale must be a number or 3, got {len(scale)}")
    return scale[0], scale[1], scale[2]
