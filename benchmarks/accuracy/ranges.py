"""The largest values inside dlib's encoder, for its 8-bit form.

Its 8-bit form needs them. Prints the tuple of `faces/dlibnet/resnet_limits.py`. The chips are
one each of people of LFW's development files who stand in none of the verification pairs, so that
`benchmarks.verify` judges the 8-bit form by people from whom nothing was measured.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from benchmarks.accuracy.parity import read_picture
from benchmarks.support.arguments import evenly
from benchmarks.support.command import command_parser
from benchmarks.support.data import test_data
from benchmarks.support.pairs import read_pairs
from lookout.faces.chips import ChipCutter
from lookout.faces.detect.hog import HogDetector
from lookout.faces.dlib_weights import RESNET, dlib_weights
from lookout.faces.dlibnet.reader import read_network
from lookout.faces.dlibnet.resnet import build_resnet

CHIPS = 200
HEADROOM = 1.3
"""Of 1, 1.15, 1.3 and 1.5: over 500 other chips encodings moved by at most 0.019, 0.016, 0.014 and
0.013, and on average by 0.0016, 0.0017, 0.0018 and 0.0019."""
_BATCH = 8


def strangers_to(pairs: Path, images: Path) -> list[Path]:
    """One picture of each person of the folder who stands in none of the pairs."""
    known = {_person(path) for pair in read_pairs(pairs, images) for path in (pair.a, pair.b)}
    first: dict[str, Path] = {}
    for path in sorted(images.rglob("*.jpg")):
        first.setdefault(_person(path), path)
    return [path for person, path in first.items() if person not in known]


def _person(picture: Path) -> str:
    return picture.stem.rpartition("_")[0]


def chips_of(pictures: Sequence[Path], count: int) -> np.ndarray:
    """(N, 150, 150, 3) uint8 RGB: a chip of each of `count` pictures, spread over all of them."""
    detector, cutter = HogDetector(upsample=0), ChipCutter()
    chips = []
    for picture in evenly(list(pictures), count):
        image = read_picture(picture)
        chips += cutter.chips(image, detector.detect([image])[0])[:1]
    return np.stack(chips)


def limits(model: bytes, chips: np.ndarray) -> list[float]:
    """HEADROOM times the largest value of each distinct input of a convolution, in their order.

    Raises ValueError if one is negative: then an unsigned form would lose it.
    """
    network = onnx.load_from_string(model)
    inputs = [node.input[0] for node in network.graph.node if node.op_type == "Conv"]
    names = list(dict.fromkeys(inputs))
    network.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names
    )
    session = onnxruntime.InferenceSession(
        network.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    largest = np.zeros(len(names))
    for start in range(0, len(chips), _BATCH):
        values = session.run(names, {"pixels": chips[start : start + _BATCH]})
        if min(float(value.min()) for value in values) < 0:
            raise ValueError("a convolution of this network takes negative values")
        largest = np.maximum(largest, [float(value.max()) for value in values])
    # pixels reach 255 whatever these photographs happen to hold
    return [255.0, *(float(f"{HEADROOM * value:.4g}") for value in largest[1:])]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser("ranges", __doc__)
    parser.add_argument("--images", type=Path, metavar="DIR", help="LFW; default: the test data's")
    parser.add_argument("--pairs", type=Path, metavar="CSV", help="default: its verify_dev.csv")
    parser.add_argument("--chips", type=int, default=CHIPS, help=f"default: {CHIPS}")
    options = parser.parse_args(arguments)
    images = options.images or test_data() / "lfw"
    pictures = strangers_to(options.pairs or images / "verify_dev.csv", images)
    chips = chips_of(pictures, options.chips)
    found = limits(build_resnet(read_network(dlib_weights(RESNET))), chips)
    print(f"# {len(chips)} chips of as many people, of {len(pictures)} who are in no pair")
    print(f"RESNET_LIMITS = ({', '.join(map(str, found))})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
