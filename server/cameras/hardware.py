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
    best = best_hardware()
    return None if best is None else HWAccel(best, allow_software_fallback=True)


def best_hardware() -> str | None:
    """The name of what `auto` takes; None where nothing was proved to work here."""
    there = hwdevices_available()
    return next((name for name in _BEST_FIRST if name in there and _opens(name)), None)


def _opens(name: str) -> bool:
    """Whether this machine has such a device; FFmpeg lists what it was built for."""
    try:
        HWAccel(name).create(Codec("h264", "r"))
    except (OSError, RuntimeError, ValueError, NotImplementedError):
        return False
    return True
