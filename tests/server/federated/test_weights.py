"""Weight files: what is read, what is refused, and their average by hand."""

from __future__ import annotations

import io
import json

import numpy as np
import numpy.typing as npt
import pytest

from lookout.server.federated.errors import BadWeights
from lookout.server.federated.weights import MAX_BYTES, averaged, read_weights, to_npz


def npz(**arrays: npt.ArrayLike) -> bytes:
    content = io.BytesIO()
    np.savez(content, allow_pickle=True, **{name: np.asarray(a) for name, a in arrays.items()})
    return content.getvalue()


def safetensors(name: str, values: npt.NDArray[np.float32], **changed: object) -> bytes:
    entry = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [0, values.nbytes]}
    header = json.dumps({name: {**entry, **changed}}).encode()
    return len(header).to_bytes(8, "little") + header + values.tobytes()


def test_files_are_averaged_by_their_people() -> None:
    a = read_weights(npz(w=[0.0, 4.0], people=1))
    b = read_weights(npz(w=[8.0, 0.0], people=3))
    mean = averaged([a, b])
    assert mean.people == 4
    assert mean.arrays["w"].tolist() == [6.0, 1.0]
    again = read_weights(to_npz(mean))
    assert again.people == 4
    assert again.arrays["w"].tolist() == [6.0, 1.0]


def test_safetensors_are_read_as_well() -> None:
    values = np.array([[1.0, 2.0]], np.float32)
    found = read_weights(safetensors("w", values))
    assert found.people == 1
    assert found.arrays["w"].tolist() == [[1.0, 2.0]]


def test_no_file_is_a_clear_error() -> None:
    with pytest.raises(BadWeights, match="at least one local weight file"):
        averaged([])


def test_files_of_different_shapes_are_not_averaged() -> None:
    with pytest.raises(BadWeights, match=r"'w' is \(2,\) in one, \(3,\) in another"):
        averaged([read_weights(npz(w=[1, 2])), read_weights(npz(w=[1, 2, 3]))])
    with pytest.raises(BadWeights, match="'v' is missing in one"):
        averaged([read_weights(npz(w=[1])), read_weights(npz(w=[1], v=[1]))])


_ONE = np.zeros(1, np.float32)
REFUSED = {
    "nothing": (b"", "neither"),
    "text": (b"hello, this is no weight file", "neither"),
    "a pickle": (npz(w=np.array([{"a": 1}], object)), "without pickle"),
    "a broken archive": (npz(w=[1.0])[:60], "without pickle"),
    "words": (npz(w=["a", "b"]), "holds no numbers"),
    "no weights": (npz(people=3), "no weights"),
    "a number that is none": (npz(w=[1.0, np.nan]), "what is no number"),
    "endless": (npz(w=[np.inf]), "what is no number"),
    "nobody": (npz(w=[1.0], people=0), "`people` is one number"),
    "everybody": (npz(w=[1.0], people=1e9), "`people` is one number"),
    "another type": (safetensors("w", _ONE, dtype="BOOL"), "which is not read"),
    "outside": (safetensors("w", _ONE, data_offsets=[0, 400]), "lies outside"),
    "another shape": (safetensors("w", _ONE, shape=[7]), "no .safetensors"),
    "no offsets": (safetensors("w", _ONE, data_offsets=None), "no .safetensors"),
}


@pytest.mark.parametrize(("content", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_another_file_is_refused_with_the_reason(content: bytes, why: str) -> None:
    with pytest.raises(BadWeights, match=why):
        read_weights(content)


def test_a_file_that_unpacks_to_too_much_is_refused_before_it_is_unpacked() -> None:
    content = io.BytesIO()
    np.savez_compressed(content, w=np.zeros(MAX_BYTES // 8 + 1))
    assert len(content.getvalue()) < 2**20
    with pytest.raises(BadWeights, match="unpacks to more"):
        read_weights(content.getvalue())
