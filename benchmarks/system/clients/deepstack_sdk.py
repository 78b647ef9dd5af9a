"""DeepStack's own Python SDK, with its default of 0.7."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.system.clients.life_cycle import Setting, go_through


class DeepStackSdkClient:
    def __init__(self, setting: Setting) -> None:
        sdk: Any = import_module("deepstack_sdk")
        address = f"http://{setting.host}:{setting.port}"
        self._face = sdk.Face(sdk.ServerConfig(address, api_key=setting.key))

    def add(self, name: str, pictures: Sequence[Path]) -> None:
        self._face.registerFace([picture.read_bytes() for picture in pictures], name)

    def recognize(self, picture: Path) -> str | None:
        found = self._face.recognizeFace(picture.read_bytes())
        name = found[0].userid
        return None if name == "unknown" else name

    def names(self) -> list[str]:
        return list(self._face.listFaces())

    def delete(self, name: str) -> None:
        self._face.deleteFace(name)


if __name__ == "__main__":
    go_through(DeepStackSdkClient)
