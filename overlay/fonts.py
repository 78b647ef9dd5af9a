"""Fonts for names in any script: which font of this machine has the letters of a text.

No font has every script, so a text is cut into runs, each in the first font that has its letters.
A font is asked by drawing: a letter that it lacks comes out as the font's own "missing" glyph.
"""

from __future__ import annotations

import logging
import os
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from PIL import ImageFont

log = logging.getLogger(__name__)

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

# In order of preference: faces that stay legible at 12 px on video first, then scripts.
PREFERRED = (
    "NotoSans-SemiBold.ttf",
    "NotoSans-Medium.ttf",
    "NotoSans-Bold.ttf",
    "segoeuib.ttf",
    "Arial Bold.ttf",
    "arialbd.ttf",
    "DejaVuSans-Bold.ttf",
    "LiberationSans-Bold.ttf",
    "NotoSans-Regular.ttf",
    "DejaVuSans.ttf",
    "LiberationSans-Regular.ttf",
    "NotoSansCJK-Bold.ttc",
    "NotoSansCJK-Regular.ttc",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
    "msyh.ttc",
    "YuGothB.ttc",
    "malgun.ttf",
    "Arial Unicode.ttf",
    "NotoEmoji-Regular.ttf",
    "Symbola_hint.ttf",
    "seguisym.ttf",
)
SCRIPTS = "NotoSans*-Regular.[to]t[fc]"
PROBE_PX = 24
MISSING = "\uffff"  # a noncharacter: no font has it, so it draws the font's "missing" glyph
PLACEHOLDER = "\u25a1"
BUILT_IN = Path("Pillow's own font")  # Latin only; always there


@dataclass(frozen=True, slots=True)
class GlyphRun:
    """A stretch of text and the font file that has its letters, or `BUILT_IN`."""

    text: str
    path: Path


class FontBook:
    """The fonts found under some folders, asked in order of preference.

    Not safe for several threads at once: FreeType faces are not. The caller holds a lock.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._paths = list(_find(folders))
        self._warned: set[str] = set()
        self._font_for = lru_cache(maxsize=4096)(self._search)
        self.open = lru_cache(maxsize=64)(_open)

    def runs(self, text: str) -> list[GlyphRun]:
        """Cuts a text so that every run has one font. Letters that no font has become one □."""
        runs: list[GlyphRun] = []
        for letter in text:
            if runs and _is_mark(letter):
                path = runs[-1].path  # blanks, accents and joiners go with the letter before them
            elif found := self._font_for(letter):
                path = found
            elif unicodedata.category(letter)[0] == "S" and len(text) > 1:
                continue  # an emoji that no font has is no loss beside a name
            else:
                self._warn(letter)
                if runs and runs[-1].text.endswith(PLACEHOLDER):
                    continue
                letter = PLACEHOLDER
                path = self._font_for(letter) or BUILT_IN
            if runs and runs[-1].path == path:
                runs[-1] = GlyphRun(runs[-1].text + letter, path)
            else:
                runs.append(GlyphRun(letter, path))
        return runs

    def _search(self, letter: str) -> Path | None:
        candidates = (*self._paths, BUILT_IN)
        return next((path for path in candidates if _has(path, letter)), None)

    def _warn(self, letter: str) -> None:
        script = unicodedata.name(letter, "unnamed").partition(" ")[0]
        if script not in self._warned:
            self._warned.add(script)
            log.warning(
                "no font on this machine has %s letters, so names show □ for them; "
                "install a font, for instance: sudo apt install fonts-noto-core fonts-noto-cjk",
                script,
            )


@cache
def system_fonts() -> FontBook:
    """The fonts of this machine; its folders are searched at the first call, not at import."""
    return FontBook(_system_folders())


def _system_folders() -> list[Path]:
    home = Path.home()
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    if sys.platform == "win32":
        return [Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts"]
    shared = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts")]
    return [*shared, home / ".local/share/fonts", home / ".fonts"]


def _find(folders: Sequence[Path]) -> Iterator[Path]:
    files = {
        path.name: path
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in (".ttf", ".otf", ".ttc")
    }
    for name in PREFERRED:
        if name in files:
            yield files.pop(name)
    yield from (files[name] for name in sorted(files) if Path(name).match(SCRIPTS))


def _open(path: Path, size_px: int) -> Font:
    if path == BUILT_IN:
        return ImageFont.load_default(size_px)
    # Not `truetype()`: for a damaged file it would take another one of the same name.
    return ImageFont.FreeTypeFont(str(path), size_px)


@lru_cache(maxsize=256)
def _probe(path: Path) -> tuple[Font, bytes] | None:
    """A font for asking, with its "missing" glyph; None for a file that cannot be read."""
    try:
        font = _open(path, PROBE_PX)
        return font, _glyph(font, MISSING)
    except OSError as error:
        log.warning("the font %s cannot be read and is left out: %s", path, error)
        return None


def _has(path: Path, letter: str) -> bool:
    probe = _probe(path)
    return probe is not None and _glyph(probe[0], letter) != probe[1]


def _glyph(font: Font, letter: str) -> bytes:
    mask = font.getmask(letter)
    return repr(mask.size).encode() + bytes(mask)


def _is_mark(letter: str) -> bool:
    """Blanks, combining marks, joiners: what has no picture of its own."""
    return unicodedata.category(letter)[0] in "MZC"
