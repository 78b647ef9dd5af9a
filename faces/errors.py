"""The errors of faces, their models and their gallery.

FacesError
├── ModelError              a network or its weights
│   ├── ModelMissing        … is not on this machine; the message has the install command
│   ├── ModelDamaged        … is truncated, foreign, or fails its hash
│   ├── ModelUnconfirmed    … has no published hash, and nobody has confirmed the one it has
│   ├── ModelBusy           … is wanted by too many at once; the same may be asked for again
│   └── DeviceMissing       … was asked to run on a device or runtime that is not here
├── GalleryError            the people and their encodings
│   ├── GalleryDamaged      … the file cannot be read; what was loaded before stays in use
│   │   └── GalleryForeign  … has another shape than ours; `lookout import-gallery` converts it
│   ├── GalleryUnsafe       … the file asks to run code; none of it was executed
│   ├── EncoderMismatch     … was made by another encoder than the one in use
│   ├── GalleryBusy         … is being changed by another program
│   └── BadPeople           … the edit cannot be made: nobody has that name, or it is in use
├── PicturesBusy            a picture waited too long for others to be decoded
└── BadImage                a picture cannot be used; `fault` says why, for programs
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class FacesError(Exception):
    """Base of everything that this package raises."""


class ModelError(FacesError):
    """A network or its weights cannot be used."""


class ModelMissing(ModelError):
    """A model is not on this machine; the message holds the command that installs it."""


class ModelDamaged(ModelError):
    """A model file is truncated, foreign, or fails its hash; it was not loaded."""


class ModelUnconfirmed(ModelError):
    """A file of a model has no published hash, and nobody has confirmed the one it has: `hashes`,
    by file, where it was fetched."""

    def __init__(self, message: str, hashes: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.hashes = dict(hashes or {})


class ModelBusy(ModelError):
    """Too many wait for a network, or for too long; the same may be asked for again."""


class DeviceMissing(ModelError):
    """The device or runtime that was asked for is not on this machine."""


class GalleryError(FacesError):
    """The people and their encodings cannot be used."""


class GalleryDamaged(GalleryError):
    """The gallery file cannot be read; what was loaded before stays in use."""


class GalleryForeign(GalleryDamaged):
    """The gallery file has another shape than ours; it may be one of another program."""


class GalleryUnsafe(GalleryError):
    """The gallery file asks to run code when it is unpickled; none of it was executed."""


class EncoderMismatch(GalleryError):
    """The gallery was made by another encoder than the one in use."""


class GalleryBusy(GalleryError):
    """Another program has been changing the gallery for too long; nothing was changed."""


class BadPeople(GalleryError):
    """An edit of people cannot be made; the message says why, and nothing was changed."""


class PicturesBusy(FacesError):
    """Too many large pictures are being decoded; the same one may be sent again."""


class ImageFault(StrEnum):
    """The reasons why a picture cannot be used. The values are stable: the HTTP API's codes."""

    BAD_IMAGE = "bad_image"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_SMALL = "image_too_small"
    UNSUPPORTED = "unsupported_media_type"
    HEIC_NOT_READ = "heic_not_read"
    ANIMATED = "animated"
    TOO_MANY_BITS = "too_many_bits"
    TOO_MANY_SCANS = "too_many_scans"


class BadImage(FacesError):
    """A picture is damaged, over a limit, or of a format that is not read."""

    def __init__(self, message: str, fault: ImageFault = ImageFault.BAD_IMAGE) -> None:
        super().__init__(message)
        self.fault = fault
