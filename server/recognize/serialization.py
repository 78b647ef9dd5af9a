"""The serialization of results, as JSON and as rows of a table. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lookout.faces.decision.decide import Decision
from lookout.faces.photo.quality import FaceView
from lookout.server.recognize.pictures import PictureSeen
from lookout.server.recognize.timeline import Line
from lookout.server.recognize.track_log import TrackSeen
from lookout.server.recognize.video import VideoSeen

TOP = 3
"""The number of candidates that are listed for each face."""

FACE_COLUMNS = (
    *("file", "kind", "number", "from_s", "to_s", "state", "name", "distance", "margin", "chance"),
    *("x0", "y0", "x1", "y1", "size_px", "quality", "top", "reasons", "crop"),
)
"""One row for each face of a picture, each track of a video, and each file without any."""
TIMELINE_COLUMNS = ("file", "who", "state", "name", "from_s", "to_s", "distance", "crop")

Json = dict[str, Any]
Row = tuple[object, ...]


def picture_to_json(seen: PictureSeen, crops: Sequence[str]) -> Json:
    """`crops`: the references to the image of each face, in order."""
    return {
        "file": seen.name,
        "kind": "picture",
        "size_wh": list(seen.size_wh),
        "faces": [
            {
                "box": _box(face.box_xyxy),
                "score": round(face.score, 4),
                **_decision_to_json(face.decision),
                "quality": _quality_to_json(face.view),
                "crop": crop,
            }
            for face, crop in zip(seen.faces, crops, strict=True)
        ],
    }


def video_to_json(seen: VideoSeen) -> Json:
    return {
        "file": seen.name,
        "kind": "video",
        "size_wh": list(seen.size_wh),
        "seconds": _s(seen.seconds),
        "looks": seen.observations,
        "looks_per_s": round(seen.looks_per_s, 3),
        "took_s": _s(seen.took_s),
        "stopped": seen.stopped,
        "note": "; ".join(seen.notes),
        "fleeting": seen.timeline.fleeting,
        "timeline": [_line_to_json(line) for line in seen.timeline.lines],
        "tracks": [_track_to_json(track) for track in seen.tracks],
    }


def unread_to_json(name: str, reason: str) -> Json:
    return {"file": name, "kind": "not read", "note": reason}


def face_rows(result: Mapping[str, Any]) -> Iterator[Row]:
    """The rows of FACE_COLUMNS for one file, from its JSON."""
    name, kind = result["file"], result["kind"]
    if not result.get("faces") and not result.get("tracks"):
        yield (name, kind, *[""] * 15, result.get("note") or "no face", "")
    for number, face in enumerate(result.get("faces", ()), start=1):
        yield (name, kind, number, "", "", *_cells(face, face["box"], face["crop"]))
    for track in result.get("tracks", ()):
        best = track["best"]
        times = (track["from_s"], track["to_s"])
        yield (name, kind, track["id"], *times, *_cells(track, best["box"], best["crop"]))


def timeline_rows(result: Mapping[str, Any]) -> Iterator[Row]:
    """The rows of TIMELINE_COLUMNS for one file, from its JSON."""
    for line in result.get("timeline", ()):
        for stretch in line["stretches"]:
            seen = (stretch[key] for key in ("from_s", "to_s", "distance", "crop"))
            yield (result["file"], line["who"], line["state"], line["name"], *seen)


def _cells(face: Mapping[str, Any], box: Sequence[float], crop: str) -> Row:
    top = "; ".join(f"{match['name']} {match['distance']:.2f}" for match in face["top"])
    quality = face["quality"]
    decided = [face[key] for key in ("state", "name", "distance", "margin", "chance")]
    size = (quality["size_px"], quality["weight"])
    return (*decided, *box, *size, top, "; ".join(face["reasons"]), crop)


def _line_to_json(line: Line) -> Json:
    return {
        "who": line.who,
        "state": line.state.value,
        "name": line.name,
        "seen_s": _s(line.seen_s),
        "crop": line.shot.crop,
        "stretches": [
            {
                "from_s": _s(stretch.first_s),
                "to_s": _s(stretch.last_s),
                "distance": _optional(stretch.distance, 4),
                "tracks": list(stretch.tracks),
                "crop": stretch.shot.crop,
            }
            for stretch in line.stretches
        ],
    }


def _track_to_json(track: TrackSeen) -> Json:
    return {
        "id": track.id,
        "from_s": _s(track.first_s),
        "to_s": _s(track.last_s),
        "looks": track.observations,
        **_decision_to_json(track.decision),
        "quality": _quality_to_json(track.shot.view),
        "best": {
            "at_s": _s(track.shot.time_s),
            "box": _box(track.shot.box_xyxy),
            "crop": track.shot.crop,
        },
    }


def _decision_to_json(decision: Decision) -> Json:
    return {
        "state": decision.state.value,
        "name": decision.name,
        "distance": _optional(decision.distance, 4),
        "margin": _optional(decision.margin, 4),
        "chance": _optional(decision.chance, 6),
        "reasons": list(decision.reasons),
        "top": [
            {
                "name": candidate.name,
                "distance": round(candidate.distance, 4),
                "score": round(candidate.score, 6),
            }
            for candidate in decision.shortlist[:TOP]
        ],
    }


def _quality_to_json(view: FaceView) -> Json:
    return {
        "size_px": round(view.size_px, 1),
        "brightness": round(view.brightness, 1),
        "sharpness": round(view.sharpness, 3),
        "weight": round(view.weight, 3),
    }


def _box(box_xyxy: Sequence[float]) -> list[float]:
    return [round(edge, 1) for edge in box_xyxy]


def _s(seconds: float) -> float:
    return round(seconds, 3)


def _optional(value: float | None, digits: int) -> float | None:
    return None if value is None else round(float(value), digits)
