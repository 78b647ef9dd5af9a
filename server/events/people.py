"""The events of people. Whoever changes a person adds one in the same transaction."""

from __future__ import annotations

from lookout.server.events.types import EventType
from lookout.server.storage.records import Event, new_id

MERGED, FORGOTTEN = "merged", "forgotten"
"""In the detail: the id of the person who is no more."""
SEPARATED = "separated"
"""In the detail: the id of the person with whom somebody was one for a while."""


def person_enrolled(person: str, at_s: float) -> Event:
    """Somebody is known now."""
    return Event(new_id(), EventType.PERSON_ENROLLED, at_s, person=person)


def person_renamed(person: str, at_s: float) -> Event:
    """Somebody has another name now; neither name is kept with the event."""
    return Event(new_id(), EventType.PERSON_RENAMED, at_s, person=person)


def person_merged(person: str, into: str, at_s: float) -> Event:
    """`person` was the same as `into`, who stays."""
    return Event(new_id(), EventType.PERSON_MERGED, at_s, person=into, detail={MERGED: person})


def person_separated(person: str, of: str, at_s: float) -> Event:
    """`person` is known again: to be one with `of` was a mistake."""
    return Event(new_id(), EventType.PERSON_ENROLLED, at_s, person=person, detail={SEPARATED: of})


def person_forgotten(person: str, at_s: float) -> Event:
    """Nothing is known of somebody any more but that there was this id."""
    return Event(new_id(), EventType.PERSON_FORGOTTEN, at_s, detail={FORGOTTEN: person})
