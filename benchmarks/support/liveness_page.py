"""The tables of presentation attack detection as a part of a page of the documentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.support.liveness_views import PRODUCT
from benchmarks.support.pairs import BadProtocol
from lookout.faces.atomic_file import replace_file
from lookout.faces.metrics.share import Share

BEGIN, END = "<!-- benchmarks.pad: begin -->", "<!-- benchmarks.pad: end -->"

Row = Mapping[str, Any]


def write_page(page: Path, facts: str, results: Sequence[Row]) -> None:
    """Puts the tables between the two marks of the page.

    Raises BadProtocol without marks, OSError.
    """
    text = page.read_text(encoding="utf-8")
    before, begun, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not begun or not ended:
        raise BadProtocol(f"{page} has no lines {BEGIN} and {END}")
    rows = [row for row in results if row]
    parts = [BEGIN, facts, _by_rule(rows), _by_species(rows), END]
    replace_file(page, (before + "\n\n".join(parts) + after).encode())


def _by_rule(rows: Sequence[Row]) -> str:
    head = (
        "of", "rule", "APCER, the worst species", "BPCER", "BPCER at APCER 5 %",
        "no answer: attacks", "no answer: live",
    )  # fmt: skip
    return _table(
        head,
        [
            (
                row["unit"],
                _name(row),
                f"{_text(row['apcer'][row['worst_species']])} ({row['worst_species']})",
                _text(row["bpcer"]),
                _text(row["bpcer_at_apcer_5"]),
                _text(_together(row["attack_no_answer"])),
                _text(row["bona_fide_no_answer"]),
            )
            for row in rows
        ],
    )


def _by_species(rows: Sequence[Row]) -> str:
    of_tracks = [row for row in rows if row["unit"] == "track"]
    species = sorted({name for row in of_tracks for name in row["apcer"]})
    head = ("APCER, tracks", *species)
    cells = [(_name(row), *(_text(row["apcer"][name]) for name in species)) for row in of_tracks]
    return _table(head, cells)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _name(row: Row) -> str:
    name: str = row["rule"]
    return f"**{name}**" if name == PRODUCT.name else name


def _together(shares: Mapping[str, Row]) -> Row:
    return {name: sum(int(share[name]) for share in shares.values()) for name in ("hits", "trials")}


def _text(share: Row) -> str:
    return str(Share(share["hits"], share["trials"]))
