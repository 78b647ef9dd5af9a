"""E-mail, with the picture in the text, over smtplib.

smtplib rather than Apprise: the picture lies inline (a Content-ID that the text refers to), the
certificate is checked, the Message-ID is the idempotency key, and messages of one tag form a
thread.
"""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import formatdate

from lookout.server.alerts.channels.channel import READ_S, one_line
from lookout.server.alerts.channels.mail_page import mail_html
from lookout.server.alerts.delivery.message import AlertMessage
from lookout.server.alerts.documents.channel import EmailSettings
from lookout.server.alerts.errors import ChannelRefused, NotDelivered

PRIORITIES = {"critical": "1 (Highest)", "warning": "2 (High)", "info": "3 (Normal)"}


class Email:
    """`channels.channel.OpenChannel`. A connection for each message: they are rare, and a mail
    server closes one that is silent."""

    def __init__(
        self,
        settings: EmailSettings,
        clock: Callable[[], float] = time.time,
        *,
        timeout_s: float = READ_S,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """tls: by what the server's certificate is checked; None: by the system's."""
        self._settings = settings
        self._clock = clock
        self._timeout_s = timeout_s
        self._tls = tls

    def send(self, message: AlertMessage) -> str:
        settings, host = self._settings, f"{self._settings.host}:{self._settings.port}"
        mail = self.mail(message)
        try:
            with self._connected() as server:
                if settings.user:
                    server.login(settings.user, settings.password.get_secret_value())
                refused = server.send_message(mail, settings.sender, list(settings.recipients))
        except smtplib.SMTPAuthenticationError as error:
            raise ChannelRefused(f"{host} refused user and password: {_answer(error)}") from error
        except smtplib.SMTPNotSupportedError as error:
            raise ChannelRefused(f"{host}: {error}") from error
        except smtplib.SMTPRecipientsRefused as error:
            reasons = [code for code, _ in error.recipients.values()]
            words = f"{host} took no recipient: {one_line(str(error.recipients))}"
            raise (ChannelRefused if min(reasons, default=0) >= 500 else NotDelivered)(
                words
            ) from error
        except smtplib.SMTPResponseException as error:
            words = f"{host} answered {_answer(error)}"
            raise (ChannelRefused if error.smtp_code >= 500 else NotDelivered)(words) from error
        except ssl.SSLError as error:
            raise NotDelivered(f"{host}: no encryption: {error}") from error
        except TimeoutError as error:
            raise NotDelivered(f"{host} did not answer within {self._timeout_s:g} s") from error
        except (OSError, smtplib.SMTPException) as error:
            raise NotDelivered(f"{host} cannot be reached: {error}") from error
        taken = len(settings.recipients) - len(refused)
        return f"{host} took it for {taken} of {len(settings.recipients)} recipients"

    def mail(self, message: AlertMessage) -> EmailMessage:
        """The mail: plain text, and HTML with the picture in it."""
        settings, domain = self._settings, self._settings.sender.rpartition("@")[2]
        mail = EmailMessage()
        mail["Subject"] = one_line(message.title)
        mail["From"] = f"Lookout <{settings.sender}>"
        mail["To"] = ", ".join(settings.recipients)
        mail["Date"] = formatdate(self._clock(), localtime=False)
        mail["Message-ID"] = f"<{message.id}@{domain}>"
        mail["References"] = mail["In-Reply-To"] = f"<{message.tag}@{domain}>"
        mail["X-Priority"] = PRIORITIES.get(message.severity, PRIORITIES["info"])
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(f"{message.title}\n\n{message.text}\n")
        picture = None if message.jpeg is None else f"picture-{message.id}"
        mail.add_alternative(mail_html(message, picture), subtype="html")
        html = list(mail.iter_parts())[-1]
        if message.jpeg is not None and isinstance(html, EmailMessage):
            html.add_related(
                message.jpeg,
                "image",
                "jpeg",
                cid=f"<{picture}>",
                disposition="inline",
                filename="face.jpg",
            )
        return mail

    def _connected(self) -> smtplib.SMTP:
        settings = self._settings
        context = self._tls or ssl.create_default_context()
        if settings.security == "tls":
            return smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=self._timeout_s, context=context
            )
        server = smtplib.SMTP(settings.host, settings.port, timeout=self._timeout_s)
        try:
            if settings.security == "starttls":
                server.starttls(context=context)
        except BaseException:
            server.close()
            raise
        return server


def _answer(error: smtplib.SMTPResponseException) -> str:
    said = error.smtp_error
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return one_line(f"{error.smtp_code} {words}")
