"""One entry of the registry: the facts of a model, checked when they are read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lookout.faces.errors import ModelError
from lookout.faces.models.fields import Fields
from lookout.faces.models.specs import (
    AttributesSpec,
    DeepfakeSpec,
    EncoderSpec,
    Metric,
    parse_attributes,
    parse_deepfake,
    parse_encoder,
)

__all__ = ["DeepfakeSpec", "EncoderSpec", "Metric", "ModelEntry", "ModelFile", "parse_entry"]

CONVERSIONS = ("keras-vgg16", "keras-resnet50", "keras-senet50")
"""What files other than ONNX are converted by (`faces.kerasnet.vggface`)."""
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")
"""The ends of addresses of archives that files are taken out of."""

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_PACKAGE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_PIP = re.compile(r"(--no-deps )?[a-z0-9][a-z0-9.-]{0,63}")
_FOLDER = re.compile(r"([A-Za-z0-9_]{1,64}(/[A-Za-z0-9_]{1,64})*)?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
MAX_FILE_BYTES = 2 * 1024**3
"""Of a file of weights, and of the archive that it comes in."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model.

    sha256:  empty where its maker publishes none and no user has confirmed the one it has.
    size:    bytes; 0 where its maker does not say.
    url:     None where no official address serves these very bytes.
    member:  the path of the file inside the archive that `url` serves; empty where it serves the
             file itself.
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
    member: str = ""
    literal: str = ""
    pip: str = ""


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model: what it is for, its files, its licence, and the words for people.

    convert: what makes an ONNX graph of its file; empty where the file is one.
    """

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
    convert: str = ""
    encoder: EncoderSpec | None = None
    deepfake: DeepfakeSpec | None = None
    attributes: AttributesSpec | None = None

    @property
    def installable(self) -> bool:
        return all(file.url is not None for file in self.files)

    @property
    def confirmed(self) -> bool:
        """Whether the hash of every file is known, from its maker or confirmed by a user."""
        return all(file.sha256 for file in self.files)


def parse_entry(name: str, table: Mapping[str, Any]) -> ModelEntry:
    """The entry `name` from its TOML table. Raises ModelError that names the wrong field."""
    if not _NAME.fullmatch(name):
        raise ModelError(f"model name {name!r}: use small letters, digits, '.' and '-'")
    fields = Fields(name, table)
    files = tuple(_parse_file(name, file) for file in fields.take("files", list))
    if not files:
        raise ModelError(f"model {name}: no [[{name}.files]] is given")
    encoder, deepfake = table.get("encoder"), table.get("deepfake")
    attributes = table.get("attributes")
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
        convert=fields.choose("convert", ("", *CONVERSIONS), ""),
        encoder=None if encoder is None else parse_encoder(name, encoder),
        deepfake=None if deepfake is None else parse_deepfake(name, deepfake),
        attributes=None if attributes is None else parse_attributes(name, attributes),
    )
    if entry.task == "encode" and entry.encoder is None:
        raise ModelError(f"model {name}: its task is encode, so it needs a table [{name}.encoder]")
    if entry.task == "deepfake" and entry.deepfake is None:
        raise ModelError(
            f"model {name}: its task is deepfake, so it needs a table [{name}.deepfake]"
        )
    return entry


def _parse_file(owner: str, table: object) -> ModelFile:
    fields = Fields(owner, table)
    name = fields.take("name", str)
    if not _FILE_NAME.fullmatch(name):
        raise ModelError(f"model {owner}: {name!r} is no plain file name")
    sha256 = fields.take("sha256", str, "").lower()
    if sha256 and not _SHA256.fullmatch(sha256):
        raise ModelError(f"model {owner}: sha256 of {name} must be 64 hexadecimal digits")
    size = fields.take("size", int, 0)
    if not 0 <= size <= MAX_FILE_BYTES:
        raise ModelError(f"model {owner}: size of {name} must be 1 byte to 2 GiB, got {size}")
    url = fields.take("url", str, "") or None
    if url is not None and not url.startswith("https://"):
        raise ModelError(f"model {owner}: the url of {name} must begin with https://")
    package, folder = fields.take("package", str, "") or None, fields.take("folder", str, "")
    if package is not None and not _PACKAGE.fullmatch(package):
        raise ModelError(f"model {owner}: {package!r} is no name of a package")
    if not _FOLDER.fullmatch(folder):
        raise ModelError(f"model {owner}: {folder!r} is no folder inside a package")
    member = fields.take("member", str, "")
    if member and (url is None or not url.endswith(ARCHIVES)):
        raise ModelError(
            f"model {owner}: {name} has a member, so its url must end with {', '.join(ARCHIVES)}"
        )
    literal = fields.take("literal", str, "")
    if literal and not _FILE_NAME.fullmatch(literal):
        raise ModelError(f"model {owner}: {literal!r} is no plain file name")
    pip = fields.take("pip", str, "")
    if pip and not _PIP.fullmatch(pip):
        raise ModelError(f"model {owner}: {pip!r} is nothing to give to pip install")
    return ModelFile(name, sha256, size, url, package, folder, member, literal, pip)
