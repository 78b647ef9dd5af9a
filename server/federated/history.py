"""The rounds that a coordinator has made, or that a site has got: signed files, one a version."""

from __future__ import annotations

from pathlib import Path

from lookout.faces.atomic_file import replace_file
from lookout.server.federated.calibration_round import FIRST, CalibrationRound
from lookout.server.federated.errors import BadRoundMessage


class History:
    """A folder of rounds, all signed by one coordinator."""

    def __init__(self, folder: Path, coordinator: bytes) -> None:
        self._folder = folder / "rounds"
        self._coordinator = coordinator

    def add(self, message: bytes) -> CalibrationRound:
        """Keeps a round that is newer than all that are here.

        Raises BadMessage if it is not, does not follow the one before, or is not signed.
        """
        new = CalibrationRound.from_message(message, self._coordinator)
        last = self.last()
        if last is not None and new.version <= last.version:
            raise BadRoundMessage(f"round {new.version} is no newer than round {last.version}")
        follows = last is not None and new.version == last.version + 1
        if follows and last is not None and new.previous != last.digest:
            raise BadRoundMessage(
                f"round {new.version} does not follow the round {last.version} here"
            )
        replace_file(self._path(new.version), message)
        return new

    def last(self) -> CalibrationRound | None:
        versions = self.versions()
        return self.get(versions[-1]) if versions else None

    def get(self, version: int) -> CalibrationRound:
        """Raises BadMessage if it is not here, or was changed."""
        return CalibrationRound.from_message(self.message(version), self._coordinator)

    def message(self, version: int) -> bytes:
        """The signed round, as it is sent. Raises BadMessage."""
        try:
            return self._path(version).read_bytes()
        except FileNotFoundError as error:
            raise BadRoundMessage(f"there is no round {version}") from error

    def versions(self) -> list[int]:
        return sorted(int(file.stem) for file in self._folder.glob("[0-9]*.json"))

    @property
    def next_place(self) -> tuple[int, str]:
        """The version of the next round, and the digest that it refers to."""
        last = self.last()
        return (1, FIRST) if last is None else (last.version + 1, last.digest)

    def _path(self, version: int) -> Path:
        return self._folder / f"{version:06d}.json"
