"""The words of an alert: who, what and where, with or without names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lookout.server.alerts.documents.rule import What
from lookout.server.alerts.states.alert_state import Notice
from lookout.server.storage.alert_records import Alert

CHANNEL_BROKEN = "channel_broken"
TEST = "test"

_DOING: Mapping[str, str] = {
    What.APPEARS: "{who}",
    What.LEAVES: "{who} has left",
    What.ENTERS: "{who} entered {area}",
    What.EXITS: "{who} left {area}",
    What.STAYS: "{who} has been there for {duration}",
    What.ABSENT: "{who} has not been seen for {duration}",
    What.IMPOSSIBLE_SPEED: "{who} was seen at two places too far apart for the time between",
    What.CAMERA_LOST: "The camera sends no pictures",
    What.SPOOF: "A picture or mask instead of a face is suspected: {who}",
    CHANNEL_BROKEN: "The channel has been broken for ten minutes",
    TEST: "This is a test",
}


@dataclass(frozen=True, slots=True)
class Names:
    """What is called how: a person (empty: not known, or not to be told), the one who was named
    before, the strongest list, the zone or fence, the camera."""

    person: str = ""
    was: str = ""
    watchlist: str = ""
    area: str = ""
    camera: str = ""


def who_words(alert: Alert, names: Names) -> str:
    """Ada; or, where the name must not leave, what may be said instead."""
    if names.person:
        return names.person
    if alert.subject == "nobody:many":
        return f"{alert.count} more people" if alert.count > 1 else "Many people at once"
    if alert.subject.startswith("nobody:"):
        return "Anybody"
    if names.watchlist:
        return f"Someone on the list '{names.watchlist}'"
    if alert.person is not None:
        return "Somebody known"
    return "Somebody" if alert.detail.get("state") == "unsure" else "Somebody unknown"


def title_words(alert: Alert, notice: str, names: Names) -> str:
    """One line: what happened, and where."""
    seconds = alert.detail.get("seconds")
    fields = {
        "who": who_words(alert, names),
        "area": f"'{names.area}'" if names.area else "an area",
        "duration": duration_words(seconds if isinstance(seconds, float) else 0.0),
    }
    words = _DOING.get(alert.what, "{who}").format(**fields)
    if notice == Notice.CORRECTED:
        words = f"It was not {names.was}" if names.was else "It was somebody else"
    elif notice == Notice.PRECISE and alert.subject == "nobody:many":
        words = who_words(alert, names)
    elif notice == Notice.PRECISE and alert.what == What.APPEARS and not names.person:
        words = f"It was {words[0].lower()}{words[1:]}"
    elif notice == Notice.PRECISE and alert.what == What.APPEARS:
        words = f"It is {words}"
    elif notice == Notice.ENDED and alert.what == What.CAMERA_LOST:
        words = "The camera sends pictures again"
    elif notice == Notice.ENDED and alert.what == CHANNEL_BROKEN:
        words = "The channel works again"
    return f"{words}, {names.camera}" if names.camera else words


def duration_words(seconds: float) -> str:
    """`90 s`, `10 min`, `2 h`, `3 days`"""
    for unit_s, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * unit_s or (seconds >= unit_s and seconds % unit_s == 0):
            return f"{seconds / unit_s:.3g} {unit}"
    return f"{seconds:g} s"
