"""What is answered to a picture: a record, its JSON, and the event that it becomes.

An answer names people by their ids alone, so that somebody who is forgotten is gone from it, too;
in its topic it is sealed like the picture.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lookout.json_document import BadJson, read_json
from lookout.server.events.types import EventType
from lookout.server.storage.records import Event
from lookout.server.streams.errors import BadStreamMessage
from lookout.server.streams.sealing import StreamKey

FORMAT = "lookout.answer.1"
MAX_JSON_BYTES = 1 << 20
_NAMESPACE = uuid.UUID("5f0cd9a4-6c6e-4c5b-9f52-0e8b1a7c3d21")


class AnswerStatus(StrEnum):
    """expired: it had waited for too long. failed: it is no picture, or failed again and again."""

    RECOGNIZED = "recognized"
    EXPIRED = "expired"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PictureAnswer:
    """picture: its id. model: the encoder and what it was compared by. at_s: when it was answered.
    found: `faces`, `size_wh` and times of a picture that was recognized; `reason` of another."""

    picture: str
    model: str
    status: AnswerStatus
    at_s: float
    source: str = ""
    found: Mapping[str, object] = field(default_factory=dict)

    def sealed(self, key: StreamKey) -> bytes:
        """The value of the message, below MAX_JSON_BYTES: 500 faces have 150 kB."""
        document = {
            "format": FORMAT,
            "picture": self.picture,
            "model": self.model,
            "status": self.status.value,
            "at": self.at_s,
            "source": self.source,
            "found": {**self.found},
        }
        return key.seal(json.dumps(document, separators=(",", ":")).encode(), FORMAT)

    def event(self) -> Event:
        """The same picture by the same model is the same event, however often it was answered."""
        kind = EventType.PICTURE_RECOGNIZED
        if self.status is not AnswerStatus.RECOGNIZED:
            kind = EventType.PICTURE_FAILED
        return Event(
            event_id(self.picture, self.model),
            kind,
            self.at_s,
            subject=self.picture,
            detail={
                "picture": self.picture,
                "status": self.status.value,
                "model": self.model,
                "source": self.source,
                **self.found,
            },
        )


def event_id(picture: str, model: str) -> str:
    """The id of the event that tells what this model made of this picture."""
    return str(uuid.uuid5(_NAMESPACE, f"{picture}\n{model}"))


def read_answer(value: bytes | None, key: StreamKey) -> PictureAnswer:
    """What `Answer.sealed` wrote. Raises BadMessage."""
    try:
        given = read_json(key.open(value or b"", FORMAT), MAX_JSON_BYTES)
        if not isinstance(given, dict) or given.get("format") != FORMAT:
            raise BadStreamMessage("it is no answer of Lookout's")
        found = given["found"]
        if not isinstance(found, dict):
            raise BadStreamMessage("its answer is damaged")
        return PictureAnswer(
            str(given["picture"])[:64],
            str(given["model"])[:200],
            AnswerStatus(given["status"]),
            float(given["at"]),
            str(given["source"])[:200],
            found,
        )
    except (BadJson, KeyError, ValueError, TypeError) as error:
        raise BadStreamMessage(f"its answer is damaged: {error}") from error
