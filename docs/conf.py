"""The documentation site: `make docs`, then open docs/_build/index.html.

The pages are the Markdown files beside this one, written so that their links work on a forge, too;
the reference of `lookout.faces` is read from its docstrings. Nothing that a reader's browser loads
comes from anywhere else.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from importlib.metadata import version as version_of
from pathlib import Path

from sphinx.application import Sphinx

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path.insert(0, str(ROOT))

project = "Lookout"
author = "the Lookout authors"
project_copyright = author
release = version = version_of("lookout")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["_build", "_templates"]
templates_path = ["_templates"]

nitpicky = True
# Other projects' types are not looked up, which would need a network; ours have to resolve, but for
# private ones and type variables.
nitpick_ignore_regex = [
    (r"py:.*", r"(?!lookout\.).*"),
    (r"py:.*", r"lookout\..*\._\w+"),
    (r"py:.*", r"lookout\.faces\.models\.manager\.(Named)?Network"),
]

myst_heading_anchors = 4  # as a forge makes them
myst_links_external_new_tab = False
highlight_language = "none"  # of code without a language, and of docstrings

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_type_aliases = {"Floats": "Floats", "Image": "Image"}
autosummary_generate = ["_templates/library.rst"]
autodoc_mock_imports = ["openvino", "torch"]  # optional runtimes
add_module_names = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"
default_role = "literal"  # docstrings quote with single backticks

html_theme = "furo"
html_title = "Lookout"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_theme_options = {
    "top_of_page_buttons": [],
    "light_css_variables": {"color-brand-primary": "#0b6e4f", "color-brand-content": "#0b6e4f"},
    "dark_css_variables": {"color-brand-primary": "#5fd3a8", "color-brand-content": "#5fd3a8"},
}

PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
}
"""Files of the repository's root → the page that shows them."""

INCLUDE = re.compile(r"^```\{include\} \.\./(\S+)\n```$", re.MULTILINE)
LINK = re.compile(r"(\]\()([^)#\s]+)([^)]*\))")


def include_root_files(app: Sphinx, docname: str, source: list[str]) -> None:
    """Replaces each include of a file of the root by its text, with links that work in the site."""

    def text_of(include: re.Match[str]) -> str:
        file = ROOT / include[1]
        app.env.note_included(docname)
        app.env.note_dependency(str(file))
        return relinked(file.read_text(encoding="utf-8"), ROOT)

    source[0] = INCLUDE.sub(text_of, relinked(source[0], DOCS))


def relinked(markdown: str, folder: Path) -> str:
    """The Markdown of a file in `folder` with its relative links made relative to `docs/`."""

    def link(found: re.Match[str]) -> str:
        target = found[2]
        if ":" in target:  # an address of its own
            return found[0]
        path = (folder / target).resolve()
        if path.is_relative_to(ROOT) and str(path.relative_to(ROOT)) in PAGES:
            path = DOCS / PAGES[str(path.relative_to(ROOT))]
        return found[1] + os.path.relpath(path, DOCS) + found[3]

    return LINK.sub(link, markdown)


FIELD = re.compile(r"^(\w[\w, ]*): +(\S.*)$")


def to_rest(
    app: Sphinx, what: str, name: str, subject: object, options: object, lines: list[str]
) -> None:
    """Turns the plain text of a docstring into reStructuredText, in place.

    `name: text` with its further lines indented, which is how arrays and fields are described, is
    a term with its definition; a block that is indented from its first line on is code.
    """
    lines[:] = [line for block in _blocks(lines) for line in [*_block_to_rest(block), ""]]


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    """The paragraphs: stretches of lines without an empty one."""
    block: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            block.append(line)
        elif block:
            yield block
            block = []


def _block_to_rest(block: list[str]) -> list[str]:
    if all(line.startswith(" ") for line in block):
        return ["::", "", *block]
    fields = [FIELD.match(line) for line in block]
    further = [line.startswith(" ") for line in block]
    described = all(field or more for field, more in zip(fields, further, strict=True))
    if not described or len(block) == 1:
        return block
    rest: list[str] = []
    for line, field in zip(block, fields, strict=True):
        rest += [f"`{field[1]}`", f"   {field[2]}"] if field else [f"   {line.strip()}"]
    return rest


FORWARD = re.compile(r"TypeAliasForwardRef\('(\w+)'\)")
ARRAY = re.compile(r"~?[\w.]*ndarray\[tuple\[[~\w.]*Any, \.\.\.\], [~\w.]*dtype\[([~\w.]+)\]\]")


def shorten_types(
    app: Sphinx,
    what: str,
    name: str,
    subject: object,
    options: object,
    signature: str | None,
    answer: str | None,
) -> tuple[str, str | None] | None:
    """The signature and the type of the answer with their arrays as the source spells them."""

    def short(text: str) -> str:
        return ARRAY.sub(r"NDArray[\1]", FORWARD.sub(r"\1", text))

    if signature is None:
        return None
    return short(signature), answer and short(answer)


def setup(app: Sphinx) -> None:
    app.connect("source-read", include_root_files)
    app.connect("autodoc-process-signature", shorten_types)
    app.connect("autodoc-process-docstring", to_rest)
