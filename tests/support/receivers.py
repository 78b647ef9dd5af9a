"""The other side of channels: an HTTP and an SMTP server that record, and answer as told."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

T = TypeVar("T")


@dataclass(frozen=True)
class Request:
    """One request that came in."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class HttpReceiver:
    """Records every POST. `answers` are given one after another, then 200; one that is None is
    never given."""

    answers: list[tuple[int, Mapping[str, str]] | None] = field(default_factory=list)
    tls: ssl.SSLContext | None = None
    requests: list[Request] = field(default_factory=list)
    heard: threading.Event = field(default_factory=threading.Event)
    end: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> HttpReceiver:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver.requests.append(Request(self.path, dict(self.headers), body))
                receiver.heard.set()
                answer = receiver.answers.pop(0) if receiver.answers else (200, {})
                if answer is None:
                    receiver.end.wait(30)
                    return
                status, headers = answer
                content = b'{"said": "%d"}' % status
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        scheme = "http" if self.tls is None else "https"
        host = "127.0.0.1" if self.tls is None else "localhost"
        return f"{scheme}://{host}:{self.port}"


class _MailHandler:
    def __init__(self, keep: Callable[[bytes], str]) -> None:
        self._keep = keep

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        return self._keep(envelope.content)


class MailReceiver:
    """A mail server with STARTTLS and AUTH (ada, secret). `answers` are given one after another,
    then 250."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self.answers: list[str] = []
        self.raw: list[bytes] = []

        def authenticated(*found: Any) -> AuthResult:
            given = found[4]
            right = isinstance(given, LoginPassword) and (given.login, given.password) == (
                b"ada",
                b"secret",
            )
            return AuthResult(success=right, handled=right or False)

        self._smtp = partial(
            SMTP,
            _MailHandler(self._keep),
            tls_context=tls,
            require_starttls=True,
            authenticator=authenticated,
            auth_required=True,
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> MailReceiver:
        self._thread.start()
        self._server = self._call(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._call(asyncio.sleep(0.05))  # connections that have just ended are dropped
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    @property
    def port(self) -> int:
        return int(self._server.sockets[0].getsockname()[1])

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(self._smtp, "127.0.0.1", 0)

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    @property
    def mails(self) -> list[EmailMessage]:
        found = [message_from_bytes(raw, policy=default) for raw in self.raw]
        return [one for one in found if isinstance(one, EmailMessage)]

    def _keep(self, content: bytes) -> str:
        if self.answers:
            return self.answers.pop(0)
        self.raw.append(content)
        return "250 taken"
