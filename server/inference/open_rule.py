"""The rule of decision: the encoder's, adapted to the settings and the gallery."""

from __future__ import annotations

import logging

from lookout.faces.decision.calibration import beside, load_calibration
from lookout.faces.decision.rule import Rule
from lookout.faces.errors import GalleryError
from lookout.faces.gallery.encodings_file import file_for
from lookout.faces.gallery.match import MatchMode
from lookout.faces.protocols import Encoder
from lookout.server.settings import ServerSettings

log = logging.getLogger(__name__)


def open_rule(settings: ServerSettings, encoder: Encoder) -> Rule:
    """The rule, calibrated if `lookout calibrate` was run for this gallery.

    A calibration that cannot be used is reported and ignored: the default is safe.
    """
    tolerance = settings.tolerance or encoder.tolerance
    if settings.rule == "original":
        log.warning("rule: original. Most votes win: it names strangers, use it to compare only")
        return Rule.for_encoder(encoder.name, tolerance, original=True)
    rule = Rule.for_encoder(encoder.name, tolerance)
    if settings.match is MatchMode.HASH and rule.strangers.cohort is not None:
        log.warning(
            "--match hash with %s names strangers, in one trial 27 of 100, because codes are too "
            "coarse for how near they come: take --match hash+rerank (docs/models.md)",
            encoder.name,
        )
    path = beside(file_for(settings.encodings, encoder.name))
    try:
        calibration = load_calibration(path, encoder.name)
    except (GalleryError, OSError) as error:
        log.warning("the calibration is ignored and the default rule used: %s", error)
        return rule
    if calibration is None:
        log.info("rule: default, not calibrated for this gallery (lookout calibrate)")
        return rule
    log.info("rule: calibrated by %s, strangers named: %s", path, calibration.fpir)
    return calibration.applied(rule)
