"""The primitive fields of a dlib `.dat` file, read one after another.

Format: dlib's `serialize.h` and `dnn/tensor.h`. An integer is a length byte (sign in its high bit)
and as many little-endian bytes; a floating-point number is two integers, mantissa and exponent;
a string is its length and its bytes; a flag is the character 0 or 1; a tensor is a version, four
sizes and raw little-endian float32.
"""

from __future__ import annotations

import math

import numpy as np

from lookout.faces.detections import Floats
from lookout.faces.errors import ModelDamaged

_INFINITY, _MINUS_INFINITY, _NOT_A_NUMBER = 32000, 32001, 32002
_MAX_NAME_BYTES = 64
_MAX_TENSOR_FLOATS = 1 << 26


class WeightStream:
    """A position in the bytes of one file; every error names the position and what was expected."""

    def __init__(self, data: bytes, source: str) -> None:
        self._data = data
        self._source = source
        self.offset = 0

    def integer(self, what: str) -> int:
        """The next integer. Like every reader here, raises ModelDamaged."""
        start = self.offset
        head = self._take(1, f"the length byte of {what}")[0]
        size = head & 0x7F
        if not 1 <= size <= 8 or head & 0x70:
            raise self.damaged(start, f"the length byte (1 to 8) of {what}", f"byte {head:#04x}")
        value = int.from_bytes(self._take(size, what), "little")
        return -value if head & 0x80 else value

    def size(self, what: str) -> int:
        """An integer that counts something."""
        start = self.offset
        value = self.integer(what)
        if value < 0:
            raise self.damaged(start, f"{what}, not negative", str(value))
        return value

    def version(self, what: str, *known: int) -> int:
        """The next integer, which must be one of the `known` versions."""
        start = self.offset
        value = self.integer(f"the version of {what}")
        if value not in known:
            wanted = " or ".join(map(str, known))
            raise self.damaged(start, f"version {wanted} of {what}", str(value))
        return value

    def real(self, what: str) -> float:
        """The next floating-point number; it may be infinite or NaN."""
        mantissa = self.integer(f"the mantissa of {what}")
        exponent = self.integer(f"the exponent of {what}")
        special = {_INFINITY: math.inf, _MINUS_INFINITY: -math.inf, _NOT_A_NUMBER: math.nan}
        if exponent in special:
            return special[exponent]
        if not -1100 <= exponent <= 1100:
            raise self.damaged(self.offset, f"the exponent of {what}", str(exponent))
        return math.ldexp(mantissa, exponent)

    def reals(self, count: int, what: str) -> tuple[float, ...]:
        """The next `count` floating-point numbers."""
        return tuple(self.real(what) for _ in range(count))

    def name(self, what: str) -> str:
        """The next string, in ASCII."""
        start = self.offset
        size = self.size(f"the length of {what}")
        if size > _MAX_NAME_BYTES:
            raise self.damaged(start, what, f"a string of {size} bytes")
        raw = self._take(size, what)
        if not raw.isascii():
            raise self.damaged(start, what, repr(raw))
        return raw.decode("ascii")

    def flag(self, what: str) -> bool:
        """The next flag."""
        start = self.offset
        raw = self._take(1, what)
        if raw not in (b"0", b"1"):
            raise self.damaged(start, f"{what} (the character 0 or 1)", repr(raw))
        return raw == b"1"

    def tensor(self, what: str) -> Floats:
        """(samples, channels, rows, columns) float32, finite."""
        self.version(f"the tensor {what}", 2)
        start = self.offset
        shape = tuple(self.size(f"a size of {what}") for _ in range(4))
        count = math.prod(shape)
        if count > _MAX_TENSOR_FLOATS:
            raise self.damaged(start, f"the sizes of {what}", str(shape))
        start = self.offset
        raw = self._take(4 * count, f"{count} floats of {what}")
        values = np.frombuffer(raw, "<f4").astype(np.float32).reshape(shape)
        if not np.isfinite(values).all():
            raise self.damaged(start, f"finite floats in {what}", "infinity or not-a-number")
        return values

    def alias(self, what: str) -> tuple[int, int, int, int]:
        """The shape of a view into a tensor: samples, channels, rows, columns."""
        self.version(f"the view {what}", 1)
        samples, channels, rows, columns = (self.size(f"a size of {what}") for _ in range(4))
        return samples, channels, rows, columns

    def end(self) -> None:
        """Checks that nothing is left."""
        left = len(self._data) - self.offset
        if left:
            raise self.damaged(self.offset, "the end of the file", f"{left} more bytes")

    def damaged(self, offset: int, expected: str, found: str) -> ModelDamaged:
        """The error for what was found at a byte offset; the caller raises it."""
        return ModelDamaged(
            f"{self._source} is not a network that dlib wrote, or is damaged: "
            f"at byte {offset} expected {expected}, found {found}"
        )

    def _take(self, count: int, what: str) -> bytes:
        start = self.offset
        piece = self._data[start : start + count]
        if len(piece) < count:
            raise self.damaged(start, what, f"the end of the file after {len(piece)} bytes")
        self.offset = start + count
        return piece
