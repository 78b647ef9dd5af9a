"""Where the vectors of a store lie in an engine, and how they are turned there."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from lookout.faces.detections import Floats
from lookout.server.storage.store_values import StoredSettings
from lookout.server.vectors.rotation import Rotation, fresh_key, unturned

_SECRET, _LEFT = "vectors.secret", "vectors.left"
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Space:
    """collection: the engine's name of it. dimension: numbers of a vector. rotated: whether vectors
    are turned by the store's secret."""

    collection: str
    dimension: int
    rotated: bool


def space_of(
    settings: StoredSettings, encoder: str, dimension: int, *, rotated: bool
) -> tuple[Space, Callable[[Floats], Floats]]:
    """The space of this store's encodings by this encoder, and how vectors are turned for it.
    Raises StorageError."""
    secret = _secret(settings)
    slug = re.sub(r"[^a-z0-9]+", "_", encoder.lower()).strip("_")[:_LONGEST_NAME]
    space = Space(f"lookout_{slug}_{secret['id']}", dimension, rotated)
    if not rotated:
        return space, unturned
    return space, Rotation(base64.urlsafe_b64decode(secret["key"]), dimension)


def left_behind(settings: StoredSettings, space: Space) -> Space | None:
    """Where vectors were put before, if that was elsewhere or otherwise: it is to be emptied, or
    somebody who is forgotten would stay there. Raises StorageError."""
    left = settings.get(_LEFT)
    if not isinstance(left, Mapping) or left == asdict(space):
        return None
    return Space(str(left["collection"]), int(left["dimension"]), bool(left["rotated"]))


def settle_in(settings: StoredSettings, space: Space) -> None:
    """Notes where vectors are put from now on. Raises StorageError."""
    settings.put(_LEFT, asdict(space))


def _secret(settings: StoredSettings) -> Mapping[str, str]:
    fresh = {"id": secrets.token_hex(4), "key": fresh_key()}
    kept = settings.put_if_absent(_SECRET, fresh)
    return fresh if not isinstance(kept, Mapping) else {str(k): str(v) for k, v in kept.items()}
