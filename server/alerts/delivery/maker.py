"""Makes the message of a delivery, at the time at which it is sent: with the names of now, and
without those that must not leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lookout.server.alerts.delivery.message import AlertMessage
from lookout.server.alerts.delivery.words import Names, duration_words, title_words, who_words
from lookout.server.alerts.documents.channel import Channel
from lookout.server.alerts.documents.rule import What
from lookout.server.alerts.documents.site import zone
from lookout.server.alerts.rules.definitions import Definitions
from lookout.server.alerts.templates import filled
from lookout.server.storage.alert_records import Alert, Delivery
from lookout.server.storage.errors import NotFound
from lookout.server.storage.store import Store

LATE_S = 120.0
"""A message that is sent so long after the alert says so."""
_NO_PICTURE = frozenset({What.CAMERA_LOST, What.ABSENT})


@dataclass(frozen=True, slots=True)
class MessageMaker:
    """Any thread."""

    store: Store

    def make(
        self, delivery: Delivery, alert: Alert, channel: Channel, world: Definitions, now_s: float
    ) -> AlertMessage:
        """Raises StorageError."""
        rule = world.rules_by_id.get(alert.rule)
        names = self.names(alert, world, with_name=channel.names_leave)
        local = datetime.fromtimestamp(alert.began_s, zone(world.site.time_zone))
        title = title_words(alert, delivery.notice, names)
        fields = {
            "who": who_words(alert, names),
            "what": alert.what,
            "camera": names.camera,
            "place": names.area,
            "time": f"{local:%H:%M:%S}",
            "date": f"{local:%Y-%m-%d}",
            "rule": rule.name if rule else "",
            "list": names.watchlist,
            "severity": alert.severity,
            "count": str(alert.count),
            "title": title,
            "state": alert.state,
            "notice": delivery.notice,
            "id": delivery.id,
            "tag": alert.tag,
            "alert": alert.id,
            "site": world.site.name,
            "link": world.site.link_to(alert.id),
        }
        own = filled(rule.text, fields) if rule and rule.text else ""
        late = _late_words(now_s - delivery.created_s)
        note = "\n".join(filter(None, (own, late)))
        usual = _text(fields, alert.count if alert.subject != "nobody:many" else 1)
        text = note if own else "\n".join(filter(None, (usual, late)))
        fields["text"] = text
        picture = self._jpeg(alert) if channel.leaves.picture else None
        return AlertMessage(
            id=delivery.id,
            tag=alert.tag,
            notice=delivery.notice,
            severity=alert.severity,
            title=title,
            text=text,
            note=note,
            fields=fields,
            data=_data(fields, alert, with_ids=channel.names_leave),
            jpeg=picture,
        )

    def names(self, alert: Alert, world: Definitions, *, with_name: bool) -> Names:
        """What is called how now; without the people's names where they must not leave."""
        detail = alert.detail
        watchlist = world.roster.get(str(detail.get("list", "")))
        area = detail.get("zone") or detail.get("fence")
        areas = {**world.zone_names, **world.fence_names}
        was = detail.get("was")
        return Names(
            person=self._name(alert.person) if with_name else "",
            was=self._name(was if isinstance(was, str) else None) if with_name else "",
            watchlist=watchlist.name if watchlist else "",
            area=areas.get(str(area), "") if area else "",
            camera=alert.camera,
        )

    def _name(self, person: str | None) -> str:
        if person is None:
            return ""
        try:
            return self.store.people.get(person).name
        except NotFound:
            return ""

    def _jpeg(self, alert: Alert) -> bytes | None:
        if alert.sighting is None or alert.what in _NO_PICTURE:
            return None
        try:
            return self.store.sightings.image(alert.sighting)
        except NotFound:
            return None


def _text(fields: Mapping[str, str], count: int) -> str:
    lines = [f"{fields['date']} {fields['time']}, {fields['site']}"]
    if fields["rule"]:
        lines.append(f"Rule: {fields['rule']} ({fields['severity']})")
    if count > 1:
        lines.append(f"Seen {count} times.")
    if fields["link"]:
        lines.append(fields["link"])
    return "\n".join(lines)


def _late_words(late_s: float) -> str:
    if late_s < LATE_S:
        return ""
    return f"Told {duration_words(round(late_s / 60) * 60.0)} late: it could not be sent before."


def _data(fields: Mapping[str, str], alert: Alert, *, with_ids: bool) -> dict[str, object]:
    """For programs. A person's id is as good as a name to whoever can ask for it."""
    return {
        "id": fields["id"],
        "tag": fields["tag"],
        "notice": fields["notice"],
        "alert": alert.id,
        "rule": {"id": alert.rule, "name": fields["rule"]},
        "state": alert.state,
        "severity": alert.severity,
        "what": alert.what,
        "who": fields["who"],
        "person": alert.person if with_ids else None,
        "cluster": alert.cluster if with_ids else None,
        "camera": alert.camera,
        "place": fields["place"] or None,
        "sighting": alert.sighting if with_ids else None,
        "began": alert.began_s,
        "updated": alert.updated_s,
        "ended": alert.ended_s,
        "count": alert.count,
        "site": fields["site"],
        "title": fields["title"],
        "text": fields["text"],
    }
