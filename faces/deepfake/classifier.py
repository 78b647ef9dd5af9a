"""A classifier that a user has installed: a network of the registry, with what is known of it."""

from __future__ import annotations

import numpy as np

from lookout.faces.align import crop_box
from lookout.faces.deepfake.signs import Cue, NotLookedAt, graded
from lookout.faces.detections import Floats, Image
from lookout.faces.errors import ModelDamaged
from lookout.faces.face_input import to_blob
from lookout.faces.models import ModelStore
from lookout.faces.models.entry import ModelEntry
from lookout.faces.models.specs import DeepfakeSpec
from lookout.faces.runtime.choose import open_session
from lookout.faces.runtime.session import NetworkSession, RuntimeChoice

TASK = "deepfake"
NO_MODEL = NotLookedAt(
    "model",
    "No classifier is installed: none that is small is honest on forgeries that it was not trained "
    "on. `lookout models list` shows those that you may install.",
)


class DeepfakeClassifier:
    """One network, fed with the box of a face."""

    def __init__(self, name: str, spec: DeepfakeSpec, session: NetworkSession) -> None:
        self.name = name
        self._spec = spec
        self._session = session

    def cue(self, image_bgr: Image, box_xyxy: Floats) -> Cue:
        """What the network says of the face in `box_xyxy` (4,), pixels.

        Raises ModelDamaged if it gives another number of outputs than its entry says.
        """
        spec = self._spec
        chip = crop_box(image_bgr, box_xyxy, spec.margin, spec.input_px)
        output = self._session.run(to_blob([chip], spec))[0].ravel()
        if len(output) != max(1, len(spec.classes)):
            raise ModelDamaged(
                f"{self.name} gives {len(output)} numbers a face, its registry entry names "
                f"{len(spec.classes)} classes"
            )
        share = self._share_made(output)
        found = (1 + spec.threshold) / 2
        words = (
            f"{self.name} gives {100 * share:.0f} % for a made face. What is known of its error: "
            f"{spec.evaluation}"
        )
        return Cue("model", graded(share, spec.threshold, found), share, words)

    def _share_made(self, output: Floats) -> float:
        if not self._spec.classes:
            return float(1 / (1 + np.exp(-np.clip(output[0], -60, 60))))
        shares = np.exp(output - output.max())
        made = [name in self._spec.made for name in self._spec.classes]
        return float(shares[made].sum() / shares.sum())


def installed_classifier(store: ModelStore) -> ModelEntry | None:
    """The first entry of this task whose files are here; None where there is none."""
    return next(
        (
            entry
            for entry in store.entries.values()
            if entry.task == TASK and entry.confirmed and store.has(entry.name)
        ),
        None,
    )


def open_classifier(entry: ModelEntry, store: ModelStore) -> DeepfakeClassifier:
    """The classifier of an entry. Raises ModelMissing, ModelDamaged or ModelUnconfirmed."""
    if entry.deepfake is None:
        raise ModelDamaged(f"the model {entry.name} is no classifier of made faces")
    session = open_session(store.read(entry.name), RuntimeChoice("cpu"))
    return DeepfakeClassifier(entry.name, entry.deepfake, session)
