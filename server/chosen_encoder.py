"""The encoder that recognizes, and the completion of the one that is to."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lookout.faces.gallery.coverage import Coverage, Known, coverages
from lookout.faces.protocols import Detector, Encoder
from lookout.server.gallery.completion import GalleryCompletion
from lookout.server.inference.wanted_encoders import wanted_encoders
from lookout.server.settings import ServerSettings

log = logging.getLogger(__name__)

AT_START_PHOTOS = 24
"""So many photographs the wanted encoder encodes before the server starts, in a second or two; more
are encoded while the encoder that knows them recognizes."""


@dataclass(frozen=True, slots=True)
class ChosenEncoder:
    """encoder: the wanted one, or where it does not know everybody the one that knows most.
    completion: encodes for the wanted one what it lacks; not started."""

    encoder: Encoder
    completion: GalleryCompletion


def choose_encoder(
    settings: ServerSettings,
    detector: Detector,
    opened: Callable[[str], Encoder],
    stored: Callable[[Known], Known],
) -> ChosenEncoder:
    """The encoder of these settings and this gallery, and the log says why.

    opened: opens an encoder by its name, once. stored: as for `coverages`. Raises what these
    raise, and ModelMissing or DeviceMissing if an encoder that was asked for by name is not here.
    """
    candidates = wanted_encoders(settings)
    wanted = candidates[0]
    if settings.encoder != "auto":
        opened(wanted)
    completion = GalleryCompletion(
        settings.encodings, settings.images, detector, lambda: opened(wanted), wanted=wanted
    )
    completion.encode_few(AT_START_PHOTOS)
    every = coverages(settings.encodings, candidates, stored)
    completion.in_use = every[0].encoder
    _log_choice(settings, wanted, every)
    return ChosenEncoder(opened(every[0].encoder), completion)


def _log_choice(settings: ServerSettings, wanted: str, every: Sequence[Coverage]) -> None:
    found = every[0]
    if found.encoder != wanted:
        (waiting,) = (coverage for coverage in every if coverage.encoder == wanted)
        log.warning(
            "encoder: %s, because %s does not know %s yet", found.encoder, wanted, waiting.words
        )
    elif settings.encoder == "auto":
        log.info("encoder auto: %s, the best that is here", wanted)
    if found.missing:
        log.warning(
            "%s does not know %s, whom another encoder has learnt; enrol photographs of them: "
            "lookout train",
            found.encoder,
            found.words,
        )
