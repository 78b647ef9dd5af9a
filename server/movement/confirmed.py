"""The travel graph of a store: what walks have shown, and what users have confirmed of it."""

from __future__ import annotations

from lookout.server.movement.travel import TravelGraph, learn
from lookout.server.storage.store import Store
from lookout.server.storage.store_values import StoredSettings

_SETTING = "movement.confirmed"
EVER_S = 1e11


def graph(store: Store, limit: int) -> TravelGraph:
    """The travel times by the latest `limit` sightings of named people. Raises StorageError."""
    walks = store.movements.transitions(0.0, EVER_S, limit)
    return learn(walks, confirmed_pairs(store.settings))


def confirmed_pairs(settings: StoredSettings) -> tuple[tuple[str, str], ...]:
    """The ways, from camera to camera, whose times a user has confirmed. Raises StorageError."""
    kept = settings.get(_SETTING)
    if not isinstance(kept, list):
        return ()
    return tuple((str(pair[0]), str(pair[1])) for pair in kept if len(pair) == 2)


def set_confirmed(settings: StoredSettings, pair: tuple[str, str], confirmed: bool) -> None:
    """Confirms a way, or takes that back. Raises StorageError."""
    others = [other for other in confirmed_pairs(settings) if other != pair]
    settings.put(_SETTING, [list(other) for other in (*others, *([pair] if confirmed else []))])
