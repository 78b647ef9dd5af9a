"""Rules: who × where × when × what → how it is told."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from lookout.server.alerts.documents.document import Document, IdText, Name
from lookout.server.alerts.templates import Template

MAX_S = 366 * 86_400.0
MAX_PARTS = 1000

ClockTime = Annotated[str, StringConstraints(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
Ids = Annotated[tuple[IdText, ...], Field(max_length=MAX_PARTS)]
Seconds = Annotated[float, Field(ge=0, le=MAX_S)]


class WhoKind(StrEnum):
    """list: whoever is on one of the lists. nobody: that no one is there (`absent`)."""

    LIST = "list"
    ANYONE = "anyone"
    UNKNOWN = "unknown"
    KNOWN = "known"
    NOBODY = "nobody"


class What(StrEnum):
    """What happens. `stays` and `absent` need `seconds`."""

    APPEARS = "appears"
    LEAVES = "leaves"
    ENTERS = "enters"
    EXITS = "exits"
    STAYS = "stays"
    ABSENT = "absent"
    IMPOSSIBLE_SPEED = "impossible_speed"
    CAMERA_LOST = "camera_lost"
    SPOOF = "spoof"


class Severity(StrEnum):
    """How much it matters."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class Profile(StrEnum):
    """Whether the people who live or work here are at the site."""

    HOME = "home"
    AWAY = "away"


class Weekday(StrEnum):
    """A day of the week, in the order of `datetime.weekday`."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class Who(Document):
    """Of whom the rule speaks."""

    kind: WhoKind = WhoKind.ANYONE
    lists: Ids = ()

    @model_validator(mode="after")
    def _lists_belong_to_list(self) -> Who:
        if (self.kind is WhoKind.LIST) != bool(self.lists):
            raise ValueError("lists are given exactly where kind is 'list'")
        return self


class RuleWhere(Document):
    """The places, any of which will do; empty: everywhere. Cameras are names or ids."""

    cameras: Ids = ()
    zones: Ids = ()
    fences: Ids = ()


class Interval(Document):
    """A time of day on some days, in the site's time zone. `to` is exclusive; one that is not after
    `from` is on the next day, and `days` are those on which the interval begins."""

    days: tuple[Weekday, ...] = Field(default=tuple(Weekday), min_length=1, max_length=7)
    start: ClockTime = Field(alias="from")
    end: ClockTime = Field(alias="to")

    @model_validator(mode="after")
    def _begins_on_a_day(self) -> Interval:
        if self.start == "24:00":
            raise ValueError("an interval begins at 00:00 of the next day, not at 24:00")
        return self


class When(Document):
    """The times, any of which will do; empty: always."""

    intervals: tuple[Interval, ...] = Field(default=(), max_length=100)
    profile: Annotated[str, StringConstraints(pattern="^(any|home|away)$")] = "any"


class Happening(Document):
    """What happens, and its measure. `metres_per_second`: faster than this is impossible."""

    kind: What
    seconds: Seconds | None = None
    metres_per_second: float = Field(default=12.0, gt=0, le=1000)

    @model_validator(mode="after")
    def _measured(self) -> Happening:
        if self.kind in (What.STAYS, What.ABSENT) and not self.seconds:
            raise ValueError(f"{self.kind.value} needs seconds: for how long")
        return self


class Escalate(Document):
    """Who is told next where nobody has acknowledged the alert after some time."""

    after_s: Seconds
    channels: Ids = Field(min_length=1)


class RuleBody(Document):
    """A rule.

    text: a template of what is told (`docs/alerts.md`), or None for the usual words.
    repeat_s: how long nobody is told of the same again; None: 600 s for a person, 60 s for an
        unknown one or a camera.
    require_live: an action that opens something needs a face that was judged live.
    """

    name: Name
    enabled: bool = True
    who: Who = Who()
    where: RuleWhere = RuleWhere()
    when: When = When()
    what: Happening
    severity: Severity = Severity.INFO
    channels: Ids = ()
    text: Template | None = None
    repeat_s: Seconds | None = None
    escalate: Escalate | None = None
    require_live: bool = False

    @model_validator(mode="after")
    def _possible(self) -> RuleBody:
        what, who, where = self.what.kind, self.who.kind, self.where
        if what is What.ABSENT and (where.cameras or where.zones or where.fences):
            raise ValueError("absence is of the whole site: leave cameras, zones and fences away")
        if who is WhoKind.NOBODY and what is not What.ABSENT:
            raise ValueError("who 'nobody' goes with what 'absent' only")
        if what is What.ABSENT and who is WhoKind.UNKNOWN:
            raise ValueError("nobody can miss an unknown person: absence is of known people")
        if what in (What.ENTERS, What.EXITS) and not (where.zones or where.fences):
            raise ValueError(f"{what.value} needs a zone or a fence")
        if what is What.CAMERA_LOST and (who is not WhoKind.ANYONE or where.zones or where.fences):
            raise ValueError("a lost camera has neither people nor zones: give cameras, or none")
        return self


class AlertRule(RuleBody):
    """A rule that is kept."""

    id: str
