"""How far our reading of Keras' weights is from Keras itself, on random weights and pictures."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.support.command import command_parser
from benchmarks.support.keras_files import KINDS, keras_file, random_layers
from benchmarks.support.report import table, write_json
from lookout.faces.kerasnet.vggface import BUILDERS
from lookout.faces.kerasnet.weights import read_keras_weights
from lookout.faces.runtime.choose import open_session
from lookout.faces.runtime.session import RuntimeChoice

PICTURES = 3
WORKER = Path(__file__).resolve().parents[1] / "support" / "keras_worker.py"
TIMEOUT_S = 600.0

_EPILOG = """\
Keras runs in an environment of its own, because it is large and nothing else needs it:

  python -m venv keras && keras/bin/pip install keras tensorflow-cpu h5py
  python -m benchmarks.keras_parity --keras keras/bin/python
"""


def measure(kind: str, share: int, python: Path) -> dict[str, Any]:
    """The largest difference of our outputs from Keras', of their largest; and whether the file
    that Keras writes itself is read with the same numbers."""
    layers = random_layers(kind, share)
    pictures = np.random.default_rng(2).uniform(-128, 128, (PICTURES, 224, 224, 3))
    pictures = pictures.astype(np.float32)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "weights.h5").write_bytes(keras_file(layers))
        np.save(folder / "in.npy", pictures)
        began_s = time.perf_counter()
        _ask_keras(python, kind, folder)
        keras_s = time.perf_counter() - began_s
        theirs = np.load(folder / "out.npy", allow_pickle=False)
        began_s = time.perf_counter()
        graph = BUILDERS[kind](read_keras_weights((folder / "weights.h5").read_bytes()))
        convert_s = time.perf_counter() - began_s
        saved = read_keras_weights((folder / "saved.h5").read_bytes())
    session = open_session(graph, RuntimeChoice("cpu"))
    ours = session.run(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)))[0]
    same = all(
        np.array_equal(mine, theirs_too)
        for layer, arrays in layers.items()
        for mine, theirs_too in zip(
            arrays, saved.take(layer.replace("/", "."), tuple(a.ndim for a in arrays)), strict=True
        )
    )
    return {
        "network": kind,
        "parameters": sum(array.size for arrays in layers.values() for array in arrays),
        "outputs": int(ours.shape[1]),
        "difference": float(np.abs(ours - theirs).max() / np.abs(theirs).max()),
        "keras_file_read_alike": same,
        "convert_s": convert_s,
        "keras_s": keras_s,
    }


def _ask_keras(python: Path, kind: str, folder: Path) -> None:
    files = [str(folder / name) for name in ("weights.h5", "in.npy", "out.npy", "saved.h5")]
    environment = {**os.environ, "KERAS_BACKEND": os.environ.get("KERAS_BACKEND", "tensorflow")}
    environment.pop("PYTHONPATH", None)
    subprocess.run(
        [str(python), str(WORKER), kind, *files],
        check=True,
        env=environment,
        timeout=TIMEOUT_S,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser("keras_parity", __doc__, _EPILOG)
    parser.add_argument("--keras", type=Path, required=True, metavar="PYTHON")
    parser.add_argument("--network", action="append", choices=KINDS, help="default: all")
    parser.add_argument(
        "--share", type=int, default=4, help="divides all widths; 1: as published (%(default)s)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    options = parser.parse_args(arguments)
    try:
        rows = [measure(kind, options.share, options.keras) for kind in options.network or KINDS]
    except (OSError, subprocess.SubprocessError) as error:
        print(f"error: Keras could not be asked: {error}", file=sys.stderr)
        return 1
    head = ("network", "parameters", "outputs", "largest difference, of the largest output",
            "Keras' own file read alike", "converted in s")  # fmt: skip
    cells = [
        (r["network"], f"{r['parameters']:,}", r["outputs"], f"{r['difference']:.1e}",
         "yes" if r["keras_file_read_alike"] else "NO", f"{r['convert_s']:.1f}")
        for r in rows
    ]  # fmt: skip
    print(table(head, cells))
    write_json(options.json, "keras_parity", {"share": options.share, "rows": rows})
    return 0


if __name__ == "__main__":
    sys.exit(main())
