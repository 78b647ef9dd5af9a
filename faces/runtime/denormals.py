"""The removal of denormal weights: numbers too small to be normal become zero.

They change no result, but a processor computes with them in microcode: one network ran 80 times
slower. The runtimes are set to treat them as zero as well, which covers what comes up between the
layers; this also covers runtimes without such a setting, and logs it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import TensorProto, numpy_helper

_EXPONENT, _FRACTION = np.uint32(0x7F800000), np.uint32(0x007FFFFF)

_log = logging.getLogger(__name__)


def without_denormal_weights(model: bytes) -> bytes:
    """The ONNX file itself, or where it had such weights one without them, and a warning.

    Bytes that are not an ONNX file come back as they are: the runtime reports what is wrong.
    """
    try:
        network = onnx.load_from_string(model)
    except DecodeError:
        return model
    flushed = sum(_flush(tensor) for tensor in _float_tensors(network.graph))
    if not flushed:
        return model
    _log.warning(
        "%d weights of the network %r are denormal numbers, which slow processors down up to "
        "80 times; they were set to zero",
        flushed,
        network.graph.name,
    )
    return bytes(network.SerializeToString())


def _float_tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    constants = (a.t for node in graph.node if node.op_type == "Constant" for a in node.attribute)
    for tensor in (*graph.initializer, *constants):
        if tensor.data_type == TensorProto.FLOAT and tensor.data_location != TensorProto.EXTERNAL:
            yield tensor


def _flush(tensor: onnx.TensorProto) -> int:
    """Sets the tensor's denormal numbers to zero and returns how many there were."""
    values = numpy_helper.to_array(tensor)
    # by their bits: a thread on which ONNX Runtime has run takes denormal numbers for zero
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    denormal = ((bits & _EXPONENT) == 0) & ((bits & _FRACTION) != 0)
    count = int(np.count_nonzero(denormal))
    if count:
        zeroed = np.where(denormal, np.float32(0), values)
        tensor.CopyFrom(numpy_helper.from_array(zeroed, tensor.name))
    return count
