"""The record of a challenge: what a face before a camera is asked to do, as a result carries it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lookout.wire.fields import (
    read_enum,
    read_integer,
    read_mapping,
    read_number,
    read_optional_text,
    read_text,
)


class WireChallengeState(StrEnum):
    """Waiting for what is asked to be done; all was done; or it was not."""

    WAITING = "waiting"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class WireChallenge:
    """A challenge as it stands after a frame.

    number: counted from 1 for each camera of a connection; another number is another challenge.
    track:  the face that is asked.
    task:   what is asked now, a word for programs (`turn_left`, `turn_right`, `blink`,
            `come_closer`, later perhaps others); None at the end.
    words:  what is asked, or what became of it, for people.
    done:   how many of the `of` tasks were done. left_s: the time that is left for this one.
    """

    number: int
    track: int
    state: WireChallengeState
    task: str | None
    words: str
    done: int
    of: int
    left_s: float = 0.0

    def to_meta(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "track": self.track,
            "state": self.state.value,
            "task": self.task,
            "words": self.words,
            "done": self.done,
            "of": self.of,
            "left_s": round(self.left_s, 1),
        }

    @classmethod
    def from_meta(cls, meta: object) -> WireChallenge:
        fields = read_mapping(meta, "challenge")
        return cls(
            number=read_integer(fields, "number"),
            track=read_integer(fields, "track"),
            state=read_enum(WireChallengeState, fields, "state"),
            task=read_optional_text(fields, "task"),
            words=read_text(fields, "words"),
            done=read_integer(fields, "done"),
            of=read_integer(fields, "of"),
            left_s=read_number(fields, "left_s"),
        )
