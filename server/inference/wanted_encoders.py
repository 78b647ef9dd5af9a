"""The encoders that may recognize under these settings."""

from __future__ import annotations

from lookout.faces.engine import DEFAULT_ENCODER, encoder_candidates
from lookout.server.settings import ServerSettings


def wanted_encoders(settings: ServerSettings) -> tuple[str, ...]:
    """Their names, the preferred first.

    Where no encoder is named, a tolerance is a distance between dlib-128's encodings, and int8 asks
    for the one encoder that has 8-bit weights of its own.
    """
    if settings.encoder == "auto" and (settings.tolerance or settings.precision == "int8"):
        return (DEFAULT_ENCODER,)
    return encoder_candidates(settings.encoder)
