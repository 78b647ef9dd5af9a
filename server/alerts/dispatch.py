"""The outboxes of all channels: opened, closed and replaced as the channels change, and the alert
on a channel that has been broken for too long."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lookout.server.alerts.channels.opening import open_channel
from lookout.server.alerts.delivery.message import AlertMessage
from lookout.server.alerts.delivery.outbox import BROKEN_S, Outbox
from lookout.server.alerts.delivery.words import CHANNEL_BROKEN
from lookout.server.alerts.documents.channel import Channel
from lookout.server.alerts.errors import CannotOpen
from lookout.server.alerts.states.alert_state import AlertState, Notice
from lookout.server.alerts.states.change import AlertChange
from lookout.server.alerts.subscriptions import Knows, Subscriptions, nobody_knows
from lookout.server.alerts.writing import write_changes
from lookout.server.storage.alert_records import Alert, Delivery
from lookout.server.storage.records import new_id
from lookout.server.storage.store import Store
from lookout.server.threads.lifecycle import close_all

log = logging.getLogger(__name__)

MOST_CHANNELS = 50
CLOSE_S = 0.2
Making = Callable[[Delivery, Channel, float], AlertMessage]


@dataclass(frozen=True, slots=True)
class _Running:
    channel: Channel
    outbox: Outbox


class Dispatch:
    """Owns the outboxes. For the keeper's thread; `close` when that has ended."""

    def __init__(
        self,
        store: Store,
        folder: Path,
        make: Making,
        *,
        clock: Callable[[], float],
        knows: Knows = nobody_knows,
    ) -> None:
        """knows: whether a user may know of a camera."""
        self._store = store
        self._browsers = Subscriptions(store, knows)
        self._knows = knows
        self._folder = folder
        self._make = make
        self._clock = clock
        self._channels: dict[str, Channel] = {}
        self._running: dict[str, _Running] = {}
        self._broken: dict[str, Alert] = {}

    def set_channels(self, channels: Mapping[str, Channel]) -> None:
        """These are the channels from now on."""
        self._channels = dict(channels)
        for name, running in list(self._running.items()):
            if channels.get(name) != running.channel:
                running.outbox.close(CLOSE_S)
                del self._running[name]
        for name, channel in channels.items():
            if channel.enabled and name not in self._running:
                self._open(channel)

    def resume(self, alerts: Iterable[Alert]) -> None:
        """These alerts on broken channels are not over."""
        self._broken = {str(one.detail.get("channel")): one for one in alerts}

    def wake(self, channels: Iterable[str]) -> None:
        """Something waits for these channels."""
        for name in channels:
            if name in self._running:
                self._running[name].outbox.wake()

    def tell_of_broken(self, now_s: float) -> None:
        """Tells through the others of a channel that has been broken for ten minutes, and that it
        works again. Raises StorageError."""
        for name, running in self._running.items():
            broken = running.outbox.broken_for_s >= BROKEN_S
            told = self._broken.get(name)
            if broken and told is None:
                self._broken[name] = self._tell(self._alert(running.channel, now_s), now_s)
            elif told is not None and running.outbox.works:
                over = replace(told, state=AlertState.RESOLVED.value, ended_s=now_s)
                self._tell(over, now_s, Notice.ENDED)
                del self._broken[name]

    def close(self, timeout_s: float) -> bool:
        """Ends the threads. False if one is still sending after `timeout_s`."""
        outboxes = [one.outbox for one in self._running.values()]
        for outbox in outboxes:
            outbox.end_soon()
        return close_all(outboxes, timeout_s)

    def _open(self, channel: Channel) -> None:
        if len(self._running) >= MOST_CHANNELS:
            log.warning("channel %s is not opened: there are %d", channel.id, MOST_CHANNELS)
            return
        try:
            opened = open_channel(channel, self._folder, self._browsers)
        except CannotOpen as error:
            log.error("channel %s cannot be used: %s", channel.id, error)  # noqa: TRY400
            return
        outbox = Outbox(
            channel.id,
            opened,
            self._store.deliveries,
            lambda delivery, now_s: self._make(delivery, channel, now_s),
            clock=self._clock,
        )
        self._running[channel.id] = _Running(channel, outbox)
        outbox.start()

    def _alert(self, channel: Channel, now_s: float) -> Alert:
        name = f"alr_{new_id()}"
        return Alert(
            id=name,
            rule="system",
            subject=f"channel:{channel.id}",
            what=CHANNEL_BROKEN,
            state=AlertState.FIRING.value,
            severity="warning",
            began_s=now_s - BROKEN_S,
            updated_s=now_s,
            told_s=now_s,
            tag=name,
            detail={"channel": channel.id, "words": f"the channel '{channel.name}' is broken"},
        )

    def _tell(self, alert: Alert, now_s: float, notice: Notice = Notice.TOLD) -> Alert:
        broken = alert.detail["channel"]
        others = tuple(
            name
            for name, channel in self._channels.items()
            if name != broken and channel.enabled and not channel.opens
        )
        with self._store.transaction():
            _, awake = write_changes(
                self._store,
                [AlertChange(alert, notice, others)],
                self._channels,
                now_s,
                self._knows,
            )
        self.wake(awake)
        return alert
