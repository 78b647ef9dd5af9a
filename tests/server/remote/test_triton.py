"""The way to Triton, against a double that speaks Triton's protocol over gRPC."""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterator
from concurrent import futures
from typing import Any

import numpy as np
import pytest

from lookout.server.errors import BadSettings
from lookout.server.remote import ways
from lookout.server.remote.errors import RemoteFailed
from lookout.server.remote.messages import pack_image, read_found
from lookout.server.remote.options import EngineKind, RemoteOptions
from lookout.server.remote.ways import REPLY, REQUEST, TritonWay, open_way
from lookout.server.remote.worker import DetectorWorker
from tests.server.remote.conftest import ToyDetector


class Triton:
    """One model, `lookout_detect`, with a toy detector. gate: shut, nobody is answered."""

    def __init__(self, grpc: Any, pb2: Any, pb2_grpc: Any) -> None:
        worker = DetectorWorker(ToyDetector())
        self.gate = threading.Event()
        self.gate.set()
        triton = self

        class Service(pb2_grpc.GRPCInferenceServiceServicer):  # type: ignore[misc]
            def ModelInfer(self, request: Any, context: Any) -> Any:  # noqa: N802 - Triton's
                triton.gate.wait(30.0)
                if request.model_name != "lookout_detect":
                    context.abort(grpc.StatusCode.NOT_FOUND, "no such model")
                (given,) = request.inputs
                assert (given.name, given.datatype, list(given.shape)) == (REQUEST, "BYTES", [1])
                (content,) = request.raw_input_contents
                (length,) = struct.unpack_from("<I", content)  # as Triton frames BYTES
                (answer,) = worker.answers([content[4 : 4 + length]])
                response = pb2.ModelInferResponse(model_name=request.model_name)
                output = response.outputs.add(name=REPLY, datatype="BYTES")
                output.shape.append(1)
                response.raw_output_contents.append(struct.pack("<I", len(answer)) + answer)
                return response

        self._server = grpc.server(futures.ThreadPoolExecutor(4))
        pb2_grpc.add_GRPCInferenceServiceServicer_to_server(Service(), self._server)
        port = self._server.add_insecure_port("127.0.0.1:0")
        self.options = RemoteOptions(EngineKind.TRITON, "127.0.0.1", port)
        self._server.start()

    def close(self) -> None:
        self.gate.set()
        self._server.stop(None).wait(30.0)


@pytest.fixture
def triton() -> Iterator[Triton]:
    client = pytest.importorskip("tritonclient.grpc", reason="Triton is optional")
    grpc = pytest.importorskip("grpc", reason="Triton is optional")
    triton = Triton(grpc, client.service_pb2, client.service_pb2_grpc)
    yield triton
    triton.close()


def test_messages_go_there_and_back(triton: Triton) -> None:
    way = TritonWay(triton.options)
    sent = pack_image("toy", np.full((48, 64, 3), 9, np.uint8))
    for _ in range(3):
        assert read_found(way.call("detect", sent, 30.0), "toy").score.tolist() == [9]
    with pytest.raises(RemoteFailed, match="no such model"):
        way.call("encode", sent, 30.0)
    way.close()


def test_a_triton_that_hangs_or_is_away_is_not_waited_for(triton: Triton) -> None:
    way = TritonWay(triton.options)
    triton.gate.clear()
    with pytest.raises(RemoteFailed, match="does not answer"):
        way.call("detect", b"", 0.2)
    triton.close()
    with pytest.raises(RemoteFailed, match="does not answer"):
        way.call("detect", b"", 5.0)
    way.close()


def test_a_missing_client_is_said_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ways, "find_spec", lambda _: None)
    with pytest.raises(BadSettings, match=r"lookout\[server,triton\]"):
        open_way(RemoteOptions(EngineKind.TRITON, "a", 8001))
