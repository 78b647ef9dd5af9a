"""The registry of network weights: what each file is, where it comes from, and where it lies here.

    from lookout.faces.models import ModelStore
    store = ModelStore.from_environment()
    path = store.path("yunet")           # its hash is checked; nothing is ever downloaded here

Only `lookout models install NAME` downloads.
"""

from lookout.faces.models.entry import ModelEntry, ModelFile
from lookout.faces.models.registry import load_registry
from lookout.faces.models.specs import EncoderSpec
from lookout.faces.models.store import ModelStore

__all__ = ["EncoderSpec", "ModelEntry", "ModelFile", "ModelStore", "load_registry"]
