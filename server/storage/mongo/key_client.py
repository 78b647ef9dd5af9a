"""The calls to a key service, over connections that are kept open."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from lookout.json_document import BadJson, read_json
from lookout.server.storage.errors import DiskFull, StorageError, StoreAway, StoreBusy
from lookout.server.storage.key_address import KeyAddress

TIMEOUT_S = 3.0
"""Of each wait for the service. A transaction may hold its turn meanwhile."""
REST_S = 1.0
"""After a failure: so long nobody waits for the service again, but is told at once."""
MAX_ANSWER_BYTES = 4 << 20
_FULL, _BUSY, _REFUSED = 507, 503, (401, 403)


class KeyClient:
    """Any thread. Raises StoreAway where the service cannot be reached, and else what it says."""

    def __init__(
        self,
        address: KeyAddress,
        timeout_s: float = TIMEOUT_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` is monotonic, in seconds. Raises StorageError for a certificate that is none."""
        self.address = address
        self._timeout_s = timeout_s
        self._clock = clock
        self._tls = _tls_context(address) if address.tls else None
        self._idle: deque[http.client.HTTPConnection] = deque()
        self._lock = threading.Lock()
        self._rests_until_s = float("-inf")
        self._why = ""

    def call(self, operation: str, **body: object) -> Mapping[str, Any]:
        """The answer to one operation. May be called again where it failed: see the service."""
        with self._lock:
            if self._clock() < self._rests_until_s:
                raise StoreAway(self._why)
        try:
            status, content = self._asked(operation, json.dumps(body).encode())
        except (OSError, http.client.HTTPException) as error:
            why = (
                f"{self.address} cannot be reached ({str(error) or repr(error):.200}): does "
                "`lookout keys serve` run there, and may this machine connect to it? What is in "
                "the memory can be read meanwhile; all goes on by itself once it answers"
            )
            with self._lock:
                self._rests_until_s, self._why = self._clock() + REST_S, why
            raise StoreAway(why) from error
        return self._checked(operation, status, content)

    def close(self) -> None:
        """Closes the connections on which nobody waits."""
        while (connection := self._borrowed()) is not None:
            connection.close()

    def _asked(self, operation: str, body: bytes) -> tuple[int, bytes]:
        kept = self._borrowed()
        if kept is not None:
            try:
                return self._answer(kept, operation, body)
            except (OSError, http.client.HTTPException):
                pass  # the service has closed what was silent for long, or was started anew
        return self._answer(self._connection(), operation, body)

    def _answer(
        self, connection: http.client.HTTPConnection, operation: str, body: bytes
    ) -> tuple[int, bytes]:
        headers = {
            "Authorization": f"Bearer {self.address.token}",
            "Content-Type": "application/json",
        }
        try:
            path = f"{self.address.parts.path}/v1/{operation}"
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            content = response.read(MAX_ANSWER_BYTES + 1)
        except BaseException:
            connection.close()
            raise
        if response.will_close or len(content) > MAX_ANSWER_BYTES:
            connection.close()
        else:
            self._idle.append(connection)
        return response.status, content

    def _checked(self, operation: str, status: int, content: bytes) -> Mapping[str, Any]:
        if status in _REFUSED:
            raise StorageError(f"{self.address} does not take the secret of this server")
        try:
            answer = read_json(content, MAX_ANSWER_BYTES)
        except BadJson as error:
            raise StorageError(f"{self.address} is no key service: {error}") from error
        if isinstance(answer, dict) and status == http.HTTPStatus.OK:
            return answer
        if not isinstance(answer, dict) or "error" not in answer:
            raise StorageError(f"{self.address} is no key service: it answers {status}")
        words = f"{self.address} cannot do '{operation}': {answer['error']}"
        if status == _FULL:
            raise DiskFull(words)
        raise StoreBusy(words) if status == _BUSY else StorageError(words)

    def _borrowed(self) -> http.client.HTTPConnection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self.address.host, self.address.port
        if self._tls is None:
            return http.client.HTTPConnection(host, port, timeout=self._timeout_s)
        return http.client.HTTPSConnection(host, port, timeout=self._timeout_s, context=self._tls)


def _tls_context(address: KeyAddress) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=address.ca)
    except (OSError, ssl.SSLError) as error:
        raise StorageError(
            f"the certificate {address.ca} of the key service cannot be used: {error}"
        ) from error
