"""The chapters of the book run as plain scripts, and each page was made of the chapter as it is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tools.book import CHAPTERS, PAGES, chapters, digest_of

TIMEOUT_S = 240.0
WITHOUT_LFW = "chapter8_fair_and_lawful"
"""Runs with made-up people, as for a reader who has no LFW."""


@pytest.mark.slow
@pytest.mark.parametrize("name", chapters())
def test_a_chapter_runs_as_a_script(name: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "LOOKOUT_NOTEBOOK_FAST": "1",
        "LOOKOUT_BOOK_PICTURES": str(tmp_path),
        "OPENBLAS_NUM_THREADS": "1",  # two that wait for one another cost more than they save
    }
    if name == WITHOUT_LFW:
        environment["LOOKOUT_TEST_DATA"] = str(tmp_path)
    command = [sys.executable, "-W", "error", str(CHAPTERS / f"{name}.py")]
    ran = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    figures = re.findall(r"^\[figure\] (\S+\.png): \w", ran.stdout, re.MULTILINE)
    assert len(figures) >= 3
    assert all((ROOT / figure).stat().st_size > 0 for figure in figures)
    assert ("these people are made up" in ran.stdout) == (
        name == WITHOUT_LFW or "LFW is not here" in ran.stdout
    )


@pytest.mark.parametrize("name", chapters())
def test_a_page_shows_the_chapter_as_it_is(name: str) -> None:
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert digest_of(name) in page, f"{name}.py has changed since its page: make book"


@pytest.mark.parametrize("name", chapters())
def test_every_figure_of_a_page_is_there_and_none_is_left_over(name: str) -> None:
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    shown = set(re.findall(rf"\(({name}-\d+\.webp)\)", page))
    assert shown == {path.name for path in PAGES.glob(f"{name}-*.webp")}


def test_every_chapter_has_exercises_with_answers_and_stands_in_the_contents() -> None:
    contents = (ROOT / "docs" / "book.md").read_text(encoding="utf-8")
    assert len(chapters()) == 8
    for name in chapters():
        page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
        _, exercises, answers = page.partition("## Exercises")
        assert exercises
        assert answers.count("<summary>Answer</summary>") >= 3
        assert f"book/{name}\n" in contents
