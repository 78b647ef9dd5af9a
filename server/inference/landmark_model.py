"""dlib's 68-point predictor for the whole server: 64 MB, opened once, at the first call.

The first server on a machine reads dlib's own file at that, which takes seconds: parts that need
the predictor make the first call before the server listens.
"""

from __future__ import annotations

import threading

from lookout.faces.landmarks.landmarker import Landmarker


class LandmarkModel:
    """Holds the one predictor. Any thread."""

    def __init__(self) -> None:
        self._reading = threading.Lock()
        self._landmarker: Landmarker | None = None

    def __call__(self) -> Landmarker:
        """The predictor, for any number of threads. Raises ModelMissing if it is not installed."""
        with self._reading:
            if self._landmarker is None:
                self._landmarker = Landmarker()
            return self._landmarker
