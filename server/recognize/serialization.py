"""What was seen, as JSON and as rows of a table. Pure."""

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
"""So many candidates are told of each face."""

FACE_COLUMNS = (
    *("file", "kind", "number", "from_s", "to_s", "state", "name", "distance", "margin", "chance"),
    *("x0", "y0", "x1", "y1", "size_px", "quality", "top", "reasons", "crop"),
)
"""One row for each face of a picture, each track of a video, and each file without any."""
TIMELINE_COLUMNS = ("file", "who", "state", "name", "from_s", "to_s", "distance", "crop")

Json = dict[str, Any]
Row = tuple[object, ...]


def picture_told(seen: PictureSeen, crops: Sequence[str]) -> Json:
    """`crops`: how results refer to the picture of each face, in order."""
    return {
        "file": seen.name,
        "kind": "picture",
        "size_wh": list(seen.size_wh),
        "faces": [
            {
                "box": _box(face.box_xyxy),
                "score": round(face.score, 4),
                **_decided(face.decision),
                "quality": _quality(face.view),
                "crop": crop,
            }
            for face, crop in zip(seen.faces, crops, strict=True)
        ],
    }


def video_told(seen: VideoSeen) -> Json:
    return {
        "file": seen.name,
        "kind": "video",
        "size_wh": list(seen.size_wh),
        "seconds": _s(seen.seconds),
        "looks": seen.looks,
        "looks_per_s": round(seen.looks_per_s, 3),
        "took_s": _s(seen.took_s),
        "stopped": seen.stopped,
        "note": "; ".join(seen.notes),
        "fleeting": seen.timeline.fleeting,
        "timeline": [_line_told(line) for line in seen.timeline.lines],
        "tracks": [_track_told(track) for track in seen.tracks],
    }


def unread_told(name: str, words: str) -> Json:
    return {"file": name, "kind": "not read", "note": words}


def face_rows(told: Mapping[str, Any]) -> Iterator[Row]:
    """The rows of FACE_COLUMNS for one file, from what was told of it."""
    name, kind = told["file"], told["kind"]
    if not told.get("faces") and not told.get("tracks"):
        yield (name, kind, *[""] * 15, told.get("note") or "no face", "")
    for number, face in enumerate(told.get("faces", ()), start=1):
        yield (name, kind, number, "", "", *_cells(face, face["box"], face["crop"]))
    for track in told.get("tracks", ()):
        best = track["best"]
        times = (track["from_s"], track["to_s"])
        yield (name, kind, track["id"], *times, *_cells(track, best["box"], best["crop"]))


def timeline_rows(told: Mapping[str, Any]) -> Iterator[Row]:
    """The rows of TIMELINE_COLUMNS for one file, from what was told of it."""
    for line in told.get("timeline", ()):
        for one in line["stretches"]:
            seen = (one["from_s"], one["to_s"], one["distance"], one["crop"])
            yield (told["file"], line["who"], line["state"], line["name"], *seen)


def _cells(face: Mapping[str, Any], box: Sequence[float], crop: str) -> Row:
    top = "; ".join(f"{one['name']} {one['distance']:.2f}" for one in face["top"])
    quality = face["quality"]
    decided = [face[key] for key in ("state", "name", "distance", "margin", "chance")]
    size = (quality["size_px"], quality["weight"])
    return (*decided, *box, *size, top, "; ".join(face["reasons"]), crop)


def _line_told(line: Line) -> Json:
    return {
        "who": line.who,
        "state": line.state.value,
        "name": line.name,
        "seen_s": _s(line.seen_s),
        "crop": line.shot.crop,
        "stretches": [
            {
                "from_s": _s(one.first_s),
                "to_s": _s(one.last_s),
                "distance": _optional(one.distance, 4),
                "tracks": list(one.tracks),
                "crop": one.shot.crop,
            }
            for one in line.stretches
        ],
    }


def _track_told(track: TrackSeen) -> Json:
    return {
        "id": track.id,
        "from_s": _s(track.first_s),
        "to_s": _s(track.last_s),
        "looks": track.looks,
        **_decided(track.decision),
        "quality": _quality(track.shot.view),
        "best": {
            "at_s": _s(track.shot.time_s),
            "box": _box(track.shot.box_xyxy),
            "crop": track.shot.crop,
        },
    }


def _decided(decision: Decision) -> Json:
    return {
        "state": decision.state.value,
        "name": decision.name,
        "distance": _optional(decision.distance, 4),
        "margin": _optional(decision.margin, 4),
        "chance": _optional(decision.chance, 6),
        "reasons": list(decision.reasons),
        "top": [
            {"name": one.name, "distance": round(one.distance, 4), "score": round(one.score, 6)}
            for one in decision.shortlist[:TOP]
        ],
    }


def _quality(view: FaceView) -> Json:
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
