"""One entry of the registry: the facts of a model, checked when they are read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from lookout.faces.errors import ModelError

Metric = Literal["cosine", "euclidean"]

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_PACKAGE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_PIP = re.compile(r"(--no-deps )?[a-z0-9][a-z0-9.-]{0,63}")
_FOLDER = re.compile(r"([A-Za-z0-9_]{1,64}(/[A-Za-z0-9_]{1,64})*)?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MAX_FILE_BYTES = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model.

    url:     None where no official address serves these very bytes.
    package: the Python package in whose wheel the file comes, and in `folder` of which it lies;
             the package is never imported. None where it comes in no wheel.
    literal: the Python file there whose one bytes literal the file's content is; empty where the
             wheel has the file itself.
    pip:     what to give to `pip install` for the wheel, where that is not the package's name.
    """

    name: str
    sha256: str
    size: int
    url: str | None = None
    package: str | None = None
    folder: str = ""
    literal: str = ""
    pip: str = ""


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """How an encoder's network is fed and how its output is compared.

    template_xy: five points (viewer's left eye, right eye, nose tip, left and right mouth corner)
                 as fractions of the input's side: what `faces.align` fits a face to.
    threshold:   in the metric's own unit: two encodings are usually of one person at a cosine of
                 at least this, or at a Euclidean distance of at most this.
    """

    dimension: int
    input_px: int
    order: Literal["bgr", "rgb"]
    layout: Literal["nchw", "nhwc"]
    mean: tuple[float, float, float]
    scale: float
    template_xy: tuple[tuple[float, float], ...]
    metric: Metric
    threshold: float

    @property
    def tolerance(self) -> float:
        """The threshold as a Euclidean distance; d² = 2 − 2·cos for unit vectors."""
        if self.metric == "euclidean":
            return self.threshold
        return float((2.0 - 2.0 * self.threshold) ** 0.5)


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model: what it is for, its files, its licence, and the words for people."""

    name: str
    task: str
    files: tuple[ModelFile, ...]
    licence: str
    commercial: bool
    source: str
    method: str
    input: str
    output: str
    note: str = ""
    encoder: EncoderSpec | None = None

    @property
    def installable(self) -> bool:
        return all(file.url is not None for file in self.files)


def parse_entry(name: str, table: Mapping[str, Any]) -> ModelEntry:
    """The entry `name` from its TOML table. Raises ModelError that names the wrong field."""
    if not _NAME.fullmatch(name):
        raise ModelError(f"model name {name!r}: use small letters, digits, '.' and '-'")
    fields = _Fields(name, table)
    files = tuple(_parse_file(name, file) for file in fields.take("files", list))
    if not files:
        raise ModelError(f"model {name}: no [[{name}.files]] is given")
    encoder = table.get("encoder")
    entry = ModelEntry(
        name=name,
        task=fields.take("task", str),
        files=files,
        licence=fields.take("licence", str),
        commercial=fields.take("commercial", bool),
        source=fields.take("source", str),
        method=fields.take("method", str),
        input=fields.take("input", str),
        output=fields.take("output", str),
        note=fields.take("note", str, ""),
        encoder=None if encoder is None else _parse_encoder(name, encoder),
    )
    if entry.task == "encode" and entry.encoder is None:
        raise ModelError(f"model {name}: its task is encode, so it needs a table [{name}.encoder]")
    return entry


class _Fields:
    """A TOML table that answers with words when a field is missing or of the wrong type."""

    def __init__(self, owner: str, table: object) -> None:
        if not isinstance(table, Mapping):
            raise ModelError(f"model {owner}: expected a table, got {type(table).__name__}")
        self._owner = owner
        self._table = table

    def take(self, field: str, kind: type, default: object = None) -> Any:
        value = self._table.get(field, default)
        if value is None:
            raise ModelError(f"model {self._owner}: the field {field!r} is missing")
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise ModelError(
                f"model {self._owner}: {field!r} must be {kind.__name__}, got {value!r}"
            )
        return value

    def choose(self, field: str, options: tuple[str, ...], default: str | None = None) -> str:
        value = str(self.take(field, str, default))
        if value not in options:
            raise ModelError(
                f"model {self._owner}: {field!r} must be one of {', '.join(options)}, got {value!r}"
            )
        return value

    def numbers(self, field: str, default: object = None) -> list[float]:
        values = self.take(field, list, default)
        if not all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values):
            raise ModelError(f"model {self._owner}: {field!r} must be a list of numbers")
        return [float(v) for v in values]


def _parse_file(owner: str, table: object) -> ModelFile:
    fields = _Fields(owner, table)
    name = fields.take("name", str)
    if not _FILE_NAME.fullmatch(name):
        raise ModelError(f"model {owner}: {name!r} is no plain file name")
    sha256 = fields.take("sha256", str).lower()
    if not _SHA256.fullmatch(sha256):
        raise ModelError(f"model {owner}: sha256 of {name} must be 64 hexadecimal digits")
    size = fields.take("size", int)
    if not 0 < size <= _MAX_FILE_BYTES:
        raise ModelError(f"model {owner}: size of {name} must be 1 byte to 2 GiB, got {size}")
    url = fields.take("url", str, "") or None
    if url is not None and not url.startswith("https://"):
        raise ModelError(f"model {owner}: the url of {name} must begin with https://")
    package, folder = fields.take("package", str, "") or None, fields.take("folder", str, "")
    if package is not None and not _PACKAGE.fullmatch(package):
        raise ModelError(f"model {owner}: {package!r} is no name of a package")
    if not _FOLDER.fullmatch(folder):
        raise ModelError(f"model {owner}: {folder!r} is no folder inside a package")
    literal = fields.take("literal", str, "")
    if literal and not _FILE_NAME.fullmatch(literal):
        raise ModelError(f"model {owner}: {literal!r} is no plain file name")
    pip = fields.take("pip", str, "")
    if pip and not _PIP.fullmatch(pip):
        raise ModelError(f"model {owner}: {pip!r} is nothing to give to pip install")
    return ModelFile(name, sha256, size, url, package, folder, literal, pip)


def _parse_encoder(owner: str, table: object) -> EncoderSpec:
    fields = _Fields(f"{owner}.encoder", table)
    mean = fields.numbers("mean", [0.0, 0.0, 0.0])
    points = fields.take("template_xy", list)
    if len(mean) != 3:
        raise ModelError(f"model {owner}: mean must have 3 numbers, got {len(mean)}")
    if len(points) != 5 or not all(isinstance(p, list) and len(p) == 2 for p in points):
        raise ModelError(f"model {owner}: template_xy must be five pairs of numbers")
    template = tuple((float(x), float(y)) for x, y in points)
    if not all(0.0 <= v <= 1.0 for point in template for v in point):
        raise ModelError(f"model {owner}: template_xy must be fractions of the side, 0 to 1")
    dimension, input_px = fields.take("dimension", int), fields.take("input_px", int)
    if not (1 <= dimension <= 65536 and 8 <= input_px <= 2048):
        raise ModelError(f"model {owner}: dimension {dimension} or input_px {input_px} is absurd")
    return EncoderSpec(
        dimension=dimension,
        input_px=input_px,
        order=cast(Literal["bgr", "rgb"], fields.choose("order", ("bgr", "rgb"))),
        layout=cast(Literal["nchw", "nhwc"], fields.choose("layout", ("nchw", "nhwc"), "nchw")),
        mean=(mean[0], mean[1], mean[2]),
        scale=fields.take("scale", float, 1.0),
        template_xy=template,
        metric=cast(Metric, fields.choose("metric", ("cosine", "euclidean"))),
        threshold=fields.take("threshold", float),
    )
