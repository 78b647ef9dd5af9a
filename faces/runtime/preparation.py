"""Networks as the runtimes take them: those that have to be changed are changed once."""

from __future__ import annotations

import hashlib

from lookout.faces.graph_cache import graph_folder, read_or_build

_FAST_FORMAT = "v1"
"""The version of what `fast_activations` makes, for the cache."""
_FLOAT_FORMAT = "v1"
"""Likewise of `float_weights`."""
_PRELU, _BLOCKS = b"PRelu", b"block_size"
"""What a file has in it that may need either."""


def prepared(model: bytes, *, fast: bool) -> bytes:
    """The network as a runtime takes it; one that was changed is kept in the cache.

    fast: for ONNX Runtime on a CPU.
    """
    fast = fast and _PRELU in model
    if not (fast or _BLOCKS in model):
        return _changed(model, fast=False)
    digest = hashlib.sha256(model).hexdigest()[:16]
    name = (
        f"fast-{digest}-{_FAST_FORMAT}-{_FLOAT_FORMAT}"
        if fast
        else f"float-{digest}-{_FLOAT_FORMAT}"
    )
    return read_or_build(graph_folder() / f"{name}.onnx", lambda: _changed(model, fast=fast))


def _changed(model: bytes, *, fast: bool) -> bytes:
    # imported here, because ONNX takes a quarter of a second and a kept network needs none of it
    from lookout.faces.runtime.denormals import without_denormal_weights
    from lookout.faces.runtime.fast_activations import with_fast_activations
    from lookout.faces.runtime.float_weights import with_float_weights

    network = without_denormal_weights(with_float_weights(model))
    return with_fast_activations(network) if fast else network
