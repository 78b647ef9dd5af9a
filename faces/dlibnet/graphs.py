"""dlib's networks as ONNX, built at first use and kept in the cache folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from lookout.faces.dlibnet.reader import Network, parse_network, read_file
from lookout.faces.graph_cache import graph_folder, read_or_build


def cached_graph(
    weights: Path, form: str, build: Callable[[Network], bytes], folder: Path | None = None
) -> bytes:
    """The ONNX graph of `weights`, named in `folder` by their hash and `form`.

    form: which graph it is, and which version of the code that builds it.

    Raises ModelDamaged if the weights have to be read and are not what dlib writes.
    """
    data = read_file(weights)
    digest = hashlib.sha256(data).hexdigest()
    path = (folder or graph_folder()) / f"{weights.stem}-{digest[:16]}-{form}.onnx"
    return read_or_build(path, lambda: build(parse_network(data, weights.name)))
