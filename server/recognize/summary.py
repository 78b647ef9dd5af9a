"""What was found, for people to read on a terminal. Pure."""

from __future__ import annotations

from lookout.server.recognize.serialization import Json
from lookout.server.recognize.timeline_plot import clock


def in_words(told: Json) -> str:
    """What was found in one input, for people."""
    name = told["file"]
    if told["kind"] == "not read":
        return f"{name}: NOT READ, {told['note']}"
    if told["kind"] == "picture":
        faces = [f"{_who(face)}{_at(face['distance'])}" for face in told["faces"]]
        return f"{name}: {', '.join(faces) or 'no face'}"
    count = len(told["timeline"])
    people = {0: "nobody", 1: "one person"}.get(count, f"{count} people")
    lines = [f"{name}: {clock(told['seconds'])}, {people} seen"]
    for line in told["timeline"]:
        times = [f"{clock(one['from_s'])}–{clock(one['to_s'])}" for one in line["stretches"]]
        lines.append(f"  {line['who']}: {', '.join(times)}")
    if told["note"]:
        lines.append(f"  {told['note']}")
    return "\n".join(lines)


def _who(face: Json) -> str:
    return str(face["name"] or face["state"].capitalize())


def _at(distance: float | None) -> str:
    return "" if distance is None else f" ({distance:.2f})"
