"""The opening of a channel by its kind."""

from __future__ import annotations

import ssl
import time
from pathlib import Path

from lookout.server.alerts.channels.apprise_channel import AppriseChannel
from lookout.server.alerts.channels.channel import OpenChannel
from lookout.server.alerts.channels.email import Email
from lookout.server.alerts.channels.file_log import FileLog
from lookout.server.alerts.channels.http_post import HttpPost
from lookout.server.alerts.channels.web_push import Browsers, WebPush
from lookout.server.alerts.channels.webhook import Webhook
from lookout.server.alerts.documents.channel import (
    AppriseSettings,
    Channel,
    EmailSettings,
    FileSettings,
    WebhookSettings,
)
from lookout.server.alerts.documents.push import WebPushSettings


def open_channel(
    channel: Channel, folder: Path, browsers: Browsers, tls: ssl.SSLContext | None = None
) -> OpenChannel:
    """Raises CannotOpen. `folder` is where file logs lie; browsers: those that web push tells; tls:
    by what certificates are checked."""
    match channel.parsed:
        case FileSettings() as settings:
            return FileLog(settings, folder)
        case WebhookSettings() as settings:
            return Webhook(settings, tls=tls)
        case EmailSettings() as settings:
            return Email(settings, tls=tls)
        case AppriseSettings() as settings:
            return AppriseChannel(settings)
        case WebPushSettings() as settings:
            return WebPush(channel.id, settings, browsers, post=HttpPost(time.time, tls=tls))
