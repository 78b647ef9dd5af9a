"""The thread that unloads networks which nobody has used for a while."""

from __future__ import annotations

from lookout.faces.models.manager import ModelManager
from lookout.server.threads.stoppable_thread import StoppableThread

LONGEST_S = 15.0
"""Between two looks; idle times shorter than a minute are looked at four times as often."""


class IdleModels(StoppableThread):
    """Owns the thread."""

    def __init__(self, models: ModelManager) -> None:
        self._models = models
        super().__init__("models")

    def _work(self) -> None:
        while not self._stop.wait(min(LONGEST_S, max(0.05, self._models.idle_s / 4))):
            self._models.sweep()
