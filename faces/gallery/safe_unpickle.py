"""Reads a pickle of lists, dictionaries, texts, numbers and numpy arrays, and nothing else.

A pickle is a program. This one may call only the stand-ins below, which are written for the
purpose: numpy's own constructors would allocate whatever size a file asks for, and accept states
that crash the interpreter. No class or function of any other module is ever looked up.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from lookout.faces.errors import GalleryDamaged, GalleryUnsafe

_DTYPE = re.compile(r"[fiu][1248]|[US][1-9][0-9]{0,3}|O8?")
_FLOATS = re.compile(rb"(?:G.{8})*", re.DOTALL)
_PUTS = ("PUT", "BINPUT", "LONG_BINPUT")
_NUMPY_CORE = re.compile(r"^numpy\._?core\.")


def safe_loads(content: bytes) -> Any:
    """The value that `content` pickles, protocols 0 to 5, and 0 to 2 of Python 2, whose texts come
    as bytes. Arrays come as numpy arrays where a gallery of ours has them; `plain` gives those that
    lie deeper.

    Raises GalleryUnsafe, with the name of what was asked for, if the pickle wants anything beyond
    plain values and numpy arrays; GalleryDamaged if it is truncated or not a pickle.
    """
    try:
        _check_memo(content)
        return _plain(_Unpickler(io.BytesIO(content), encoding="bytes").load())
    except (
        pickle.UnpicklingError, EOFError, ValueError, TypeError, KeyError, IndexError,
        AttributeError, OverflowError, MemoryError, RecursionError, UnicodeError,
    ) as error:  # fmt: skip
        raise GalleryDamaged(f"it is truncated or not a pickle ({error})") from error


def _check_memo(content: bytes) -> None:
    """Refuses a memo index beyond the file's own size.

    The C unpickler grows its memo to twice the index that a file names: nine bytes of file would
    take 32 GiB. A pickler counts upwards from 0, so an honest index is below the number of bytes.
    """
    file = io.BytesIO(content)
    for opcode, argument, _ in pickletools.genops(file):
        if opcode.name == "BINFLOAT":  # skip the run: 0.6 s for 10,000 encodings, not 2.3
            file.seek(_FLOATS.match(content, file.tell()).end())  # type: ignore[union-attr]
        if opcode.name in _PUTS and int(argument or 0) > len(content):
            raise GalleryUnsafe("it asks for more memory than its content needs")


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        found = _ADMITTED.get((_NUMPY_CORE.sub("numpy.core.", module), name))
        if found is None:
            raise GalleryUnsafe(f"it asks to run {module}.{name}"[:200])
        return found

    def persistent_load(self, _pid: Any) -> Any:
        raise GalleryUnsafe("it asks for an object from outside the file")


class _PickledCall:
    """A stand-in for a function: it can be called, and nothing about it can be changed."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, *arguments: Any) -> Any:
        return self._function(*arguments)

    def __setstate__(self, _state: object) -> None:
        raise GalleryUnsafe("it asks to change a function")


class _Dtype:
    """A stand-in for numpy.dtype: numbers and texts of fixed size only."""

    __slots__ = ("_code", "_order")

    def __init__(self, code: object) -> None:
        code = code.decode("latin1") if isinstance(code, bytes) else code
        if not isinstance(code, str) or not _DTYPE.fullmatch(code):
            raise GalleryUnsafe(f"it asks for a numpy array of type {code!r:.40}")
        self._code = code
        self._order = "<"

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order = state[1].decode("latin1") if isinstance(state[1], bytes) else state[1]
        if order not in ("<", ">", "=", "|"):
            raise ValueError(f"no byte order: {order!r:.20}")
        self._order = order

    def read(self, content: object, shape: object, order: object) -> npt.NDArray[Any]:
        if self._code.startswith("O"):
            return _of_objects(content, shape)
        if not isinstance(content, bytes | bytearray) or not isinstance(shape, tuple):
            raise ValueError("an array needs bytes and a shape")  # noqa: TRY004 - damage
        dtype = np.dtype(self._order + self._code)
        if math.prod(shape) * dtype.itemsize != len(content):
            raise ValueError(f"an array of shape {shape} does not have {len(content)} bytes")
        return np.frombuffer(content, dtype).reshape(shape, order="F" if order == "F" else "C")


class _Array:
    """A stand-in for numpy.ndarray between its creation and the arrival of its state."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: npt.NDArray[Any] = np.zeros(0)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _version, shape, dtype, is_fortran, content = state
        self.value = _read(dtype, content, shape, "F" if is_fortran else "C")


def _read(dtype: object, content: object, shape: object, order: object) -> npt.NDArray[Any]:
    if not isinstance(dtype, _Dtype):
        raise ValueError("an array needs a dtype")  # noqa: TRY004 - damage
    return dtype.read(content, shape, order)


def _of_objects(content: object, shape: object) -> npt.NDArray[Any]:
    """(N,) of whatever the list holds, such as names of different lengths."""
    if not isinstance(content, list) or shape != (len(content),):
        raise ValueError("an array of objects needs a list of its length")
    array = np.empty(len(content), object)
    for index, item in enumerate(content):
        array[index] = item
    return array


def _latin1(text: str, encoding: str) -> bytes:
    """The bytes of protocol 2, which writes them as `_codecs.encode(text, "latin1")`."""
    if encoding != "latin1":
        raise GalleryUnsafe(f"it asks for the codec {encoding!r:.40}")
    return text.encode("latin1")


def _bytes(content: bytes = b"") -> bytes:
    """bytes() and bytearray(content); bytearray(10**12) would be a memory bomb."""
    if not isinstance(content, bytes):
        raise GalleryUnsafe("it asks for bytes of a size of its own choice")
    return content


def _empty(kind: type) -> Callable[..., Any]:
    """What an empty container is made by; a file fills it item by item."""

    def make(*given: object) -> Any:
        if any(not isinstance(one, _PickledCall) for one in given):
            raise GalleryUnsafe(f"it asks to run {kind.__name__} with a value")
        return kind()

    return make


_ADMITTED: dict[tuple[str, str], _PickledCall] = {
    ("numpy.core.multiarray", "_reconstruct"): _PickledCall(lambda *_ignored: _Array()),
    ("numpy.core.multiarray", "scalar"): _PickledCall(
        lambda dtype, content: _read(dtype, content, (), "C").item()
    ),
    ("numpy.core.numeric", "_frombuffer"): _PickledCall(
        lambda content, dtype, shape, order: _read(dtype, content, shape, order)
    ),
    ("numpy", "ndarray"): _PickledCall(lambda *_ignored: _Array()),
    ("numpy", "dtype"): _PickledCall(lambda code, *_flags: _Dtype(code)),
    ("_codecs", "encode"): _PickledCall(_latin1),
    ("builtins", "bytes"): _PickledCall(_bytes),
    ("__builtin__", "bytes"): _PickledCall(_bytes),
    ("builtins", "bytearray"): _PickledCall(_bytes),
    ("__builtin__", "bytearray"): _PickledCall(_bytes),
    # `defaultdict(list)` collects the encodings of each person in many a script
    ("collections", "OrderedDict"): _PickledCall(_empty(dict)),
    ("collections", "defaultdict"): _PickledCall(_empty(dict)),
    ("builtins", "list"): _PickledCall(_empty(list)),
    ("__builtin__", "list"): _PickledCall(_empty(list)),
}


def _plain(value: Any) -> Any:
    """Stand-ins replaced by their arrays at the two depths where galleries hold them.

    Not deeper: lists that contain one another twice each would grow without end.
    """
    if not isinstance(value, dict):
        return value
    return {key: _items(item) for key, item in value.items()}


def _items(value: Any) -> Any:
    return [plain(item) for item in value] if isinstance(value, list) else plain(value)


def plain(value: Any) -> Any:
    """The array that a stand-in stands for, one of objects as a list; any other value as it is."""
    array = value.value if isinstance(value, _Array) else value
    return list(array) if isinstance(array, np.ndarray) and array.dtype == object else array
