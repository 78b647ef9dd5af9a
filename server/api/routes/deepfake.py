"""Signs of made faces in pictures and videos: advisory, and never a word for a genuine one."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from lookout.faces.deepfake.classifier import NO_MODEL
from lookout.faces.deepfake.heat_map import heat_map
from lookout.faces.deepfake.signs import ADVISORY, Cue, DeepfakeVerdict, NotLookedAt, Signs
from lookout.faces.detections import Floats, Image
from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.errors.api_error import ApiError, Overloaded
from lookout.server.api.routes.compat.fields import fields_of, picture_body, picture_in
from lookout.server.api.routes.compat.imitation import Imitation
from lookout.server.api.routes.jobs import JobOut
from lookout.server.api.routes.videos import LIMITS, SPARE_BYTES, UPLOAD_BODY, VIDEO_BODY
from lookout.server.api.schemas.common import JPEG_ANSWER
from lookout.server.api.security.audit_trail import Trail, Trailing
from lookout.server.api.security.authorization import Guarded, allow
from lookout.server.api.services.deepfake_check import FaceSigns, PictureSigns
from lookout.server.api.services.job_runner import Progress
from lookout.server.api.services.multipart import ONE_PICTURE_BODY, PictureFile, bytes_of
from lookout.server.api.services.video_store import Video
from lookout.server.api.services.video_upload import NO_ROOM, receive_video
from lookout.server.imaging.jpeg import encode_jpeg
from lookout.server.recognize.analysis import AnalyzedImage
from lookout.server.recognize.deepfake_video import METADATA, TrackSigns, signs_in_footage
from lookout.server.recognize.errors import BadVideo
from lookout.server.recognize.isolated_video import IsolatedVideo

router = APIRouter(prefix="/api/v1/deepfake", route_class=Guarded, tags=["recognition"])
predecessor_router = APIRouter(route_class=Imitation, tags=["predecessors"])

KIND = "deepfake"
LOOKS_PER_S = 8.0
JPEG_QUALITY = 90


class CueOut(BaseModel):
    """What one look at one thing gave. score: larger for stronger signs, in the cue's own unit."""

    name: str
    signs: Signs
    score: float | None
    words: str

    @classmethod
    def of(cls, cue: Cue) -> CueOut:
        return cls(name=cue.name, signs=cue.signs, score=cue.score, words=cue.words)


class NotLookedAtOut(BaseModel):
    """What was not looked at, and why."""

    name: str
    words: str

    @classmethod
    def of(cls, missing: NotLookedAt) -> NotLookedAtOut:
        return cls(name=missing.name, words=missing.words)


class SignsOut(BaseModel):
    """Cues, and the strongest signs among them; `inconclusive` where nothing could be seen."""

    signs: Signs
    cues: list[CueOut]
    not_looked_at: list[NotLookedAtOut]

    @classmethod
    def of(cls, verdict: DeepfakeVerdict) -> SignsOut:
        return cls(
            signs=verdict.signs,
            cues=[CueOut.of(cue) for cue in verdict.cues],
            not_looked_at=[NotLookedAtOut.of(one) for one in verdict.not_looked_at],
        )


class FaceSignsOut(SignsOut):
    """One face; `box_xyxy` in pixels of the picture as it was sent, upright."""

    box_xyxy: tuple[float, float, float, float]

    @classmethod
    def of_face(cls, face: FaceSigns) -> FaceSignsOut:
        x0, y0, x1, y1 = face.box_xyxy.tolist()
        return cls(**SignsOut.of(face.verdict).model_dump(), box_xyxy=(x0, y0, x1, y1))


class DeepfakeAnswer(BaseModel):
    """A picture. There is no verdict `real`, because nothing here can tell that.

    signs: the strongest of the file and its faces. file: what is not of one face. model: the
    classifier that looked.
    """

    signs: Signs
    faces: list[FaceSignsOut]
    file: SignsOut
    model: str | None
    advisory: str = Field(description="for whoever reads the answer")
    size_wh: tuple[int, int]

    @classmethod
    def of(cls, found: PictureSigns) -> DeepfakeAnswer:
        return cls(
            signs=found.signs,
            faces=[FaceSignsOut.of_face(face) for face in found.faces],
            file=SignsOut.of(found.verdict),
            model=found.model,
            advisory=ADVISORY,
            size_wh=found.look.picture.size_wh,
        )


@router.post("", max_body_size=ONE_PICTURE_BODY)
@allow(Scope.RECOGNIZE)
async def deepfake(file: PictureFile, parts: Deps, trail: Trailing) -> DeepfakeAnswer:
    """Signs that faces in a picture were made or exchanged by a program. Advisory only."""
    return DeepfakeAnswer.of(await _looked_at(await bytes_of(file), parts, trail))


@router.post(
    "/heat-map", max_body_size=ONE_PICTURE_BODY, response_class=Response, responses=JPEG_ANSWER
)
@allow(Scope.RECOGNIZE)
async def deepfake_heat_map(file: PictureFile, parts: Deps, trail: Trailing) -> Response:
    """The picture with a map over each face: where its grain differs from that around it."""
    found = await _looked_at(await bytes_of(file), parts, trail)
    faces = [face.parts for face in found.faces if face.parts is not None]
    drawn = await run_in_threadpool(heat_map, found.look.picture.image_bgr, faces)
    return Response(encode_jpeg(drawn, JPEG_QUALITY), media_type="image/jpeg")


@router.post("/videos", status_code=202, max_body_size=VIDEO_BODY, openapi_extra=UPLOAD_BODY)
@allow(Scope.RECOGNIZE)
async def deepfake_video(request: Request, parts: Deps, trail: Trailing) -> JobOut:
    """The same for a video, as a job: what each face shows over time. The video is not kept."""

    def has_room() -> bool:
        return parts.videos.free_bytes >= SPARE_BYTES

    if not has_room():
        raise Overloaded(NO_ROOM, 3600.0)
    with parts.video_uploads.take():
        video = await run_in_threadpool(parts.videos.new)
        try:
            name = await receive_video(request, video.source, has_room)
            return await run_in_threadpool(_submit, video, name or "video", parts, trail)
        except BaseException:
            parts.videos.remove(video.id)
            raise


@predecessor_router.post(
    "/deepfake/detect-image", max_body_size=ONE_PICTURE_BODY, openapi_extra=picture_body("file")
)
@allow(Scope.RECOGNIZE)
async def detect_image(request: Request, parts: Deps, trail: Trailing) -> dict[str, Any]:
    """The route of the system before Lookout. `result` is never `real`; `confidence` is the share
    that a classifier gives for a made face, null without one."""
    content = picture_in(await fields_of(request), "file", "image", "img")
    answer = DeepfakeAnswer.of(await _looked_at(content, parts, trail))
    shares = [cue.score for face in answer.faces for cue in face.cues if cue.name == "model"]
    return {
        "result": f"signs {answer.signs.value}" if answer.signs is not Signs.NONE else "no signs",
        "confidence": max((share for share in shares if share is not None), default=None),
        **answer.model_dump(mode="json"),
    }


async def _looked_at(content: bytes, parts: Dependencies, trail: Trail) -> PictureSigns:
    def look_at(look: AnalyzedImage) -> PictureSigns:
        return parts.deepfake.look_at(content, look, parts.recognition.landmarks())

    found = await parts.analyzer.look_into(content, look_at)
    await run_in_threadpool(trail.note, "deepfake", faces=len(found.faces))
    return found


def _submit(video: Video, name: str, parts: Dependencies, trail: Trail) -> JobOut:
    try:
        footage = IsolatedVideo(
            video.source, name[:200], looks_per_s=LOOKS_PER_S, every=False, limits=LIMITS
        )
    except BadVideo as error:
        raise ApiError(422, "bad_video", str(error)) from error
    trail.note("deepfake.video", video.id)

    def work(progress: Progress, stop: threading.Event) -> Mapping[str, Any]:
        return _looked_at_video(footage, parts, progress, stop)

    job = parts.jobs.submit(
        KIND,
        trail.actor.name,
        work,
        right=Scope.RECOGNIZE,
        job_id=video.id,
        ended=lambda _: parts.videos.remove(video.id),
    )
    return JobOut.of(job)


def _looked_at_video(
    footage: IsolatedVideo, parts: Dependencies, progress: Progress, stop: threading.Event
) -> dict[str, Any]:
    check = parts.deepfake
    entry = check.classifier()

    def model_cue(image_bgr: Image, box_xyxy: Floats) -> Cue:
        if entry is None:
            raise RuntimeError("there is no classifier to ask")
        return check.model_cue(entry, image_bgr, box_xyxy)

    def seconds(done_s: float, total_s: float | None) -> None:
        progress(int(done_s), math.ceil(total_s or done_s))

    missing = (METADATA,) if entry is not None else (NO_MODEL, METADATA)
    tracks = signs_in_footage(
        footage, parts.recognition, model_cue if entry else None, missing, seconds, stop
    )
    if stop.is_set():
        return {}
    signs = [track.verdict.signs for track in tracks]
    strongest = next(
        (one for one in (Signs.FOUND, Signs.WEAK, Signs.NONE) if one in signs), Signs.INCONCLUSIVE
    )
    return {
        "signs": strongest.value,
        "faces": [_track_out(track) for track in tracks],
        "model": entry.name if entry is not None else None,
        "advisory": ADVISORY,
    }


def _track_out(track: TrackSigns) -> dict[str, Any]:
    return {
        "first_s": track.first_s,
        "last_s": track.last_s,
        "looks": track.looks,
        **SignsOut.of(track.verdict).model_dump(mode="json"),
    }
