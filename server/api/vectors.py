"""The vector engine that is asked who may be near, where one is set."""

from __future__ import annotations

import logging

from lookout.faces.protocols import Encoder
from lookout.server.storage.store import Store
from lookout.server.vectors.mirror import VectorMirror
from lookout.server.vectors.opening import EngineDoor, require_client
from lookout.server.vectors.options import VectorOptions
from lookout.server.vectors.space import space_of

log = logging.getLogger(__name__)


def open_mirror(
    options: VectorOptions | None, store: Store, encoder: Encoder
) -> VectorMirror | None:
    """What keeps the engine in step with the people; None without options. The engine itself need
    not be there yet. Raises BadSettings where its client is missing, and StorageError."""
    if options is None:
        return None
    require_client(options)
    settings = store.settings
    space, turn = space_of(settings, encoder.name, encoder.dimension, rotated=options.rotated)
    door = EngineDoor(options, settings, space)
    how = "turned, which is no encryption" if options.rotated else "in the clear"
    log.warning("vectors: the encodings of all people are copied to %s, %s", door.name, how)
    return VectorMirror(door, turn)
