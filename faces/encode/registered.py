"""Opens encoders that are data (`faces.models`), and two encoders that judge together."""

from __future__ import annotations

from faces.encode.fusion import FusedEncoder
from faces.encode.template import TemplateEncoder
from faces.errors import ModelError, ModelMissing
from faces.models import ModelStore
from faces.runtime.choose import open_ir, open_session
from faces.runtime.session import RuntimeChoice
from faces.seams import Encoder


def registered_encoders(store: ModelStore) -> list[str]:
    """The names of the registry's encoders, a user's own among them."""
    return [name for name, entry in store.entries.items() if entry.encoder is not None]


def open_registered(name: str, choice: RuntimeChoice, store: ModelStore) -> TemplateEncoder:
    """The registry's encoder called `name`.

    Its files are one ONNX file, or an .xml and a .bin of OpenVINO's. Raises ModelMissing if there
    is none or its files are not here, ModelDamaged if a hash is wrong, DeviceMissing if they need a
    runtime that is not here.
    """
    if name not in registered_encoders(store):
        raise ModelMissing(
            f"there is no encoder {name!r}; the registry has: "
            f"{', '.join(registered_encoders(store))}"
        )
    spec = store.entry(name).encoder
    if spec is None:
        raise ModelError(f"the model {name} is no encoder")
    contents = store.read_all(name)
    if len(contents) == 2:
        return TemplateEncoder(name, spec, open_ir(*contents, choice))
    return TemplateEncoder(name, spec, open_session(contents[0], choice))


def fuse(first: Encoder, second: Encoder) -> FusedEncoder:
    """Two encoders, each squared distance counted in units of its own tolerance, squared.

    So the one whose typical distances are larger does not drown the other; measured against other
    weights in docs/models.md.
    """
    weights = (1 / first.tolerance**2, 1 / second.tolerance**2)
    return FusedEncoder(first, second, weights, tolerance=2**0.5)
