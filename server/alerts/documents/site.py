"""The site: people, cameras, rules and a time zone that belong together."""

from __future__ import annotations

import zoneinfo
from functools import cache
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, StringConstraints

from lookout.server.alerts.documents.document import Document, Name
from lookout.server.alerts.documents.rule import Profile
from lookout.server.events.envelope import SITE_NAME


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


def _public_address(address: str) -> str:
    parts = urlsplit(address)
    if address and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query):
        raise ValueError("the public address is like https://home.example/lookout, or empty")
    if parts.username is not None or parts.password is not None:
        raise ValueError("put no password into the public address: it is in every message")
    return address.rstrip("/")


PublicAddress = Annotated[str, StringConstraints(max_length=500), AfterValidator(_public_address)]


class Site(Document):
    """The site's name, its time zone, and who is there. Rules count their days by the zone.
    address: where the dashboard is found from outside, for the links in messages; may be empty."""

    name: Name = SITE_NAME
    time_zone: TimeZone = "UTC"
    profile: Profile = Profile.HOME
    address: PublicAddress = ""

    def link_to(self, alert: str) -> str:
        """Where an alert can be looked at; empty where the address is not known."""
        return f"{self.address}/alerts?alert={alert}" if self.address else ""
