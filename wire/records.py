"""The typed records behind the JSON part of each message.

A record knows how to become a `meta` dictionary and how to be read back from an untrusted one.
Dictionaries live only in this file; everywhere else these frozen dataclasses travel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from lookout.wire.challenge import WireChallenge
from lookout.wire.errors import BadMessage
from lookout.wire.fields import (
    Meta,
    read_enum,
    read_integer,
    read_mapping,
    read_number,
    read_optional_text,
    read_text,
)


class FaceState(StrEnum):
    """The decision about a face."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    UNSURE = "unsure"


class Liveness(StrEnum):
    """Whether a face is a person before the camera or a picture of one."""

    LIVE = "live"
    SPOOF = "spoof"
    INCONCLUSIVE = "inconclusive"


class Overlay(StrEnum):
    """The side that draws the boxes: the server, on the picture that it returns, or the edge."""

    SERVER = "server"
    EDGE = "edge"


@dataclass(frozen=True, slots=True)
class Face:
    """One face in a result.

    `box_xyxy` is in pixels of the frame that was sent, floats, origin top left. `distance` is to
    the nearest encoding of the named person (or of anybody, for an unknown face), in the encoder's
    own metric; None before the face was encoded. `track` is stable while the face stays in view.
    `ignored` is an unknown face that a person asked to ignore. `liveness` is None where nobody has
    looked, and from servers that do not look.
    """

    box_xyxy: tuple[float, float, float, float]
    state: FaceState
    name: str | None = None
    distance: float | None = None
    track: int | None = None
    ignored: bool = False
    liveness: Liveness | None = None

    def to_meta(self) -> dict[str, Any]:
        return {
            "box": [round(v, 1) for v in self.box_xyxy],
            "state": self.state.value,
            "name": self.name,
            "distance": None if self.distance is None else round(self.distance, 4),
            "track": self.track,
            "ignored": self.ignored,
            "liveness": None if self.liveness is None else self.liveness.value,
        }

    @classmethod
    def from_meta(cls, meta: object) -> Face:
        fields = read_mapping(meta, "face")
        box = fields.get("box")
        if not isinstance(box, list) or len(box) != 4:
            raise BadMessage(f"a face's box is four numbers, got {box!r:.80}")
        x0, y0, x1, y1 = (read_number({"box": v}, "box") for v in box)
        return cls(
            box_xyxy=(x0, y0, x1, y1),
            state=read_enum(FaceState, fields, "state"),
            name=read_optional_text(fields, "name"),
            distance=None if fields.get("distance") is None else read_number(fields, "distance"),
            track=None if fields.get("track") is None else read_integer(fields, "track"),
            ignored=fields.get("ignored") is True,
            liveness=None
            if fields.get("liveness") is None
            else read_enum(Liveness, fields, "liveness"),
        )


@dataclass(frozen=True, slots=True)
class FrameInfo:
    """The description of a frame; the picture itself is the message's JPEG part.

    `captured_at` is Unix seconds by the edge's clock and comes back unchanged, so that the edge
    can time the round trip without the two clocks agreeing. `challenge` asks the server to let the
    largest face prove that it is live; a server that knows no challenges ignores it.
    """

    camera: str
    number: int
    captured_at: float
    overlay: Overlay = Overlay.SERVER
    challenge: bool = False

    def to_meta(self) -> dict[str, Any]:
        meta = {
            "camera": self.camera,
            "number": self.number,
            "captured_at": self.captured_at,
            "overlay": self.overlay.value,
        }
        return {**meta, "challenge": True} if self.challenge else meta

    @classmethod
    def from_meta(cls, meta: Meta) -> FrameInfo:
        return cls(
            camera=read_text(meta, "camera"),
            number=read_integer(meta, "number"),
            captured_at=read_number(meta, "captured_at"),
            overlay=read_enum(Overlay, meta, "overlay"),
            challenge=meta.get("challenge") is True,
        )


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one frame. `timings_ms` holds the stages of the pipeline by name.

    `dropped` is true when the server set the frame aside for a newer one of the same camera: it
    then has no faces and no picture, and only frees the sender's place in flight. `challenge` is
    what a face is asked to do now, where one is.
    """

    camera: str
    number: int
    captured_at: float
    faces: tuple[Face, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    dropped: bool = False
    challenge: WireChallenge | None = None

    def to_meta(self) -> dict[str, Any]:
        meta = {
            "camera": self.camera,
            "number": self.number,
            "captured_at": self.captured_at,
            "faces": [face.to_meta() for face in self.faces],
            "timings_ms": {stage: round(ms, 2) for stage, ms in self.timings_ms.items()},
            "dropped": self.dropped,
        }
        return {**meta, "challenge": self.challenge.to_meta()} if self.challenge else meta

    @classmethod
    def from_meta(cls, meta: Meta) -> Result:
        faces = meta.get("faces")
        if not isinstance(faces, list):
            raise BadMessage("a result's faces are a list")
        timings = read_mapping(meta.get("timings_ms"), "timings_ms")
        return cls(
            camera=read_text(meta, "camera"),
            number=read_integer(meta, "number"),
            captured_at=read_number(meta, "captured_at"),
            faces=tuple(Face.from_meta(face) for face in faces),
            timings_ms={str(stage): read_number(timings, stage) for stage in timings},
            dropped=meta.get("dropped") is True,
            challenge=None
            if meta.get("challenge") is None
            else WireChallenge.from_meta(meta["challenge"]),
        )


@dataclass(frozen=True, slots=True)
class PhotoInfo:
    """A photograph offered for enrolment; the raw picture is the message's JPEG part.

    The server judges it. When it is good, or `keep_anyway` is set, the server keeps it under
    `filename` (a plain name such as `20261122T103000.123Z.jpg`) and learns the person.
    `camera` is the one that took it; empty from earlier edges.
    """

    request: int
    name: str
    filename: str
    keep_anyway: bool = False
    camera: str = ""

    def to_meta(self) -> dict[str, Any]:
        return {
            "camera": self.camera,
            "request": self.request,
            "name": self.name,
            "filename": self.filename,
            "keep_anyway": self.keep_anyway,
        }

    @classmethod
    def from_meta(cls, meta: Meta) -> PhotoInfo:
        return cls(
            request=read_integer(meta, "request"),
            name=read_text(meta, "name"),
            filename=read_text(meta, "filename"),
            keep_anyway=meta.get("keep_anyway") is True,
            camera=read_optional_text(meta, "camera") or "",
        )


@dataclass(frozen=True, slots=True)
class VerdictReason:
    """A reason against a photograph: a stable code for programs, a message for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The server's judgement of one photograph. Good means: no reasons against it. `advice` is
    more to tell the person who took it; often empty. One that is kept in spite of reasons was
    wanted anyway, or is the only one of its person."""

    request: int
    reasons: tuple[VerdictReason, ...]
    kept: bool
    advice: str = ""

    @property
    def good(self) -> bool:
        return not self.reasons

    def to_meta(self) -> dict[str, Any]:
        return {
            "request": self.request,
            "reasons": [{"code": r.code, "words": r.message} for r in self.reasons],
            "kept": self.kept,
            "advice": self.advice,
        }

    @classmethod
    def from_meta(cls, meta: Meta) -> Verdict:
        reasons = meta.get("reasons")
        if not isinstance(reasons, list):
            raise BadMessage("a verdict's reasons are a list")
        entries = [read_mapping(reason, "reason") for reason in reasons]
        return cls(
            request=read_integer(meta, "request"),
            reasons=tuple(
                VerdictReason(read_text(r, "code"), read_text(r, "words")) for r in entries
            ),
            kept=meta.get("kept") is True,
            advice=read_optional_text(meta, "advice") or "",
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error that one side sends the other: `code` for programs, `message` for the log or page.

    `fatal` says that the sender closes the connection after it. `number` is the frame, `request`
    the photograph that it answers, where there is one.
    """

    code: str
    message: str
    fatal: bool = False
    number: int | None = None
    request: int | None = None

    def to_meta(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "words": self.message,
            "fatal": self.fatal,
            "number": self.number,
            "request": self.request,
        }

    @classmethod
    def from_meta(cls, meta: Meta) -> Refusal:
        return cls(
            code=read_text(meta, "code"),
            message=read_text(meta, "words"),
            fatal=meta.get("fatal") is True,
            number=None if meta.get("number") is None else read_integer(meta, "number"),
            request=None if meta.get("request") is None else read_integer(meta, "request"),
        )
