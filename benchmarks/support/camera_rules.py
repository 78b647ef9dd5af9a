"""The rules of the benchmarks of alerts: whoever appears, camera by camera, to one channel."""

from __future__ import annotations

from collections.abc import Mapping

from lookout.server.alerts.definitions_io import CHANNEL, RULE, to_definition
from lookout.server.alerts.documents.channel import Channel
from lookout.server.alerts.documents.rule import AlertRule
from lookout.server.alerts.keeper import CURSOR
from lookout.server.storage.sqlite.store import SqliteStore

CHANNEL_ID = "chn_1"


def write_rules(store: SqliteStore, channel: Mapping[str, object], cameras: int) -> None:
    """Writes the channel, and a rule for each camera, so that none has so many that they are told
    together."""
    store.settings.put(CURSOR, 0)
    document = Channel.model_validate({"id": CHANNEL_ID, **channel})
    store.definitions.put(to_definition(CHANNEL, document))
    for number in range(cameras):
        rule = {
            "id": f"rul_{number}",
            "name": f"camera {number}",
            "where": {"cameras": [f"camera {number}"]},
            "what": {"kind": "appears"},
            "channels": [CHANNEL_ID],
        }
        store.definitions.put(to_definition(RULE, AlertRule.model_validate(rule)))
