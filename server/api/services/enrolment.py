"""Enrolment over HTTP: a photograph becomes a sample of a person, the same for every route."""

from __future__ import annotations

import time

from lookout.faces.photo.examiner import ExaminedPhoto
from lookout.server.api.errors.api_error import rejection_error
from lookout.server.enrolment.samples import sample_of
from lookout.server.storage.records import FaceSample
from lookout.server.storage.store import Store

ORIGIN = "upload"


def add_sample(
    store: Store,
    encoder: str,
    photo: ExaminedPhoto,
    person: str,
    *,
    use_poor: bool,
    source: str = "",
) -> FaceSample:
    """Add the face of `photo` to `person`; the same photograph a second time changes nothing.

    encoder: the name of the one that encoded it. use_poor: as in `ExaminedPhoto.usable`.

    Raises ApiError with every reason if the photograph cannot be used, NotFound if there is no such
    person, StorageError.
    """
    if not photo.usable(use_poor=use_poor):
        raise rejection_error(photo.reasons())
    for sample in store.samples.find_by_content(bytes.fromhex(photo.sha256)):
        if sample.person == person and sample.encoder == encoder and not sample.negative:
            return sample
    return store.samples.add(*sample_of(photo, person, encoder, ORIGIN, source, time.time()))
