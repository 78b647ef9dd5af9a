"""The test of a channel: one message, at once, and what the other side said."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lookout.server.alerts.channels.opening import open_channel
from lookout.server.alerts.delivery.maker import MessageMaker
from lookout.server.alerts.delivery.words import TEST
from lookout.server.alerts.documents.channel import Channel
from lookout.server.alerts.errors import BadDefinition, CannotOpen, NotDelivered
from lookout.server.alerts.rules.definitions import Definitions
from lookout.server.alerts.subscriptions import Knows, Subscriptions, nobody_knows
from lookout.server.storage.alert_records import Alert, Delivery
from lookout.server.storage.records import new_id
from lookout.server.storage.store import Store


@dataclass(frozen=True, slots=True)
class ChannelAnswer:
    """Whether the other side took it, and what it said."""

    taken: bool
    words: str


def try_channel(
    channel: Channel,
    store: Store,
    world: Definitions,
    folder: Path,
    now_s: float,
    knows: Knows = nobody_knows,
) -> ChannelAnswer:
    """Sends a test message, in the calling thread, for at most half a minute. A channel that opens
    something is not tried: it would open."""
    if channel.opens:
        return ChannelAnswer(
            False, "this channel opens something, so no test message is sent to it"
        )
    name = new_id()
    alert = Alert(
        id=f"alr_{name}",
        rule="",
        subject="nobody:",
        what=TEST,
        state="firing",
        severity="info",
        began_s=now_s,
        updated_s=now_s,
        tag=f"alr_{name}",
    )
    delivery = Delivery(f"del_{name}", alert.id, channel.id, TEST, "waiting", now_s, now_s)
    message = MessageMaker(store).make(delivery, alert, channel, world, now_s)
    try:
        opened = open_channel(channel, folder, Subscriptions(store, knows))
        return ChannelAnswer(True, opened.send(message))
    except (CannotOpen, BadDefinition, NotDelivered) as error:
        return ChannelAnswer(False, str(error))
