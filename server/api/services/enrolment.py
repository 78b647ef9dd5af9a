"""Keeping the face of a photograph as a sample of a person: the same for every route."""

from __future__ import annotations

import hashlib
import time

import numpy as np

from lookout.faces.detections import Detections
from lookout.faces.photo.judgement import Reason
from lookout.server.api.dependencies import Dependencies
from lookout.server.api.errors.api_error import rejection_error
from lookout.server.api.services.face_analyzer import AnalyzedPhoto
from lookout.server.registry.face_reader import crop_jpeg
from lookout.server.storage.records import FaceSample, new_id

ORIGIN = "upload"


def add_sample(
    photo: AnalyzedPhoto, person: str, parts: Dependencies, use_poor: bool, source: str = ""
) -> FaceSample:
    """Add the face of `photo` to `person`; the same photograph a second time changes nothing.

    use_poor: a dark, blurred or small face, too, as long as it is clear whose it is.

    Raises ApiError with every reason if the photograph cannot be used, NotFound for no such person,
    StorageError.
    """
    if isinstance(photo.face, Reason):
        raise rejection_error([photo.face])
    if photo.reasons and not use_poor:
        raise rejection_error(photo.reasons)
    look = photo.look
    content_hash = hashlib.sha256(look.picture.content).digest()
    encoder = parts.looks.encoder.name
    for sample in parts.store.samples.find_by_content(content_hash):
        if sample.person == person and sample.encoder == encoder and not sample.negative:
            return sample
    face = look.detections.take(np.array([photo.face]))
    small = Detections(face.box_xyxy / np.float32(look.picture.scale), face.score)
    return parts.store.samples.add(
        FaceSample(
            id=new_id(),
            person=person,
            encoding=look.encodings[photo.face],
            encoder=encoder,
            origin=ORIGIN,
            created_at=time.time(),
            quality=look.views[photo.face].weight,
            source=source[:200],
            content_hash=content_hash,
        ),
        crop_jpeg(look.picture.image_bgr, small),
    )
