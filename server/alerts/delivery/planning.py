"""Which channels are told of a change: the rows of the outbox, before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from lookout.server.alerts.delivery.retry import OPEN_WITHIN_S
from lookout.server.alerts.documents.channel import Channel, ChannelKind
from lookout.server.alerts.documents.rule import What
from lookout.server.alerts.states.alert_state import Notice
from lookout.server.alerts.states.change import AlertChange
from lookout.server.storage.alert_records import Delivery

_HEARS_ALL = frozenset({ChannelKind.FILE, ChannelKind.WEBHOOK})
"""Kinds for programs, which are told of every change; people are told what is new to them."""


def plan(
    change: AlertChange,
    channels: Mapping[str, Channel],
    before: Iterable[Delivery],
    ids: Callable[[], str],
    now_s: float,
) -> list[Delivery]:
    """The deliveries of a change. `before`: those of the same alert so far.

    A message that still waits for the same channel says everything that is new when it is sent,
    so it gets no second one beside it.
    """
    notice = change.notice
    if notice is None:
        return []
    earlier = list(before)
    waiting = {one.channel for one in earlier if one.state == "waiting"}
    told = dict.fromkeys(one.channel for one in earlier)
    planned = []
    for name in change.channels or told:
        channel = channels.get(name)
        if channel is None or not channel.enabled or name in change.but_not or name in waiting:
            continue
        if not _wants(channel, change, notice):
            continue
        expires_s = now_s + OPEN_WITHIN_S if channel.opens else None
        planned.append(
            Delivery(
                id=ids(),
                alert=change.alert.id,
                channel=name,
                notice=notice.value,
                state="waiting",
                created_s=now_s,
                next_s=now_s,
                expires_s=expires_s,
            )
        )
    return planned


def _wants(channel: Channel, change: AlertChange, notice: Notice) -> bool:
    if channel.opens:
        return notice is Notice.TOLD
    if notice in (Notice.TOLD, Notice.ESCALATED) or channel.kind in _HEARS_ALL:
        return True
    if notice is Notice.ENDED:
        return change.alert.what == What.CAMERA_LOST
    if notice is Notice.PRECISE:
        # a name that may not leave is no news; how many there are is
        return channel.names_leave or change.alert.subject == "nobody:many"
    return notice is Notice.CORRECTED
