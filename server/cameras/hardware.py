"""Decoding by a graphics processor, where that works."""

from __future__ import annotations

from av.codec.codec import Codec
from av.codec.hwaccel import HWAccel, hwdevices_available

_BEST_FIRST = ("cuda", "qsv")


def hardware_for(decoding: str) -> HWAccel | None:
    """The hardware that is to decode, None for the processor.

    With `auto` a stream that the hardware does not take is decoded by the processor; a name that is
    chosen outright has to work.
    """
    if decoding == "none":
        return None
    if decoding != "auto":
        return HWAccel(decoding, allow_software_fallback=False)
    for name in _BEST_FIRST:
        if name in hwdevices_available() and _opens(name):
            return HWAccel(name, allow_software_fallback=True)
    return None


def _opens(name: str) -> bool:
    """Whether this machine has such a device; FFmpeg lists what it was built for."""
    try:
        HWAccel(name).create(Codec("h264", "r"))
    except (OSError, RuntimeError, ValueError, NotImplementedError):
        return False
    return True
