"""The opening of networks and people for a run without a server."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path

from lookout.faces.decision.negatives import beside, load_negatives
from lookout.faces.engine import DEFAULT_ENCODER, open_detector, open_encoder
from lookout.faces.gallery.encodings_file import file_for, load_gallery
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Encoder
from lookout.paths import find_home
from lookout.server.errors import BadSettings
from lookout.server.inference.open_rule import open_rule
from lookout.server.inference.recognition import Recognition
from lookout.server.settings import ServerSettings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Choice:
    """encodings: the file of the known people; None is the usual one. data: the data folder of a
    server, whose people are known instead."""

    detector: str = "auto"
    encoder: str = DEFAULT_ENCODER
    device: str = "auto"
    rule: str = "default"
    encodings: Path | None = None
    data: Path | None = None


def open_recognition(choice: Choice) -> Recognition:
    """Opens what is chosen. Raises ServerError and FacesError, each one line for people."""
    path = choice.encodings or find_home().encodings
    if choice.encodings is not None and not path.exists():
        raise BadSettings(f"there is no file {path}: make it with: lookout train")
    if choice.data is not None and not choice.data.is_dir():
        raise BadSettings(f"there is no folder {choice.data}: give the --data folder of the server")
    detector = open_detector(choice.detector, choice.device)
    encoder = open_encoder(choice.encoder, choice.device)
    own = file_for(path, encoder.name)
    gallery = _stored(choice.data, encoder) if choice.data else _gallery(own, encoder)
    rule = open_rule(ServerSettings(encodings=path, rule=choice.rule), encoder)
    negatives = load_negatives(beside(own), encoder.name)
    return Recognition(detector, encoder, rule, lambda: gallery, lambda: negatives)


def _stored(data: Path, encoder: Encoder) -> Gallery:
    # imported here, because only the extra `api` has what it takes to unseal a store
    try:
        from lookout.server.gallery.people_index import snapshot_of
        from lookout.server.gallery.sample_cache import SampleCache
        from lookout.server.storage.sqlite.store import DATABASE, open_store
    except ModuleNotFoundError as error:
        raise BadSettings(f"--data needs the package {error.name}: pip install '.[api]'") from error
    if not (data / DATABASE).is_file():
        raise BadSettings(f"there is no store in {data}: give the --data folder of the server")
    with open_store(data, os.environ) as store:
        faces = SampleCache(store, encoder.name)
        faces.renew()
        return snapshot_of(faces, encoder).by_label


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
