"""The record that the store keeps of an enrolled photograph."""

from __future__ import annotations

from lookout.faces.photo.examiner import ExaminedPhoto
from lookout.server.imaging.crop import crop_jpeg
from lookout.server.storage.records import FaceSample, new_id
from lookout.server.storage.store import Store

MAX_SOURCE_CHARACTERS = 200


def sample_of(
    photo: ExaminedPhoto, person: str, encoder: str, origin: str, source: str, now_s: float
) -> tuple[FaceSample, bytes]:
    """The sample of `person` that the photograph makes, and the crop of the face as JPEG.

    source: a file name or URL, for people. Raises ValueError for a photograph without one face that
    is meant, and for one that is remembered without its picture.
    """
    face = photo.require_face()
    if photo.picture is None:
        raise ValueError("the picture of this photograph was not kept")
    sample = FaceSample(
        id=new_id(),
        person=person,
        encoding=face.encoding,
        encoder=encoder,
        origin=origin,
        created_at=now_s,
        quality=face.measures.view.weight,
        source=source[:MAX_SOURCE_CHARACTERS],
        content_hash=bytes.fromhex(photo.sha256),
        poor=bool(photo.reasons()),
    )
    return sample, crop_jpeg(photo.picture.image_bgr, face.box_xyxy)


def has_photograph(store: Store, person: str) -> bool:
    """True if a person of the store has a photograph, by whichever encoder."""
    return any(not sample.negative for sample in store.samples.of(person))
