"""The memory of what a broker retains of us, in the store.

A broker keeps retained messages for ever. Without knowing which there are, somebody who was
forgotten while the broker was away would stay in it.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection

from lookout.server.mqtt.discovery import Topics
from lookout.server.mqtt.world import Key, World
from lookout.server.storage.store import Store

_INSTANCE, _PUBLISHED = "mqtt.instance", "mqtt.published"


def instance_of(store: Store) -> str:
    """What tells this installation from others at one broker. Raises StorageError."""
    return str(store.settings.put_if_absent(_INSTANCE, secrets.token_hex(6)))


class Published:
    """What has retained messages at the broker. For one thread; each method raises StorageError."""

    def __init__(self, store: Store, topics: Topics) -> None:
        self._store = store
        self._topics = topics
        self._before = topics
        self._keys: set[Key] = set()
        match store.settings.get(_PUBLISHED):
            case {"prefix": str(prefix), "discovery": str(discovery), "keys": list(keys)}:
                self._before = Topics(prefix, discovery, topics.instance)
                self._keys = {(str(kind), str(one)) for kind, one in keys}

    def stale_topics(self, keys: Collection[Key]) -> list[str]:
        """The topics to clear: of what is there no more, and all of those under another prefix."""
        kept = set(keys) if self._before == self._topics else set()
        world = World(self._before)
        status = [] if kept or not self._keys else [self._before.status]
        topics = [topic for key in sorted(self._keys - kept) for topic in world.topics_of(key)]
        return [*topics, *status]

    def remember(self, keys: Collection[Key]) -> None:
        """Before something is published for the first time, and after it was cleared."""
        if set(keys) == self._keys and self._before == self._topics:
            return
        self._keys, self._before = set(keys), self._topics
        self._store.settings.put(
            _PUBLISHED,
            {
                "prefix": self._topics.prefix,
                "discovery": self._topics.discovery,
                "keys": sorted(self._keys),
            },
        )

    def add(self, keys: Collection[Key]) -> None:
        """Beside what is remembered already."""
        self.remember(self._keys | set(keys))

    def drop(self, keys: Collection[Key]) -> None:
        """What was cleared."""
        self.remember(self._keys - set(keys))
