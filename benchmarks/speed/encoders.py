"""The cost of SFace and reid-0095 against the matrix product, on one thread.

ONNX Runtime with the network as its file has it and as Lookout opens it, and OpenVINO where it is
installed, take turns with NumPy's product of two float32 matrices of 2048. Figures are processor
time, the least of all rounds: what other programs add to a round is not the network's. dlib-128 has
`benchmarks.encode`.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks.support.command import command_parser
from benchmarks.support.flops import gflop
from benchmarks.support.report import table, write_json
from lookout.faces.errors import FacesError
from lookout.faces.models import ModelStore
from lookout.faces.runtime.choose import open_session
from lookout.faces.runtime.float_weights import with_float_weights
from lookout.faces.runtime.onnx_runtime import OnnxRuntimeSession
from lookout.faces.runtime.session import NetworkSession, RuntimeChoice

INPUT_PX = {"sface": 112, "reid-0095": 128}
BATCH, MATMUL_SIDE = 16, 2048
HEAD = ("encoder", "way", "GFLOP", "ms alone", f"ms a chip of {BATCH}", "GFLOP/s", "of the product")


@dataclass(frozen=True, slots=True)
class Row:
    """One network one way. share: of the product's speed that its faster figure reaches."""

    encoder: str
    way: str
    gflop: float
    ms_one: float
    ms_batch: float
    gflops: float
    share: float


def network_of(encoder: str) -> bytes:
    """The ONNX file of an encoder, its weights as float32. Raises FacesError."""
    return with_float_weights(ModelStore.from_environment().read(encoder))


def ways(model: bytes) -> dict[str, NetworkSession]:
    """The network on one thread, by the name of the way."""
    choice = RuntimeChoice("cpu", "onnxruntime", threads=1)
    found = {
        "ONNX Runtime, as in the file": OnnxRuntimeSession(model, choice),
        "ONNX Runtime, as opened": open_session(model, choice),
    }
    if find_spec("openvino") is not None:
        found["OpenVINO"] = open_session(model, RuntimeChoice("cpu", "openvino", threads=1))
    return found


def measure(encoder: str, rounds: int, product: Callable[[], float]) -> list[Row]:
    """Every way in turn, with the product in each round. Raises FacesError."""
    model = network_of(encoder)
    cost, px = gflop(model, {"n": 1, "N": 1, "batch": 1}), INPUT_PX[encoder]
    found, fastest_product = ways(model), np.inf
    batch = np.random.default_rng(1).uniform(0, 255, (BATCH, 3, px, px)).astype(np.float32)
    batches = any(session.input_shape[0] is None for session in found.values())
    ms: dict[str, list[float]] = {name: [np.inf, np.inf] for name in found}
    for _ in range(rounds + 1):
        fastest_product = min(fastest_product, product())
        for name, session in found.items():
            ms[name][0] = min(ms[name][0], _ms(session, batch[:1]))
            if batches:
                ms[name][1] = min(ms[name][1], _ms(session, batch) / BATCH)
    peak = 2 * MATMUL_SIDE**3 / 1e6 / fastest_product
    rows = []
    for name, (one, of_batch) in ms.items():
        speed = cost / min(one, of_batch) * 1000
        rows.append(Row(encoder, name, cost, one, of_batch, speed, speed / peak))
    return rows


def _ms(session: NetworkSession, batch: np.ndarray) -> float:
    began_s = time.process_time()
    session.run(batch)
    return 1000 * (time.process_time() - began_s)


def _product() -> Callable[[], float]:
    side = np.random.default_rng(0).random((MATMUL_SIDE, MATMUL_SIDE), np.float32)

    def product_ms() -> float:
        began_s = time.process_time()
        _ = side @ side
        return 1000 * (time.process_time() - began_s)

    return product_ms


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # the product, too, on one core
    rows, product = [], _product()
    for name in options.encoder or INPUT_PX:
        try:
            rows += measure(name, options.rounds, product)
        except FacesError as error:
            print(f"not here: {error}")
    cells = [
        (
            *(row.encoder, row.way, f"{row.gflop:.2f}", f"{row.ms_one:.1f}"),
            *("–" if np.isinf(row.ms_batch) else f"{row.ms_batch:.1f}", f"{row.gflops:.0f}"),
            f"{100 * row.share:.0f} %",
        )
        for row in rows
    ]
    print(table(HEAD, cells))
    write_json(options.json, "encoders", {"rows": [asdict(row) for row in rows]})
    return 0 if rows else 1


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("encoders", __doc__)
    add = parser.add_argument
    add("--encoder", action="append", choices=tuple(INPUT_PX), help="may be repeated (all)")
    add("--rounds", type=int, default=15, help="after one for warmth (%(default)s)")
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
