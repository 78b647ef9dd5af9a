"""The site: people, cameras, rules and a time zone that belong together."""

from __future__ import annotations

import zoneinfo
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from lookout.server.alerts.documents.document import Document, Name
from lookout.server.alerts.documents.rule import Profile


@cache
def zone(name: str) -> zoneinfo.ZoneInfo:
    """The time zone of this IANA name. Raises ValueError."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            f"there is no time zone {name!r:.60}; write it as Europe/Berlin"
        ) from error


def _known_zone(name: str) -> str:
    zone(name)
    return name


TimeZone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_known_zone)]


class Site(Document):
    """The site's name, its time zone, and who is there. Rules count their days by the zone."""

    name: Name = "Home"
    time_zone: TimeZone = "UTC"
    profile: Profile = Profile.HOME
