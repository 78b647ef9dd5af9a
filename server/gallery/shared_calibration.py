"""The calibration of a gallery that several servers share: at its start a server has the newest."""

from __future__ import annotations

import logging
from pathlib import Path

from lookout.faces.atomic_file import replace_file
from lookout.server.storage.store_values import StoredSettings

log = logging.getLogger(__name__)


def share_calibration(settings: StoredSettings, path: Path, encoder: str) -> None:
    """Makes the file `path`, which may not be there, that of the store for this encoder, or tells
    the store of it, whichever was made later. Raises StorageError or OSError."""
    name = f"calibration.{encoder}"
    own = path.read_text(encoding="utf-8") if path.exists() else None
    made_s = path.stat().st_mtime if own is not None else 0.0
    match settings.get(name):
        case {"text": str(text), "made_s": float(kept_s)} if own is None or kept_s >= made_s:
            if text != own:
                replace_file(path, text.encode())
                log.info("%s is that of another server", path)
        case _ if own is not None:
            settings.put(name, {"text": own, "made_s": made_s})
