"""What decodes the cameras of this machine, in words, for `lookout doctor`."""

from __future__ import annotations

from importlib.util import find_spec

from lookout.server.cameras.faults import WORDS, Fault


def decoders() -> str:
    """Whether cameras can be fetched, and what would decode them with --decode auto."""
    if find_spec("av") is None:
        return WORDS[Fault.NOT_INSTALLED]
    # loads FFmpeg, which the server's own process never does
    from lookout.server.cameras.hardware import best_hardware

    found = best_hardware()
    if found is None:
        return "decoded by the processor; no graphics processor of this machine decodes for FFmpeg"
    return f"decoded by the processor; with --decode auto by {found}"
