"""Opens the detector and the encoder that the settings name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from faces.detect.hog import HogDetector
from faces.detect.mmod import MmodDetector
from faces.detect.mtcnn import MtcnnDetector
from faces.detect.scrfd import ScrfdDetector
from faces.detect.yunet import YuNetDetector
from faces.encode.dlib128 import Dlib128Encoder
from faces.encode.registered import fuse, open_registered, registered_encoders
from faces.errors import ModelMissing
from faces.models import ModelStore
from faces.runtime.choose import open_session
from faces.runtime.session import RuntimeChoice, Session
from faces.seams import Detector, Encoder

DEFAULT_DETECTOR = "hog"
DEFAULT_ENCODER = "dlib-128"


def _network(name: str, choice: RuntimeChoice) -> Session:
    return open_session(ModelStore.from_environment().read(name), choice)


DETECTORS: Mapping[str, Callable[[RuntimeChoice], Detector]] = {
    "hog": lambda _: HogDetector(),
    "mmod": MmodDetector,
    "yunet": lambda choice: YuNetDetector(_network("yunet", choice)),
    "scrfd": lambda choice: ScrfdDetector(_network("scrfd-500m", choice)),
    "mtcnn": MtcnnDetector,
}
ENCODERS: Mapping[str, Callable[[RuntimeChoice], Encoder]] = {
    "dlib-128": Dlib128Encoder,
}


def open_detector(
    name: str = "auto", device: str = "auto", *, runtime: RuntimeChoice | None = None
) -> Detector:
    """The detector called `name`, on `device` (auto, cpu or cuda) or as `runtime` says in full.

    Raises ModelMissing for an unknown name, DeviceMissing for a device that is not here.
    """
    name = DEFAULT_DETECTOR if name == "auto" else name
    if name not in DETECTORS:
        raise ModelMissing(f"there is no detector {name!r}; there is: {', '.join(DETECTORS)}")
    return DETECTORS[name](runtime or RuntimeChoice(device=device))


def open_encoder(
    name: str = "auto", device: str = "auto", *, runtime: RuntimeChoice | None = None
) -> Encoder:
    """The encoder called `name`, on `device` (auto, cpu or cuda) or as `runtime` says in full.

    Besides those of ENCODERS there are the registry's (`faces.models`), a user's own among them,
    and two that judge together: `dlib-128+reid-0095`.

    Raises ModelMissing for an unknown name, DeviceMissing for a device that is not here.
    """
    name = DEFAULT_ENCODER if name == "auto" else name
    choice = runtime or RuntimeChoice(device=device)
    first, plus, second = name.partition("+")
    if plus:
        return fuse(open_encoder(first, runtime=choice), open_encoder(second, runtime=choice))
    if name in ENCODERS:
        return ENCODERS[name](choice)
    store = ModelStore.from_environment()
    known = [*ENCODERS, *registered_encoders(store)]
    if name not in known:
        raise ModelMissing(f"there is no encoder {name!r}; there is: {', '.join(known)}")
    return open_registered(name, choice, store)
