"""Opens encoders that are data (`faces.models`), and two encoders that judge together."""

from __future__ import annotations

from lookout.faces.encode.fusion import FusedEncoder
from lookout.faces.encode.mirrored import SUFFIX
from lookout.faces.encode.template import TemplateEncoder
from lookout.faces.errors import ModelError, ModelMissing
from lookout.faces.models import ModelStore
from lookout.faces.protocols import Encoder
from lookout.faces.runtime.choose import open_ir, open_session, open_tflite
from lookout.faces.runtime.session import RuntimeChoice

WEIGHTS = {("dlib-128", "reid-0095"): (0.5, 1.0), ("sface", "reid-0095"): (1.0, 0.5)}
"""Of the squared distances of a pair of encoders. Chosen on one half of the people of LFW's
identification list: from 0.4 to 1.0 for dlib the share of right names at 1 % of strangers moved by
half a point; with units of the tolerances (3.2) it was 2 points lower."""


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
    convert = store.entry(name).convert
    if convert:
        # imported here: it makes ONNX files (`faces.engine`)
        from lookout.faces.kerasnet.vggface import cached_graph_of

        graph = cached_graph_of(contents[0], convert)
        return TemplateEncoder(name, spec, open_session(graph, choice))
    if store.entry(name).files[0].name.endswith(".tflite"):
        return TemplateEncoder(name, spec, open_tflite(contents[0], choice))
    if len(contents) == 2:
        return TemplateEncoder(name, spec, open_ir(*contents, choice))
    return TemplateEncoder(name, spec, open_session(contents[0], choice))


def fuse(first: Encoder, second: Encoder) -> FusedEncoder:
    """Two encoders, the squared distance of each weighted as WEIGHTS says, scaled so that two
    people at both tolerances are at the fusion's, √2.

    Where nothing was measured each counts in units of its own tolerance, squared, so that the one
    whose typical distances are larger does not drown the other.
    """
    plain = first.name.removesuffix(SUFFIX), second.name.removesuffix(SUFFIX)
    one, other = WEIGHTS.get(plain, (1 / first.tolerance**2, 1 / second.tolerance**2))
    scale = 2 / (one * first.tolerance**2 + other * second.tolerance**2)
    return FusedEncoder(first, second, (one * scale, other * scale), tolerance=2**0.5)
