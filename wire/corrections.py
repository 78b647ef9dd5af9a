"""A person's correction of a face in view of an edge, and the server's answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lookout.wire.fields import (
    Meta,
    read_enum,
    read_integer,
    read_number,
    read_optional_text,
    read_text,
)


class Say(StrEnum):
    """The corrections: this is not `name`; ignore this person; undo a correction."""

    NOT = "not"
    IGNORE = "ignore"
    TAKE_BACK = "take_back"


@dataclass(frozen=True, slots=True)
class Correction:
    """One thing that is said. The first two are about the face that `track` of `camera` is, or was
    within the last minute; TAKE_BACK is about what was said at `said_at` (`Corrected`).

    name: whom the server called the face, for NOT; else None.
    """

    request: int
    camera: str
    say: Say
    track: int | None = None
    name: str | None = None
    said_at: float | None = None

    def to_meta(self) -> dict[str, Any]:
        return {
            "request": self.request,
            "camera": self.camera,
            "say": self.say.value,
            "track": self.track,
            "name": self.name,
            "said_at": self.said_at,
        }

    @classmethod
    def from_meta(cls, meta: Meta) -> Correction:
        """Raises BadMessage, also if what is said lacks what it is said of."""
        say = read_enum(Say, meta, "say")
        back = say is Say.TAKE_BACK
        return cls(
            request=read_integer(meta, "request"),
            camera=read_text(meta, "camera"),
            say=say,
            track=None if back else read_integer(meta, "track"),
            name=read_text(meta, "name") if say is Say.NOT else None,
            said_at=read_number(meta, "said_at") if back else None,
        )


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction that is recorded. `message` is for people; `said_at` (the server's clock, Unix
    seconds) identifies it for undoing, None where nothing can be undone. `advice` is more for
    people to read; often empty."""

    request: int
    message: str
    said_at: float | None = None
    advice: str = ""

    def to_meta(self) -> dict[str, Any]:
        return {
            "request": self.request,
            "words": self.message,
            "said_at": self.said_at,
            "advice": self.advice,
        }

    @classmethod
    def from_meta(cls, meta: Meta) -> Corrected:
        return cls(
            request=read_integer(meta, "request"),
            message=read_text(meta, "words"),
            said_at=None if meta.get("said_at") is None else read_number(meta, "said_at"),
            advice=read_optional_text(meta, "advice") or "",
        )
