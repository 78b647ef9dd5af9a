"""Makes the pages of the book: `make book`, or `python tools/book.py CHAPTER …` for some of them.

Each chapter of notebooks/ is executed in Jupyter's own kernel, and written with its outputs as
docs/book/CHAPTER.md and its figures beside it. These are kept in the repository, so `make docs`
executes nothing. At the end of a page stands the hash of the chapter that it was made of; a test
compares it, so no page shows the output of other code than the one it shows.

Nothing of your own gets onto a page: the pictures in notebooks/pictures/ are left out.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = ROOT / "notebooks"
PAGES = ROOT / "docs" / "book"
TIMEOUT_S = 600
WEBP_QUALITY = 88
LINKS = (
    (re.compile(r"\]\(\.\./docs/"), "](../"),
    (re.compile(r"\]\((chapter\w+)\.py"), r"](\1.md"),
)
"""Of a chapter, as they are from its page."""

_FOOT = """\
---

*This page is `notebooks/{name}.py`, executed; [run it yourself](../book.md#run-a-chapter).*

<!-- made of {digest} -->
"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("chapter", nargs="*", help="file names without .py; default: all")
    names = parser.parse_args(arguments).chapter or chapters()
    os.environ["LOOKOUT_BOOK_PICTURES"] = os.devnull
    os.environ.pop("LOOKOUT_NOTEBOOK_FAST", None)
    for name in names:
        began_s = time.monotonic()
        digest = digest_of(name)  # before: whoever edits meanwhile has to make the page again
        page = page_of(name, executed(CHAPTERS / f"{name}.py"), digest)
        (PAGES / f"{name}.md").write_text(page, encoding="utf-8")
        sys.stdout.write(f"docs/book/{name}.md in {time.monotonic() - began_s:.0f} s\n")
    return 0


def chapters() -> list[str]:
    """The names of all chapters, in order."""
    return sorted(path.stem for path in CHAPTERS.glob("chapter*.py"))


def digest_of(name: str) -> str:
    """What stands in a page to say which state of its chapter it shows."""
    return hashlib.sha256((CHAPTERS / f"{name}.py").read_bytes()).hexdigest()


def executed(chapter: Path) -> Any:
    """The notebook with its outputs. Raises nbclient's CellExecutionError where a cell fails."""
    try:
        import jupytext
        from nbclient import NotebookClient
    except ImportError as error:
        sys.exit(f"{error}; pip install '.[book]' in the clone")
    notebook = jupytext.read(chapter, fmt="py:percent")
    client = NotebookClient(
        notebook, timeout=TIMEOUT_S, resources={"metadata": {"path": str(chapter.parent)}}
    )
    return client.execute()


def page_of(name: str, notebook: Any, digest: str) -> str:
    """The Markdown of an executed notebook; writes its figures, in place of all earlier ones."""
    PAGES.mkdir(exist_ok=True)
    for old in PAGES.glob(f"{name}-*.webp"):
        old.unlink()
    parts: list[str] = []
    for cell in notebook.cells:
        text = "\n\n".join(_cell(name, cell, parts))
        parts.append(_folded(text) if "answer" in cell.metadata.get("tags", ()) else text)
    parts.append(_FOOT.format(name=name, digest=digest))
    return "\n\n".join(parts)


def _cell(name: str, cell: Any, before: Sequence[str]) -> Iterator[str]:
    if cell.cell_type == "markdown":
        text = cell.source
        for link, there in LINKS:
            text = link.sub(there, text)
        yield text
        return
    yield f"```python\n{cell.source}\n```"
    number = sum(part.count(f"({name}-") for part in before)
    for output in _joined(cell.outputs):
        if "image/png" in output:
            number += 1
            file = PAGES / f"{name}-{number}.webp"
            file.write_bytes(_webp(output["image/png"]))
            yield f"![{output['alt']}]({file.name})"
        elif "text/markdown" in output:
            yield output["text/markdown"]
        else:
            yield f"```text\n{output['text'].rstrip()}\n```"


def _joined(outputs: Sequence[Any]) -> Iterator[Mapping[str, str]]:
    """What a cell printed and showed, in order, pieces of text that follow one another as one.

    What goes to stderr (progress, warnings) is no part of the page.
    """
    text = ""
    for output in outputs:
        if output.output_type == "stream":
            text += output.text if output.name == "stdout" else ""
            continue
        if text:
            yield {"text": text}
            text = ""
        alt = output.metadata.get("image/png", {}).get("alt", "")
        yield {**output.data, "alt": alt}
    if text:
        yield {"text": text}


def _folded(text: str) -> str:
    return f"<details><summary>Answer</summary>\n\n{text}\n\n</details>"


def _webp(png_base64: str) -> bytes:
    from PIL import Image

    content = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(png_base64))) as picture:
        picture.convert("RGB").save(content, "WEBP", quality=WEBP_QUALITY, method=6)
    return content.getvalue()


if __name__ == "__main__":
    sys.exit(main())
