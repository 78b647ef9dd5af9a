"""The faces of a protocol's portraits, as one encoder sees them or two that judge together."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.support.arguments import evenly
from benchmarks.support.encodings import EncodingCache
from benchmarks.support.pairs import Portrait
from benchmarks.support.trials import Faces
from lookout.faces.encode.fusion import FusedEncoder
from lookout.faces.engine import open_encoder
from lookout.faces.protocols import Detector, Encoder


def gallery_and_shown(
    portraits: Sequence[Portrait], limit: int | None = None
) -> tuple[list[Portrait], list[Portrait]]:
    """Those that are enrolled, and the probes: `limit` of enrolled people, as many of strangers."""
    shown = evenly([p for p in portraits if p.role == "probe"], limit)
    shown += evenly([p for p in portraits if p.role == "stranger"], limit)
    return [p for p in portraits if p.role == "gallery"], shown


def faces_of(
    portraits: Sequence[Portrait],
    detector: Detector,
    encoder: Encoder,
    recipe: str = "none",
    device: str = "auto",
) -> Faces:
    """The centre face of each portrait after `recipe`; kept from one run to the next. Of a fusion
    each encoder's are kept by themselves."""
    paths, names = [p.path for p in portraits], tuple(p.identity for p in portraits)
    if not isinstance(encoder, FusedEncoder):
        return Faces(tuple(EncodingCache(detector, encoder).encodings(paths, recipe)), names)
    first, second = (
        EncodingCache(detector, open_encoder(part, device)).encodings(paths, recipe)
        for part in encoder.name.split("+")
    )
    joined = (
        None if a is None or b is None else encoder.join(a[None], b[None])[0]
        for a, b in zip(first, second, strict=True)
    )
    return Faces(tuple(joined), names)
