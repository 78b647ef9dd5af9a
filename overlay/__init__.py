"""Drawing faces and names on a picture, for whichever side draws."""

from __future__ import annotations

from lookout.overlay.draw import draw_faces, draw_notice

__all__ = ["draw_faces", "draw_notice"]
