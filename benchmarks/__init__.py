"""Every figure that the README claims, one command each: `python -m benchmarks` lists them.

accuracy/  who is named, and who wrongly; speed/  what a network and a frame cost; system/  whole
programs, as users run them; support/  what the commands share. A command is found by its name
alone, whichever of the first three rooms it lies in.
"""

from __future__ import annotations

from pathlib import Path

ROOMS = ("accuracy", "speed", "system")
"""The rooms with commands."""

__path__ += [str(Path(__file__).with_name(room)) for room in ROOMS]
