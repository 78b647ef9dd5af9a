"""Everything that Apprise knows: ntfy, Gotify, chat, SMS gateways …

The text is sent first. The picture follows in a message of its own where the service takes files,
and what becomes of it does not matter to the text: services that refuse a file drop the whole
message.
"""

from __future__ import annotations

import logging
import os
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lookout.server.alerts.channels.channel import one_line
from lookout.server.alerts.delivery.message import AlertMessage
from lookout.server.alerts.documents.channel import AppriseSettings
from lookout.server.alerts.errors import CannotOpen, NotDelivered

_TYPES = {"critical": "failure", "warning": "warning", "info": "info"}
_LOG = logging.getLogger("apprise")


class AppriseChannel:
    """`channels.channel.OpenChannel`. Its calls sleep, so it belongs to a thread of its own."""

    def __init__(self, settings: AppriseSettings) -> None:
        """Raises CannotOpen where Apprise is missing or does not know the address."""
        # imported here, because only this kind of channel needs the extra
        try:
            import apprise
        except ModuleNotFoundError as error:
            raise CannotOpen("this channel needs Apprise: pip install '.[alerts]'") from error
        url = settings.url.get_secret_value()
        service = apprise.Apprise.instantiate(url, suppress_exceptions=True)
        if service is None:
            scheme = url.partition("://")[0] if "://" in url else ""
            raise CannotOpen(
                f"Apprise does not understand this address (it begins with {scheme[:20]!r}); its "
                "forms are on https://github.com/caronc/apprise/wiki"
            )
        # our outbox waits between messages and tries again, so Apprise need not
        service.request_rate_per_sec = 0.0
        self._service: Any = service
        self._secrets = [part for part in re.split(r"[/@:?&=]+", url) if len(part) > 5]

    def send(self, message: AlertMessage) -> str:
        kind = _TYPES.get(message.severity, "info")
        with _heard() as words:
            done = self._service.notify(body=message.text, title=message.title, notify_type=kind)
        said = self._redacted("; ".join(words))
        name = str(self._service.service_name)
        if not done:
            raise NotDelivered(f"{name} did not take it: {said or 'it gave no reason'}")
        if message.jpeg is None or not self._service.attachment_support:
            return f"{name} took it"
        return f"{name} took it; {self._picture(message, message.jpeg, kind)}"

    def _picture(self, message: AlertMessage, jpeg: bytes, kind: str) -> str:
        """Sends the picture, and says what became of it."""
        handle, name = tempfile.mkstemp(prefix="lookout-", suffix=".jpg")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(jpeg)
            with _heard() as words:
                done = self._service.notify(
                    body=message.title, title="", notify_type=kind, attach=name
                )
        finally:
            Path(name).unlink(missing_ok=True)
        if done:
            return "and the picture"
        return f"but not the picture ({self._redacted('; '.join(words)) or 'no reason was given'})"

    def _redacted(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return one_line(text)


@contextmanager
def _heard() -> Iterator[list[str]]:
    """What Apprise logs meanwhile, which is the only place where it says why."""
    words: list[str] = []
    thread = threading.get_ident()

    class _Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            ours = record.thread == thread and record.levelno >= logging.WARNING
            if ours and len(words) < 10:
                words.append(record.getMessage())

    ear = _Ear()
    _LOG.addHandler(ear)
    try:
        yield words
    finally:
        _LOG.removeHandler(ear)
