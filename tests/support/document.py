"""docs/wire.md, by its sections."""

from __future__ import annotations

from tests.support.paths import ROOT

DOCUMENT = (ROOT / "docs" / "wire.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return DOCUMENT.split(f"\n## {title}\n")[1].split("\n## ")[0]
