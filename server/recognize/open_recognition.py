"""The opening of networks and people for a run without a server."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lookout.faces.decision.negatives import beside, load_negatives
from lookout.faces.engine import encoder_candidates, open_detector, open_encoder
from lookout.faces.gallery.coverage import Coverage, encoder_for, most_known
from lookout.faces.gallery.encodings_file import file_for, load_gallery
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Encoder
from lookout.paths import find_home
from lookout.server.errors import BadSettings
from lookout.server.inference.open_rule import open_rule
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.settings import ServerSettings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Choice:
    """encodings: the file of the known people; None is the usual one. data: the data folder of a
    server, whose people are known instead."""

    detector: str = "auto"
    encoder: str = "auto"
    device: str = "auto"
    rule: str = "default"
    encodings: Path | None = None
    data: Path | None = None


def open_recognition(choice: Choice) -> RecognitionContext:
    """Opens what is chosen. Raises ServerError and FacesError, each one line for people."""
    path = choice.encodings or find_home().encodings
    if choice.encodings is not None and not path.exists():
        raise BadSettings(f"there is no file {path}: make it with: lookout train")
    if choice.data is not None and not choice.data.is_dir():
        raise BadSettings(f"there is no folder {choice.data}: give the --data folder of the server")
    detector = open_detector(choice.detector, choice.device)
    candidates = encoder_candidates(choice.encoder)
    if choice.data is not None:
        encoder, gallery = _stored(choice.data, candidates, choice.device)
    else:
        encoder = _opened(encoder_for(path, candidates), choice.device)
        gallery = _gallery(file_for(path, encoder.name), encoder)
    rule = open_rule(ServerSettings(encodings=path, rule=choice.rule), encoder)
    negatives = load_negatives(beside(path), encoder.name)
    return RecognitionContext(detector, encoder, rule, lambda: gallery, lambda: negatives)


def _opened(found: Coverage, device: str) -> Encoder:
    log.info("encoder: %s", found.encoder)
    if found.missing:
        log.warning(
            "%s does not know %s, whom another encoder has learnt", found.encoder, found.words
        )
    return open_encoder(found.encoder, device)


def _stored(data: Path, candidates: Sequence[str], device: str) -> tuple[Encoder, Gallery]:
    # imported here, because only the extra `api` has what it takes to unseal a store
    try:
        from lookout.server.gallery.people_snapshot import names_taken_over, snapshot_of
        from lookout.server.gallery.sample_cache import SampleCache
        from lookout.server.storage.opening import has_store, open_store
    except ModuleNotFoundError as error:
        raise BadSettings(f"--data needs the package {error.name}: pip install '.[api]'") from error
    if not has_store(data):
        raise BadSettings(f"there is no store in {data}: give the --data folder of the server")
    with open_store(data, os.environ) as store:
        known = {name: names_taken_over(store, name) for name in candidates}
        encoder = _opened(most_known(known)[0], device)
        faces = SampleCache(store, encoder.name)
        faces.renew()
        return encoder, snapshot_of(faces, encoder).by_label


def _gallery(path: Path, encoder: Encoder) -> Gallery:
    try:
        return load_gallery(path, encoder)
    except FileNotFoundError:
        log.warning(
            "nobody is enrolled (%s is not there), so everybody will be unknown; put photographs "
            "into utils/images/<name>/ and run: lookout train",
            path,
        )
        return Gallery.empty(encoder.name, encoder.dimension)
    except OSError as error:
        raise BadSettings(f"cannot read {path}: {error.strerror}") from error
