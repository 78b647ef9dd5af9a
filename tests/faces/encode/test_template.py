"""Encoders that are data: the chip, the blob, a user's own entry, and two encoders fused."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lookout.faces.align import crop_box
from lookout.faces.detect.yunet import reduce_to
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import ModelDamaged, ModelMissing
from lookout.faces.face_input import to_blob
from lookout.faces.models import ModelStore, load_registry
from lookout.faces.models.specs import DeepfakeSpec
from lookout.faces.protocols import Encoder
from tests.support.portraits import read_image


@pytest.fixture
def spec_folder(models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOOKOUT_MODELS", str(models))
    return models


def read(path: Path) -> Image:
    return read_image(path)


def encode_one(encoder: Encoder, path: Path, detector: str = "yunet") -> Floats:
    image, _ = reduce_to(read(path), 480)
    found = open_detector(detector, "cpu").detect([image])[0]
    assert len(found) == 1
    return np.asarray(encoder.encode(encoder.align(image, found))[0], np.float32)


def test_the_blob_follows_order_mean_scale_and_layout() -> None:
    spec = load_registry()["reid-0095"].encoder
    assert spec is not None
    chip = np.full((128, 128, 3), (10, 20, 30), np.uint8)
    assert to_blob([chip], spec)[0, :, 0, 0].tolist() == [10, 20, 30]
    other = replace(spec, order="rgb", mean=(1.0, 2.0, 3.0), scale=0.5, layout="nhwc")
    assert to_blob([chip], other)[0, 0, 0].tolist() == [14.5, 9.0, 3.5]
    assert to_blob([], spec).shape == (0, 3, 128, 128)


def test_a_chip_of_another_size_is_refused_not_resized() -> None:
    spec = load_registry()["reid-0095"].encoder
    assert spec is not None
    with pytest.raises(ValueError, match=r"\(128, 128, 3\), got \(112, 112, 3\)"):
        to_blob([np.zeros((112, 112, 3), np.uint8)], spec)


@pytest.mark.data
@pytest.mark.parametrize("detector", ["yunet", "hog"])
def test_it_tells_people_apart_whether_the_detector_has_points_or_not(
    detector: str, spec_folder: Path, data: Path
) -> None:
    encoder = open_encoder("reid-0095", "cpu")
    folder = data / "face_recognition"
    obama, again, biden = (
        encode_one(encoder, folder / name, detector)
        for name in ("obama.jpg", "obama2.jpg", "biden.jpg")
    )
    assert obama.shape == (256,)
    assert np.linalg.norm(obama) == pytest.approx(1)
    assert np.linalg.norm(obama - again) < encoder.tolerance < np.linalg.norm(obama - biden)


@pytest.mark.data
def test_no_chips_and_any_number_of_chips_encode(spec_folder: Path, data: Path) -> None:
    encoder = open_encoder("reid-0095", "cpu")
    assert encoder.encode([]).shape == (0, 256)
    image = read(data / "boxes" / "2008_002506.jpg")
    (found,) = open_detector("yunet", "cpu").detect([image])
    chips = encoder.align(image, found) * 12
    assert len(chips) == 36
    together = encoder.encode(chips)
    np.testing.assert_allclose(together[:3], encoder.encode(chips[:3]), atol=1e-5)
    np.testing.assert_allclose(together[33:], together[:3], atol=1e-5)
    assert encoder.align(image, Detections.empty()) == []


@pytest.mark.data
def test_intels_own_files_give_the_encodings_of_the_conversion(
    spec_folder: Path, data: Path
) -> None:
    pytest.importorskip("openvino")
    picture = data / "face_recognition" / "obama.jpg"
    converted, official = (
        encode_one(open_encoder(name, "cpu"), picture) for name in ("reid-0095", "reid-0095-ir")
    )
    assert np.abs(converted - official).max() < 0.01


@pytest.fixture
def own_entry(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A registry entry as a user writes it, for a file under another name."""
    store = ModelStore.from_environment({"LOOKOUT_MODELS": str(models)})
    folder = tmp_path / "mine"
    folder.mkdir()
    shutil.copyfile(store.path("reid-0095"), folder / "my-faces.onnx")
    shutil.copy(store.path("yunet"), folder)
    file = store.entry("reid-0095").files[0]
    config = tmp_path / "config" / "lookout"
    config.mkdir(parents=True)
    (config / "models.toml").write_text(f"""
[my-faces]
task = "encode"
licence = "mine"
commercial = true
source = "trained at home"
method = "a network"
input = "(N, 3, 128, 128)"
output = "(N, 256)"
[[my-faces.files]]
name = "my-faces.onnx"
sha256 = "{file.sha256}"
size = {file.size}
[my-faces.encoder]
dimension = 256
input_px = 128
order = "bgr"
template_xy = [[0.316, 0.462], [0.683, 0.462], [0.5, 0.641], [0.349, 0.825], [0.653, 0.823]]
metric = "cosine"
threshold = 0.4
""")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("LOOKOUT_MODELS", str(folder))
    return folder


@pytest.mark.data
def test_a_user_adds_an_encoder_by_an_entry_without_code(own_entry: Path, data: Path) -> None:
    encoder = open_encoder("my-faces", "cpu")
    assert (encoder.name, encoder.dimension) == ("my-faces", 256)
    assert encoder.tolerance == pytest.approx(1.2**0.5)
    folder = data / "face_recognition"
    obama = encode_one(encoder, folder / "obama.jpg")
    biden = encode_one(encoder, folder / "biden.jpg")
    assert np.linalg.norm(obama - biden) > encoder.tolerance


def test_a_model_that_fails_its_hash_is_never_loaded(own_entry: Path) -> None:
    file = own_entry / "my-faces.onnx"
    content = bytearray(file.read_bytes())
    content[1000] ^= 1
    file.write_bytes(content)
    with pytest.raises(ModelDamaged, match="It was not loaded"):
        open_encoder("my-faces", "cpu")


def test_a_network_of_another_dimension_than_its_entry_says_so(own_entry: Path) -> None:
    registry = own_entry.parent / "config" / "lookout" / "models.toml"
    registry.write_text(registry.read_text().replace("dimension = 256", "dimension = 512"))
    encoder = open_encoder("my-faces", "cpu")
    with pytest.raises(ModelDamaged, match="gives 256 numbers a face, its registry entry says 512"):
        encoder.encode([np.zeros((128, 128, 3), np.uint8)])


def test_an_unknown_encoder_says_which_there_are() -> None:
    with pytest.raises(ModelMissing, match="dlib-128, reid-0095"):
        open_encoder("no-such-net", "cpu")


@pytest.mark.data
def test_the_squared_distance_of_a_fusion_is_the_weighted_sum(
    spec_folder: Path, data: Path
) -> None:
    folder = data / "face_recognition"
    names = ("dlib-128", "reid-0095", "dlib-128+reid-0095")
    dlib_128, reid, fused = encoders = [open_encoder(name, "cpu") for name in names]
    assert (fused.name, fused.dimension) == ("dlib-128+reid-0095", 384)
    a, b = (
        [encode_one(encoder, folder / name) for encoder in encoders]
        for name in ("obama.jpg", "biden.jpg")
    )
    apart = [float(np.square(one - other).sum()) for one, other in zip(a, b, strict=True)]
    in_tolerances = (0.5 * apart[0] + apart[1]) / (0.5 * dlib_128.tolerance**2 + reid.tolerance**2)
    assert apart[2] == pytest.approx(2 * in_tolerances, rel=1e-4)
    assert apart[2] > fused.tolerance**2
    assert fused.encode([]).shape == (0, 384)


def test_a_network_without_a_template_takes_the_square_box_of_the_face() -> None:
    image = np.zeros((100, 120, 3), np.uint8)
    image[30:70, 40:60] = 200  # a face twice as high as wide
    chip = crop_box(image, np.array([40, 30, 60, 70], np.float32), 1.0, 40)
    assert chip[:, 10:30].min() == 200
    assert chip[:, :10].max() == chip[:, 30:].max() == 0
    # where it reaches outside the picture it is black
    outside = crop_box(image, np.array([-20, -20, 20, 20], np.float32), 2.0, 8)
    assert outside.shape == (8, 8, 3)
    assert outside.max() == 0


def test_a_chip_is_standardized_where_the_network_wants_that() -> None:
    spec = DeepfakeSpec(
        2, "bgr", "nchw", (0.0, 0.0, 0.0), (1.0, 2.0, 1.0), 1.0, (), (), 0.5, "", True
    )
    chip = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    (blob,) = to_blob([chip], spec)
    assert blob.mean() == pytest.approx(0, abs=1e-6)
    assert blob.std() == pytest.approx(1, abs=1e-6)
    flat = to_blob([np.full((2, 2, 3), 7, np.uint8)], replace(spec, scale=1.0))
    assert np.abs(flat).max() == 0
    doubled = to_blob([chip], replace(spec, standardize=False))[0]
    assert doubled[:, 0, 0].tolist() == [0, 2, 2]  # the green channel counts double
