"""CompreFace's Python SDK, as Viseron uses it: faces are deleted before they are learned, a subject
of 0.5 is a name."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.system.clients.life_cycle import Setting, go_through

SIMILARITY = 0.5
OPTIONS = {"limit": 0, "det_prob_threshold": 0.8, "prediction_count": 1, "status": False}


class CompreFaceClient:
    def __init__(self, setting: Setting) -> None:
        sdk: Any = import_module("compreface")
        whole = sdk.CompreFace(f"http://{setting.host}", str(setting.port), OPTIONS)
        self._service = whole.init_face_recognition(setting.key)
        self._faces = self._service.get_face_collection()
        self._subjects = self._service.get_subjects()

    def add(self, name: str, pictures: Sequence[Path]) -> None:
        self._faces.delete_all(name)
        for picture in pictures:
            answer = self._faces.add(image_path=picture.read_bytes(), subject=name)
            assert answer["subject"] == name, answer  # noqa: S101 - the client's own check

    def recognize(self, picture: Path) -> str | None:
        answer = self._service.recognize(picture.read_bytes())
        if answer.get("code") == 28:
            return None
        (best,) = answer["result"][0]["subjects"] or [{"similarity": 0.0}]
        return best["subject"] if best["similarity"] >= SIMILARITY else None

    def names(self) -> list[str]:
        found: list[str] = self._subjects.list()["subjects"]
        return found

    def delete(self, name: str) -> None:
        answer = self._faces.delete_all(name)
        assert "deleted" in answer, answer  # noqa: S101 - the client's own check


if __name__ == "__main__":
    go_through(CompreFaceClient)
