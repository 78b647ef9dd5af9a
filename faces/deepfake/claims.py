"""C2PA claims: what signed statements inside a file say of its making.

Read and checked by the reference library (`c2pa-python`, the extra `c2pa`), which is imported when
it is first needed. A claim is as good as whoever signed it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any

from lookout.faces.deepfake.signs import Cue, NotLookedAt, Signs

_MADE_BY_PROGRAM = (
    "trainedAlgorithmicMedia",
    "compositeWithTrainedAlgorithmicMedia",
    "algorithmicMedia",
)
"""The IPTC's digital source types of pictures that a program made, or made in part."""
_KINDS = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG": "image/png",
    b"RIFF": "image/webp",
}
NOT_INSTALLED = NotLookedAt(
    "claims", "C2PA claims are not read: install the reference library (pip install '.[c2pa]')."
)


def claims_cue(content: bytes) -> Cue | NotLookedAt:
    """The cue of a whole picture, or why it was not looked for."""
    if find_spec("c2pa") is None:
        return NOT_INSTALLED
    kind = next((kind for head, kind in _KINDS.items() if content.startswith(head)), None)
    if kind is None:
        return NotLookedAt("claims", "C2PA claims are read of JPEG, PNG and WebP files alone.")
    import c2pa

    try:
        with c2pa.Reader(kind, io.BytesIO(content)) as reader:
            store = json.loads(reader.json())
    except (c2pa.C2paError, ValueError) as error:
        return _unreadable(str(error))
    return judged(store)


def judged(store: Mapping[str, Any]) -> Cue:
    """The cue that the library's report gives: of a manifest store, as it writes it as JSON."""
    if str(store.get("validation_state", "")).lower() == "invalid":
        return Cue(
            "claims",
            Signs.FOUND,
            2.0,
            "A C2PA claim does not fit the file any more: it was changed after it was signed.",
        )
    if any(kind in text for text in _texts(store) for kind in _MADE_BY_PROGRAM):
        return Cue("claims", Signs.FOUND, 2.0, "A C2PA claim says that a program made the picture.")
    return Cue(
        "claims",
        Signs.NONE,
        0.0,
        "A C2PA claim fits the file; it says nothing of a program. It is as good as its signer.",
    )


def _unreadable(words: str) -> Cue:
    if "ManifestNotFound" in words or "no JUMBF" in words:
        return Cue(
            "claims", Signs.INCONCLUSIVE, None, "The file has no C2PA claims, as most have none."
        )
    return Cue("claims", Signs.WEAK, 1.0, "The file has C2PA claims that cannot be read.")


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for one in value.values():
                yield from _texts(one)
        case list():
            for one in value:
                yield from _texts(one)
