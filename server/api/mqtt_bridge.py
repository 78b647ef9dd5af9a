"""The bridge to an MQTT broker, where one is set."""

from __future__ import annotations

import importlib
import time
from collections.abc import Sequence

from lookout.server.alerts.remote_controls import RemoteControls
from lookout.server.cameras.directory import CameraDirectory
from lookout.server.errors import BadSettings
from lookout.server.events.envelope import EnvelopeMaker
from lookout.server.events.feed import EventFeed
from lookout.server.live.camera_board import CameraBoard, Condition
from lookout.server.mqtt.options import MqttOptions
from lookout.server.storage.store import Store
from lookout.server.threads.lifecycle import Startable


def open_bridge(
    options: MqttOptions | None,
    store: Store,
    feed: EventFeed,
    directory: CameraDirectory,
    board: CameraBoard,
) -> Sequence[Startable]:
    """The thread that tells the broker; none without options. Raises BadSettings where its package
    is missing, and StorageError."""
    if options is None:
        return ()
    try:
        bridge = importlib.import_module("lookout.server.mqtt.bridge")
    except ModuleNotFoundError as error:
        words = "--mqtt needs the extra `mqtt`: pip install 'lookout[server,api,mqtt]'"
        raise BadSettings(words) from error

    def online() -> set[str]:
        now_s = time.monotonic()
        cameras = board.cameras()
        return {one.name for one in cameras if one.condition(now_s) is Condition.ONLINE}

    parts = bridge.MqttParts(
        store, feed, EnvelopeMaker(store, directory), directory, online, RemoteControls(store)
    )
    opened: Startable = bridge.Bridge(options, parts)
    return (opened,)
