"""What the doctor says of the data folder: how much is kept, for how long, and when that was last
looked at."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lookout.faces.gallery.coverage import Known
from lookout.server.errors import ServerError

if TYPE_CHECKING:
    from lookout.server.storage.retention_thread import LastRun

LATE_S = 2 * 3600.0
_DATABASES = ("lookout.db", "keys.db", "keys.url")
_WORDS = {
    "unknown": "unknown people",
    "known": "known people",
    "crops": "pictures",
    "events": "events",
    "audit": "audit log",
}


@dataclass(frozen=True, slots=True)
class StoreState:
    """The data folder as of `now_s`, Unix seconds.

    counts:  records by what they are. disk_bytes: of all files.
    ran:     the last run of retention; None if there was none.
    trouble: why the store cannot be read; empty if it can.
    """

    folder: Path
    now_s: float
    disk_bytes: int
    counts: Mapping[str, int] = field(default_factory=dict)
    ran: LastRun | None = None
    trouble: str = ""

    @property
    def late(self) -> bool:
        """Whether retention should have run since."""
        return self.ran is not None and self.now_s - self.ran.at_s > LATE_S


def examine_store(folder: Path, environment: Mapping[str, str]) -> StoreState | None:
    """Look into a data folder; None if nothing is stored there. A server may be running."""
    if not any((folder / name).is_file() for name in _DATABASES):
        return None
    now_s = time.time()
    disk_bytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    try:
        # imported here, because the doctor works without the extra `api`, too
        from lookout.server.storage.opening import open_store
        from lookout.server.storage.retention_thread import last_run

        with open_store(folder, environment) as store:
            counts = {
                "people": store.people.count(),
                "samples": store.samples.count(),
                "sightings": store.sightings.count(),
            }
            return StoreState(folder, now_s, disk_bytes, counts, last_run(store))
    except ModuleNotFoundError as error:
        reason = f"the package {error.name} is missing: pip install '.[api]'"
    except ServerError as error:
        reason = str(error)
    return StoreState(folder, now_s, disk_bytes, trouble=f"{folder} cannot be read: {reason}")


def people_in(folder: Path, environment: Mapping[str, str], in_files: Known) -> Known:
    """Whom each encoder has learnt in a data folder (`names_known`); nobody where nothing is stored
    there, or it cannot be read, which `examine_store` says."""
    if not any((folder / name).is_file() for name in _DATABASES):
        return {}
    try:
        from lookout.server.gallery.people_snapshot import names_known
        from lookout.server.storage.opening import open_store

        with open_store(folder, environment) as store:
            return names_known(store, in_files)
    except (ModuleNotFoundError, ServerError):
        return {}


def store_lines(state: StoreState) -> list[str]:
    """The folder as text, for the report."""
    counts = ", ".join(f"{count} {what}" for what, count in state.counts.items())
    lines = [
        f"stored     {state.folder}: {state.disk_bytes / 2**20:.1f} MiB on disk"
        + (f"; {counts}" if counts else "")
    ]
    if state.ran is None:
        return [*lines, "           retention has not run yet; a running server does it every hour"]
    rules = ", ".join(
        f"{_WORDS.get(what, what)} {'for ever' if days is None else f'{days:g} days'}"
        for what, days in state.ran.rules.items()
    )
    removed = ", ".join(f"{n} of {_WORDS.get(w, w)}" for w, n in state.ran.forgotten.items() if n)
    at = time.strftime("%Y-%m-%d %H:%M", time.localtime(state.ran.at_s))
    return [
        *lines,
        f"           kept: {rules}",
        f"           last looked at {at}; forgotten then: {removed or 'nothing'}",
    ]
