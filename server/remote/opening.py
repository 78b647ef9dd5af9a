"""The opening of what is computed elsewhere, where an engine is set."""

from __future__ import annotations

from lookout.faces.protocols import Detector, Encoder
from lookout.server.remote.caller import Caller
from lookout.server.remote.engines import RemoteDetector, RemoteEncoder
from lookout.server.remote.options import RemoteOptions
from lookout.server.remote.ways import Way, open_way


class Elsewhere:
    """Sends detector and encoder to an engine; without options they stay what they are."""

    def __init__(self, options: RemoteOptions | None, encoder: str) -> None:
        """encoder: the name of the one that the engine has; others are computed here. Raises
        BadSettings where the engine's client is missing."""
        self._encoder = encoder
        self._name = str(options)
        self._way: Way | None = None if options is None else open_way(options)

    def detector(self, here: Detector) -> Detector:
        """The same detector, computed there where there is one."""
        if self._way is None:
            return here
        return RemoteDetector(here, Caller(self._way, self._name))

    def encoder(self, here: Encoder) -> Encoder:
        """The same, if it is the one that the engine has."""
        if self._way is None or here.name != self._encoder:
            return here
        return RemoteEncoder(here, Caller(self._way, self._name))
