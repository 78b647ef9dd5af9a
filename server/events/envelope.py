"""The one form in which an event leaves the server, by whatever way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lookout.server.events.cameras import CameraIds
from lookout.server.events.people import FORGOTTEN
from lookout.server.storage.errors import NotFound
from lookout.server.storage.records import Event
from lookout.server.storage.store import Store

SITE, SITE_NAME = "site", "Home"
"""The document of the site, and what it is called until somebody says otherwise."""
_OWN_FIELDS = ("state", "similarity", "liveness", "alert", "job", "cluster")
"""What the detail of an event holds for fields of the envelope."""


class EnvelopeMaker:
    """Writes events as JSON. Any thread."""

    def __init__(self, store: Store, directory: CameraIds) -> None:
        self._store = store
        self._directory = directory
        self._named: tuple[int, str] | None = None

    def of(self, event: Event) -> dict[str, Any]:
        """The envelope of one event, with the names of now. Raises StorageError."""
        return self.of_all([event])[0]

    def of_all(self, events: Sequence[Event]) -> list[dict[str, Any]]:
        """The envelopes of some events. Raises StorageError."""
        people = {event.person for event in events if event.person is not None}
        people |= {person for event in events for person in _people_in(event)}
        names = {one.id: one.name for one in self._store.people.many(sorted(people))}
        site = self._site()
        return [envelope(event, names, self._directory, site) for event in events]

    def _site(self) -> str:
        """The name of the site, read again where anything that users write down has changed."""
        version = self._store.definitions.version()
        if self._named is None or self._named[0] != version:
            self._named = (version, site_name(self._store))
        return self._named[1]


def site_name(store: Store) -> str:
    """What the site is called. Raises StorageError."""
    try:
        return str(store.definitions.get(SITE, SITE).body.get("name", SITE_NAME))
    except NotFound:
        return SITE_NAME


def envelope(
    event: Event, names: Mapping[str, str], directory: CameraIds, site: str = ""
) -> dict[str, Any]:
    """The envelope of an event; `names` are those of people, by id.

    A person who has been forgotten since has no name in it. `alert` and `job` are there for events
    of those, `detail` where there is more to say.
    """
    detail = event.detail
    written: dict[str, Any] = {
        "id": event.number,
        "type": event.kind,
        "at": event.at_s,
        "site": site,
        "camera": directory.id_of(event.camera) if event.camera else None,
        "camera_name": event.camera or None,
        "person": _person(event, names),
        "cluster": event.cluster or detail.get("cluster"),
        "sighting": event.sighting,
        "visit": event.visit,
        "state": detail.get("state"),
        "similarity": detail.get("similarity"),
        "liveness": detail.get("liveness", "off"),
        "place": _place(directory, event.camera),
        "image": f"/api/v1/sightings/{event.sighting}/image" if event.sighting else None,
    }
    written |= {name: detail[name] for name in ("alert", "job") if name in detail}
    rest = {name: value for name, value in detail.items() if name not in _OWN_FIELDS}
    if "faces" in rest:
        rest["faces"] = _named_faces(event, names)
    if rest:
        written["detail"] = rest
    return written


def _people_in(event: Event) -> set[str]:
    """Those whom the faces of a picture were recognized as."""
    faces = event.detail.get("faces")
    found = [face.get("person") for face in faces] if isinstance(faces, list) else []
    return {person for person in found if isinstance(person, str)}


def _named_faces(event: Event, names: Mapping[str, str]) -> object:
    """The faces of a picture with names; of somebody who has been forgotten, there is none."""
    faces = event.detail["faces"]
    if not isinstance(faces, list):
        return faces
    return [{**face, "name": names.get(face.get("person") or "")} for face in faces]


def _place(directory: CameraIds, camera: str) -> dict[str, Any] | None:
    """The place of the camera, which stands for the person's."""
    place = directory.place_of(camera) if camera else None
    if place is None:
        return None
    return {name: getattr(place, name) for name in ("lat", "lon", "plan", "x", "y")}


def _person(event: Event, names: Mapping[str, str]) -> dict[str, Any] | None:
    person = event.person or event.detail.get(FORGOTTEN)
    if not isinstance(person, str):
        return None
    return {"id": person, "name": names.get(person)}
