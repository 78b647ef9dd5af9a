"""The application under test, called without a socket."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from fastapi import FastAPI
from fastapi.testclient import TestClient

from lookout.faces.detections import Image
from lookout.server.api.dependencies import Dependencies
from lookout.server.storage.sqlite.store import SqliteStore


@dataclasses.dataclass
class Api:
    """The application under test, and what stands behind it."""

    app: FastAPI
    store: SqliteStore
    folder: Path
    parts: Dependencies
    client: TestClient
    headers: Mapping[str, Mapping[str, str]]

    def call(self, method: str, path: str, *, role: str = "admin", **options: Any) -> Any:
        headers = {**self.headers[role], **options.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **options)


def encoded(image_bgr: Image | npt.NDArray[np.uint16], suffix: str = ".jpg") -> bytes:
    done, content = cv2.imencode(suffix, image_bgr)
    assert done
    return content.tobytes()
