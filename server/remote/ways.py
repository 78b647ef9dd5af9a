"""The ways to an engine: HTTP to Ray Serve, gRPC to Triton."""

from __future__ import annotations

import http.client
import ssl
from collections import deque
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np

from lookout.server.errors import BadSettings
from lookout.server.remote.errors import RemoteFailed
from lookout.server.remote.messages import MAX_BYTES
from lookout.server.remote.options import EngineKind, RemoteOptions

MEDIA_TYPE = "application/octet-stream"
REQUEST, REPLY = "REQUEST", "REPLY"
"""Triton's names of the one input and the one output of a model."""


class Way(Protocol):
    """Any thread."""

    def call(self, what: str, message: bytes, timeout_s: float) -> bytes:
        """The answer of `detect` or `encode` to a message. Raises RemoteFailed."""

    def close(self) -> None:
        """Ends the connections on which nobody waits."""


class HttpWay:
    """Ray Serve's HTTP, over connections that are kept open, one for each call under way."""

    def __init__(self, options: RemoteOptions) -> None:
        self._options = options
        self._context = ssl.create_default_context() if options.tls else None
        self._idle: deque[http.client.HTTPConnection] = deque()

    def call(self, what: str, message: bytes, timeout_s: float) -> bytes:
        connection = self._borrowed(timeout_s)
        try:
            connection.request("POST", f"/{what}", message, {"Content-Type": MEDIA_TYPE})
            response = connection.getresponse()
            answer = response.read(MAX_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise RemoteFailed(f"{self._options} does not answer: {error!r}") from error
        if response.status != http.HTTPStatus.OK:
            connection.close()
            raise RemoteFailed(f"{self._options} answers {response.status} to {what}")
        self._idle.append(connection)
        return answer

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _borrowed(self, timeout_s: float) -> http.client.HTTPConnection:
        try:
            kept = self._idle.pop()
        except IndexError:
            host, port = self._options.host, self._options.port
            if self._context is None:
                return http.client.HTTPConnection(host, port, timeout=timeout_s)
            context = self._context
            return http.client.HTTPSConnection(host, port, timeout=timeout_s, context=context)
        kept.timeout = timeout_s  # for a connection that it has to make anew
        if kept.sock is not None:
            kept.sock.settimeout(timeout_s)
        return kept


class TritonWay:
    """Triton's gRPC: the models `lookout_detect` and `lookout_encode`, bytes in and out."""

    def __init__(self, options: RemoteOptions) -> None:
        from tritonclient import grpc

        self._grpc = grpc
        self._options = options
        self._client = grpc.InferenceServerClient(f"{options.host}:{options.port}", ssl=options.tls)

    def call(self, what: str, message: bytes, timeout_s: float) -> bytes:
        from tritonclient.utils import InferenceServerException

        content = np.array([message], np.object_)
        given = self._grpc.InferInput(REQUEST, [1], "BYTES")
        given.set_data_from_numpy(content)
        try:
            result: Any = self._client.infer(
                f"lookout_{what}",
                [given],
                outputs=[self._grpc.InferRequestedOutput(REPLY)],
                client_timeout=timeout_s,
            )
            (answer,) = result.as_numpy(REPLY).ravel()
        except (InferenceServerException, ValueError, AttributeError) as error:
            raise RemoteFailed(f"{self._options} does not answer: {str(error)[:200]}") from error
        return bytes(answer)

    def close(self) -> None:
        self._client.close()


def open_way(options: RemoteOptions) -> Way:
    """The way to an engine, which need not be there yet. Raises BadSettings without its client."""
    if options.kind is EngineKind.RAY:
        return HttpWay(options)
    if find_spec("tritonclient") is None:
        raise BadSettings(
            "--engine triton:// needs the extra `triton`: pip install 'lookout[server,triton]'"
        )
    return TritonWay(options)
