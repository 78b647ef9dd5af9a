"""deepstack-python and codeproject-ai-api, as Viseron uses them: names are deleted by a form
without a file, photographs with another number of faces than one are left out, 0.8 and 0.6."""

from __future__ import annotations

import urllib.parse
import urllib.request
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.system.clients.life_cycle import Setting, go_through


class FormClient:
    def __init__(self, setting: Setting) -> None:
        self._key = setting.key
        self._address = f"http://{setting.host}:{setting.port}/v1/vision/face"
        where: dict[str, Any] = {"ip": setting.host, "port": setting.port, "timeout": 60}
        if find_spec("deepstack"):
            sdk: Any = import_module("deepstack.core")
            self._face = sdk.DeepstackFace(**where, api_key=setting.key, min_confidence=0.8)
        else:
            sdk = import_module("codeprojectai.core")
            self._face = sdk.CodeProjectAIFace(**where, min_confidence=0.6)

    def add(self, name: str, pictures: Sequence[Path]) -> None:
        self.delete(name)
        for picture in pictures:
            content = picture.read_bytes()
            found = self._face.detect(content)
            if len(found) != 1:
                raise AssertionError(f"{len(found)} faces in {picture}")
            self._face.register(name, content)

    def recognize(self, picture: Path) -> str | None:
        found = self._face.recognize(picture.read_bytes())
        name = found[0]["userid"]
        return None if name == "unknown" else name

    def names(self) -> list[str]:
        found: list[str] = self._face.get_registered_faces()
        return found

    def delete(self, name: str) -> None:
        fields = {"userid": name, "api_key": self._key} if self._key else {"userid": name}
        body = urllib.parse.urlencode(fields).encode()
        with urllib.request.urlopen(f"{self._address}/delete", body, 60) as answer:  # noqa: S310
            answer.read()


if __name__ == "__main__":
    go_through(FormClient)
