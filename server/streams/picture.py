"""A picture on its way to those who recognize it: a record, and the message that carries it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from lookout.server.streams.errors import BadStreamMessage
from lookout.server.streams.sealing import StreamKey

FORMAT = "lookout.picture.1"
MAX_INLINE_BYTES = 8_000_000
"""Of a picture in a message; the topics take 8 MiB. A larger one is put down as a claim."""
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_CLAIM = re.compile(r"[0-9a-f]{64}")

Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class SentPicture:
    """id:      ours; what is answered under it is answered once.
    source:  where it comes from; pictures of one source keep their order. Empty: its own order.
    sent_s:  Unix seconds. tries: how often it has failed. content: its bytes; empty where they are
             too large, and `claim` is the SHA-256 under which they lie.
    """

    id: str
    sent_s: float
    content: bytes = field(default=b"", repr=False)
    source: str = ""
    tries: int = 0
    claim: str = ""

    @property
    def key(self) -> bytes:
        """What decides the partition."""
        return (self.source or self.id).encode()

    def headers(self) -> list[tuple[str, bytes]]:
        """What may be read without the key: nothing of the picture."""
        return [
            ("format", FORMAT.encode()),
            ("id", self.id.encode()),
            ("sent", f"{self.sent_s:.3f}".encode()),
            ("tries", str(self.tries).encode()),
            *([("source", self.source.encode())] if self.source else []),
            *([("claim", self.claim.encode())] if self.claim else []),
        ]

    def sealed(self, key: StreamKey) -> bytes:
        """The value of the message: the picture, or nothing where it is a claim."""
        return key.seal(self.content, self._bound)

    @property
    def _bound(self) -> str:
        """What nobody can change without the key."""
        return f"{self.id}\n{self.source}\n{self.claim}"


def read_picture_message(
    value: bytes | None, headers: Headers | None, key: StreamKey
) -> SentPicture:
    """The picture in a message. Raises BadMessage."""
    given = {name: content for name, content in headers or () if isinstance(content, bytes)}
    if given.pop("format", b"") != FORMAT.encode():
        raise BadStreamMessage("it is no picture of Lookout's")
    try:
        text = {name: content.decode() for name, content in given.items()}
        told = SentPicture(
            text["id"],
            float(text["sent"]),
            source=text.get("source", ""),
            tries=max(0, int(text.get("tries", "0"))),
            claim=text.get("claim", ""),
        )
    except (KeyError, ValueError) as error:
        raise BadStreamMessage("its headers are damaged") from error
    if not _ID.fullmatch(told.id) or not (told.claim == "" or _CLAIM.fullmatch(told.claim)):
        raise BadStreamMessage("its headers are damaged")
    return replace(told, content=key.open(value or b"", told._bound))


def with_tries(
    headers: Headers | None, tries: int, sent_s: float | None = None
) -> list[tuple[str, bytes]]:
    """The headers of the same picture after so many tries, and sent anew where that is said."""
    changed: Mapping[str, bytes] = {
        "tries": str(tries).encode(),
        **({} if sent_s is None else {"sent": f"{sent_s:.3f}".encode()}),
    }
    kept = [(name, content) for name, content in headers or () if name not in changed]
    return [*kept, *changed.items()]


def claim_of(content: bytes) -> str:
    """The name of a picture that is too large for a message."""
    return hashlib.sha256(content).hexdigest()
