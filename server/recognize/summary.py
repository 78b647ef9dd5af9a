"""The summary of a result, as text for a terminal. Pure."""

from __future__ import annotations

from lookout.server.recognize.serialization import Json
from lookout.server.recognize.timeline_plot import clock


def summary_of(result: Json) -> str:
    """The result of one input, for people."""
    name = result["file"]
    if result["kind"] == "not read":
        return f"{name}: NOT READ, {result['note']}"
    if result["kind"] == "picture":
        faces = [f"{_who(face)}{_at(face['distance'])}" for face in result["faces"]]
        return f"{name}: {', '.join(faces) or 'no face'}"
    count = len(result["timeline"])
    people = {0: "nobody", 1: "one person"}.get(count, f"{count} people")
    lines = [f"{name}: {clock(result['seconds'])}, {people} seen"]
    for line in result["timeline"]:
        times = [f"{clock(part['from_s'])}–{clock(part['to_s'])}" for part in line["stretches"]]
        lines.append(f"  {line['who']}: {', '.join(times)}")
    if result["note"]:
        lines.append(f"  {result['note']}")
    return "\n".join(lines)


def _who(face: Json) -> str:
    return str(face["name"] or face["state"].capitalize())


def _at(distance: float | None) -> str:
    return "" if distance is None else f" ({distance:.2f})"
