"""The opening of what judges liveness, from the networks that are here."""

from __future__ import annotations

from importlib.util import find_spec

from lookout.faces.errors import ModelMissing
from lookout.faces.liveness.minifasnet import MiniFasNet
from lookout.faces.liveness.passive import PassiveLiveness
from lookout.faces.models import ModelStore
from lookout.faces.models.store import install_command
from lookout.faces.runtime.choose import open_session
from lookout.faces.runtime.session import RuntimeChoice

NETWORKS = (
    (("minifasnet-v2", "minifasnet-v2-early"), 2.7, 2.0),
    (("minifasnet-v1se", "minifasnet-v1se-early"), 4.0, 1.0),
)
"""The entries of the registry that hold each network, the first that is here being taken; how many
times the face's box it sees; how much it counts. V2 counts double: between the lowest hundredth of
live faces and the highest of prints it leaves 2.4, V1SE 1.1, both alike 2.4 and so 2.8, and of
drawn telephones V1SE lets pass nine in ten, V2 one."""
NAME = "minifasnet-v2+v1se"


def liveness_is_here(store: ModelStore | None = None) -> bool:
    """Whether the files of both networks lie on this machine; their content is not looked at."""
    store = store or ModelStore.from_environment()
    return all(any(store.has(name) for name in names) for names, _, _ in NETWORKS)


def how_to_install(store: ModelStore | None = None) -> str:
    """The commands that fetch both networks."""
    store = store or ModelStore.from_environment()
    return " && ".join(install_command(store.entry(names[0])) for names, _, _ in NETWORKS)


def usual_choice(device: str = "auto") -> RuntimeChoice:
    """One thread of the processor, which is what networks this small are fastest on; by OpenVINO
    where it is installed: the same logits within 2e-6 in half the time. `device` cuda is obeyed."""
    if device == "cuda":
        return RuntimeChoice(device)
    installed = find_spec("openvino") is not None
    return RuntimeChoice("cpu", runtime="openvino" if installed else "auto", threads=1)


def open_liveness(
    choice: RuntimeChoice | None = None, store: ModelStore | None = None
) -> PassiveLiveness:
    """Both networks, ready to look, on what `choice` says or `usual_choice`.

    Raises ModelMissing with the commands that install them, ModelDamaged if a hash is wrong.
    """
    store, choice = store or ModelStore.from_environment(), choice or usual_choice()
    if not liveness_is_here(store):
        raise ModelMissing(
            f"the networks that judge liveness are not here; run: {how_to_install(store)}"
        )
    return PassiveLiveness(NAME, [_open(*network, choice, store) for network in NETWORKS])


def _open(
    names: tuple[str, ...],
    scale: float,
    weight: float,
    choice: RuntimeChoice | None,
    store: ModelStore,
) -> MiniFasNet:
    name = next(name for name in names if store.has(name))
    return MiniFasNet(open_session(store.read(name), choice), scale, weight)
