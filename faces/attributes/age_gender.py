"""Estimates of age and gender by a network that a user has installed. Estimates, and no more: they
are wrong more often for some groups of people than for others, and are never kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lookout.faces.align import crop_box
from lookout.faces.detections import Floats, Image
from lookout.faces.errors import ModelDamaged
from lookout.faces.face_input import to_blob
from lookout.faces.models import ModelStore
from lookout.faces.models.entry import ModelEntry
from lookout.faces.models.specs import AttributesSpec
from lookout.faces.runtime.choose import open_session
from lookout.faces.runtime.session import NetworkSession, RuntimeChoice

TASK = "attributes"
MOST_YEARS = 120.0


@dataclass(frozen=True, slots=True)
class AgeGender:
    """age: years, or None from a network that does not say. gender: `female` or `male`, and the
    share that the network gives for it; None likewise."""

    age: float | None
    gender: str | None
    gender_share: float | None


class AgeGenderNetwork:
    """One network, fed with the box of a face. One thread at a time."""

    def __init__(self, name: str, spec: AttributesSpec, session: NetworkSession) -> None:
        self.name = name
        self._spec = spec
        self._session = session

    def estimate(self, image_bgr: Image, box_xyxy: Floats) -> AgeGender:
        """Of the face in `box_xyxy` (4,), pixels. Raises ModelDamaged for another number of outputs
        than its entry says."""
        spec = self._spec
        chip = crop_box(image_bgr, box_xyxy, spec.margin, spec.input_px)
        outputs = [output.ravel() for output in self._session.run(to_blob([chip], spec))]
        numbers = dict(zip(spec.outputs, np.concatenate(outputs).tolist(), strict=False))
        if sum(map(len, outputs)) != len(spec.outputs):
            raise ModelDamaged(
                f"{self.name} gives {sum(map(len, outputs))} numbers a face, its registry entry "
                f"names {len(spec.outputs)}"
            )
        age = None
        if "age" in numbers:
            age = float(np.clip(numbers["age"] * spec.age_scale, 0.0, MOST_YEARS))
        if "female" not in numbers:
            return AgeGender(age, None, None)
        female = 1 / (1 + np.exp(np.clip(numbers["male"] - numbers["female"], -60, 60)))
        gender = "female" if female >= 0.5 else "male"
        return AgeGender(age, gender, float(max(female, 1 - female)))


def installed_estimator(store: ModelStore) -> ModelEntry | None:
    """The first entry of this task whose files are here; None where there is none."""
    return next(
        (
            entry
            for entry in store.entries.values()
            if entry.task == TASK and entry.confirmed and store.has(entry.name)
        ),
        None,
    )


def open_estimator(entry: ModelEntry, store: ModelStore) -> AgeGenderNetwork:
    """The network of an entry. Raises ModelMissing, ModelDamaged or ModelUnconfirmed."""
    if entry.attributes is None:
        raise ModelDamaged(f"the model {entry.name} estimates nothing of faces")
    session = open_session(store.read(entry.name), RuntimeChoice("cpu", threads=1))
    return AgeGenderNetwork(entry.name, entry.attributes, session)
