"""The choice of a runtime, the facts that it reports, and the errors when it is not here."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import numpy.typing as npt
import psutil
import pytest
from onnx import TensorProto, helper, numpy_helper

from lookout.faces.dlib_weights import MMOD, RESNET, dlib_weights
from lookout.faces.dlibnet.mmod import build_mmod
from lookout.faces.dlibnet.reader import read_network
from lookout.faces.dlibnet.resnet import build_resnet
from lookout.faces.encode.dlib128 import Dlib128Encoder
from lookout.faces.errors import DeviceMissing, ModelDamaged
from lookout.faces.runtime.choose import open_session, torch_sees_gpu
from lookout.faces.runtime.cores import cpu_flags, has_bfloat16, has_int8, usable_cores
from lookout.faces.runtime.denormals import without_denormal_weights
from lookout.faces.runtime.onnx_runtime import gpu_providers
from lookout.faces.runtime.session import RuntimeChoice

no_gpu = pytest.mark.skipif(bool(gpu_providers()) or torch_sees_gpu(), reason="a GPU is here")
needs_openvino = pytest.mark.skipif(find_spec("openvino") is None, reason="OpenVINO is optional")
needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is optional")


@pytest.fixture(scope="module")
def resnet() -> bytes:
    return build_resnet(read_network(dlib_weights(RESNET)))


@pytest.fixture(scope="module")
def pixels() -> npt.NDArray[np.uint8]:
    """Three chips of a smooth picture: the arithmetic is under test here, not faces."""
    row = np.linspace(0, 255, 150)
    planes = (np.add.outer(row, row), np.add.outer(row, row[::-1]), np.add.outer(row[::-1], row))
    chip = np.stack(planes, axis=2) / 2
    return np.stack((chip, chip[::-1], chip[:, ::-1])).astype(np.uint8)


def test_the_default_says_what_it_runs_on(resnet: bytes) -> None:
    facts = open_session(resnet, RuntimeChoice(device="cpu")).facts
    assert (facts.runtime, facts.provider) == ("onnxruntime", "CPUExecutionProvider")
    assert (facts.device, facts.precision, facts.threads) == ("cpu", "float32", usable_cores())
    assert str(facts).startswith("onnxruntime CPUExecutionProvider (float32, ")


def test_a_session_tells_the_shape_of_its_input(resnet: bytes) -> None:
    assert open_session(resnet, RuntimeChoice(device="cpu")).input_shape == (None, 150, 150, 3)


@no_gpu
@pytest.mark.parametrize("runtime", ["auto", "onnxruntime"])
def test_cuda_without_a_gpu_is_an_error_that_says_what_to_do(resnet: bytes, runtime: str) -> None:
    with pytest.raises(DeviceMissing, match="--device cpu"):
        open_session(resnet, RuntimeChoice(device="cuda", runtime=runtime))


@no_gpu
def test_the_encoder_does_not_fall_back_to_the_cpu_in_silence() -> None:
    with pytest.raises(DeviceMissing, match="onnxruntime-gpu"):
        Dlib128Encoder(RuntimeChoice(device="cuda"))


def test_a_precision_that_is_not_here_is_an_error(resnet: bytes) -> None:
    with pytest.raises(DeviceMissing, match="float32"):
        open_session(resnet, RuntimeChoice(runtime="onnxruntime", precision="bfloat16"))


def test_a_provider_that_this_build_lacks_is_an_error(resnet: bytes) -> None:
    with pytest.raises(DeviceMissing, match="has none of NoSuchProvider"):
        open_session(resnet, RuntimeChoice(providers=("NoSuchProvider",)))


@pytest.mark.skipif(find_spec("torch") is not None, reason="PyTorch is here")
def test_a_runtime_that_is_not_installed_says_how_to_install_it(resnet: bytes) -> None:
    with pytest.raises(DeviceMissing, match="pip install torch"):
        open_session(resnet, RuntimeChoice(runtime="torch"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"device": "tpu"},
        {"runtime": "caffe"},
        {"precision": "int4"},
        {"threads": -1},
        {"providers": ()},
    ],
)
def test_a_meaningless_choice_is_refused_with_a_message(wrong: dict[str, object]) -> None:
    (name,) = wrong
    with pytest.raises(ValueError, match=f"^{name} must"):
        RuntimeChoice(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"", b"<html>", b"\x08\x09" * 50])
def test_bytes_that_are_no_network_are_refused(content: bytes) -> None:
    with pytest.raises(ModelDamaged, match="cannot open the network"):
        open_session(content, RuntimeChoice(device="cpu"))


@pytest.mark.parametrize("as_constant", [False, True], ids=["initializer", "Constant node"])
def test_denormal_weights_of_any_network_are_set_to_zero_and_logged(
    as_constant: bool, caplog: pytest.LogCaptureFixture
) -> None:
    tiny = float(np.finfo(np.float32).tiny)
    # tiny / 2, tiny, 0, -tiny / 4, as bits: arithmetic might round them to zero on this thread
    bits = np.array([0x00400000, 0x00800000, 0, 0x80200000], np.uint32)
    model = _adds(bits.view(np.float32), as_constant)
    with caplog.at_level("WARNING"):
        session = open_session(model, RuntimeChoice(device="cpu"))
    assert "2 weights of the network 'adds' are denormal" in caplog.text
    (result,) = session.run(np.zeros(4, np.float32))
    assert result.tolist() == [0, tiny, 0, 0]


def test_a_network_without_denormal_weights_is_left_as_it_is(
    resnet: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert without_denormal_weights(resnet) is resnet
    assert caplog.text == ""


def _adds(weights: npt.NDArray[np.float32], as_constant: bool) -> bytes:
    """A network that adds `weights` to its input."""
    tensor = numpy_helper.from_array(weights, "weights")
    graph = helper.make_graph(
        [
            *([helper.make_node("Constant", [], ["weights"], value=tensor)] if as_constant else []),
            helper.make_node("Add", ["x", "weights"], ["y"]),
        ],
        "adds",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [len(weights)])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [len(weights)])],
        [] if as_constant else [tensor],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())


@needs_openvino
def test_openvino_computes_the_same_floats(resnet: bytes, pixels: npt.NDArray[np.uint8]) -> None:
    session = open_session(resnet, RuntimeChoice(runtime="openvino", threads=1))
    assert (session.facts.runtime, session.facts.precision) == ("openvino", "float32")
    (expected,) = open_session(resnet, RuntimeChoice(device="cpu")).run(pixels)
    (actual,) = session.run(pixels)
    session.run(pixels[:1])
    assert np.abs(actual - expected).max() <= 1e-5


@needs_openvino
@pytest.mark.skipif(has_bfloat16(cpu_flags()), reason="this processor multiplies bfloat16")
def test_bfloat16_on_a_processor_without_it_is_an_error(resnet: bytes) -> None:
    with pytest.raises(DeviceMissing, match="amx_bf16"):
        open_session(resnet, RuntimeChoice(runtime="openvino", precision="bfloat16"))


@needs_openvino
@pytest.mark.skipif(not has_bfloat16(cpu_flags()), reason="this processor has no bfloat16")
def test_bfloat16_stays_far_below_the_tolerance(
    resnet: bytes, pixels: npt.NDArray[np.uint8]
) -> None:
    choice = RuntimeChoice(runtime="openvino", precision="bfloat16")
    session = open_session(resnet, choice)
    (expected,) = open_session(resnet, RuntimeChoice(device="cpu")).run(pixels)
    assert session.facts.precision == "bfloat16"
    assert 0 < np.abs(session.run(pixels)[0] - expected).max() < 0.05


@pytest.mark.parametrize("runtime", ["onnxruntime", "torch"])
def test_a_runtime_that_does_not_compute_in_8_bits_says_so(resnet: bytes, runtime: str) -> None:
    if runtime == "torch" and find_spec("torch") is None:
        pytest.skip("PyTorch is optional")
    with pytest.raises(DeviceMissing, match="not in int8"):
        open_session(resnet, RuntimeChoice("cpu", runtime, "int8"))


@needs_openvino
@pytest.mark.skipif(has_int8(cpu_flags()), reason="this processor multiplies 8-bit integers")
def test_int8_on_a_processor_without_it_is_an_error(resnet: bytes) -> None:
    with pytest.raises(DeviceMissing, match="avx512_vnni"):
        open_session(resnet, RuntimeChoice(precision="int8"))


@needs_openvino
@pytest.mark.skipif(not has_int8(cpu_flags()), reason="this processor has no 8-bit product")
def test_a_float_network_does_not_pass_for_an_8_bit_one(resnet: bytes) -> None:
    with pytest.raises(DeviceMissing, match="no 8-bit form"):
        open_session(resnet, RuntimeChoice(precision="int8"))


@needs_torch
def test_pytorch_carries_out_both_graphs(resnet: bytes, pixels: npt.NDArray[np.uint8]) -> None:
    tile = np.random.default_rng(1).normal(0, 50, (2, 3, 61, 83)).astype(np.float32)
    for model, batch in (
        (resnet, pixels),
        (build_mmod(read_network(dlib_weights(MMOD))), tile),
    ):
        session = open_session(model, RuntimeChoice(device="cpu", runtime="torch"))
        (expected,) = open_session(model, RuntimeChoice(device="cpu")).run(batch)
        (actual,) = session.run(batch)
        assert actual.shape == expected.shape
        assert np.abs(actual - expected).max() <= 1e-5


@pytest.mark.slow
def test_memory_stays_flat_over_many_calls(resnet: bytes, pixels: npt.NDArray[np.uint8]) -> None:
    session = open_session(resnet, RuntimeChoice(device="cpu"))
    process = psutil.Process()
    for _ in range(30):
        session.run(pixels)
    before = process.memory_info().rss
    for count in range(240):
        session.run(pixels[: 1 + count % 3])
    assert process.memory_info().rss - before < 8 << 20


def test_cores_are_counted_from_what_this_process_may_use() -> None:
    assert 1 <= usable_cores() <= (psutil.cpu_count() or 1)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [({"avx2", "fma"}, False), ({"avx512_bf16"}, True), ({"amx_bf16", "amx_tile"}, True)],
)
def test_bfloat16_is_read_from_the_processors_flags(flags: set[str], expected: bool) -> None:
    assert has_bfloat16(frozenset(flags)) is expected


@pytest.mark.parametrize(
    ("flags", "expected"),
    [({"avx2", "avx512f"}, False), ({"avx512_vnni"}, True), ({"avx2", "avx_vnni"}, True)],
)
def test_8_bit_products_are_read_from_the_processors_flags(flags: set[str], expected: bool) -> None:
    assert has_int8(frozenset(flags)) is expected
