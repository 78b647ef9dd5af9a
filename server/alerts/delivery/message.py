"""A message, as channels send it: already without what must not leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """What one channel is told.

    note:   what `text` says beyond the facts of the alert: the rule's own text, or that it is late.
    id:     the idempotency key, the same over all attempts.
    tag:    messages of one tag replace each other, where the channel can do that.
    fields: every field of a template (`templates.FIELDS`) as text.
    data:   the same as JSON values, for programs.
    jpeg:   the picture, or None.
    """

    id: str
    tag: str
    notice: str
    severity: str
    title: str
    text: str
    note: str
    fields: Mapping[str, str]
    data: Mapping[str, object]
    jpeg: bytes | None = field(default=None, repr=False)
